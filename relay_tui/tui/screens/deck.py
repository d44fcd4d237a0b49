"""The deck: the home of the application. It composes the parts, draws what the source says, and keeps the focus."""

from __future__ import annotations

import asyncio

from textual import events, work
from textual.app import ComposeResult
from textual.containers import Container
from textual.layout import Layout
from textual.widget import Widget

from relay_tui.tui.actions import ACTS, BY_ID, CARD_ACTS, KeyMode
from relay_tui.tui.screens.parts import DeckParts
from relay_tui.tui.screens.room import bindings_for
from relay_tui.tui.screens.verbs.adopting import Adopting
from relay_tui.tui.screens.verbs.attached import Attached
from relay_tui.tui.screens.verbs.channels import Channels
from relay_tui.tui.screens.verbs.composing import Composing
from relay_tui.tui.screens.verbs.deliveries import Deliveries
from relay_tui.tui.screens.verbs.describing import Describing
from relay_tui.tui.screens.verbs.finding import Finding
from relay_tui.tui.screens.verbs.going import Going
from relay_tui.tui.screens.verbs.knowing import Knowing
from relay_tui.tui.screens.verbs.messages import EDIT, Messages
from relay_tui.tui.screens.verbs.needs import Needs
from relay_tui.tui.screens.verbs.sending import Sending
from relay_tui.tui.screens.verbs.talking import Talking
from relay_tui.tui.source.deck import Source
from relay_tui.tui.view.deck import ComposerView
from relay_tui.tui.view.letter import Drafts
from relay_tui.tui.widgets.composer import Composer
from relay_tui.tui.widgets.conversation import Conversation, Title
from relay_tui.tui.widgets.enclosed import ENCLOSED
from relay_tui.tui.widgets.footer import Footer, Hint
from relay_tui.tui.widgets.header import Header, Mine, Roster
from relay_tui.tui.widgets.layout import THREE_COLUMNS, TINY_HEIGHT, TINY_WIDTH, TWO_COLUMNS, DeckLayout
from relay_tui.tui.widgets.lineview import LineView
from relay_tui.tui.widgets.need_card import NeedCard
from relay_tui.tui.widgets.rail import Rail
from relay_tui.tui.widgets.too_small import TooSmall
from relay_tui.tui.widgets.transcripts import Transcripts

WIDTHS = [(0, "-tiny"), (TINY_WIDTH, "-one"), (TWO_COLUMNS, "-two"), (THREE_COLUMNS, "-three")]
HEIGHTS = [(0, "-flat"), (TINY_HEIGHT, "-short"), (30, "-tall")]


class Board(Container):
    """Holds every part of the deck, placed by `layout.place`."""

    _layout_of_deck = DeckLayout()

    @property
    def layout(self) -> Layout:
        return self._layout_of_deck


class Deck(DeckParts):
    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS
    BINDINGS = bindings_for([act.id for act in ACTS])

    def __init__(self, source: Source, drafts: Drafts | None = None) -> None:
        super().__init__(source, drafts)
        self.going, self.finding, self.needs = Going(self), Finding(self), Needs(self)
        self.talking, self.sending, self.composing = Talking(self), Sending(self), Composing(self)
        self.messages, self.attached = Messages(self), Attached(self)
        self.topics = (
            *(self.going, self.finding, self.needs, self.talking, self.sending, self.composing),
            *(
                self.messages,
                self.attached,
                Knowing(self),
                Channels(self),
                Describing(self),
                Adopting(self),
                Deliveries(self),
            ),
        )

    def compose(self) -> ComposeResult:
        width, height = self.app.size
        # What the first resize would add: so the first picture is laid out once, and for the terminal that is there.
        for length, steps in ((width, WIDTHS), (height, HEIGHTS)):
            self.add_class(max(step for step in steps if step[0] <= length)[1], update=False)
        with Board(id="board"):
            yield Header(id="header")
            yield Roster(id="roster")
            yield Rail(id="rail")
            yield Title(id="title")
            yield Conversation(id="conversation")
            yield Mine(id="mine")
            yield NeedCard(id="card")
            source = self.source
            yield Composer(
                source.names, source.arrivals, source.programs.folder, self.drafts, source.clock, id="composer"
            )
            yield Transcripts(id="transcripts")
            yield Footer(id="footer")
            yield TooSmall(id="toosmall")

    async def on_mount(self) -> None:
        self.apply()
        self.rail.go_to(self._first_row())
        self.home = "rail" if self.app.size.width >= TWO_COLUMNS else "conversation"
        self.refocus()
        self.up.set()
        # The app waits for that and shows nothing until it has gone on: so let it, and draw then.
        await asyncio.sleep(0)

    def _first_row(self) -> str:
        view = self.source.view
        if view.needs:
            return f"need:{view.needs[0].key}"
        return f"channel:{view.conversation.id}" if view.channels else ""

    # Drawing what the source says

    async def bring(self) -> None:
        await self.source.refresh()
        self.apply()

    def apply(self) -> None:
        """Draw the view as it is now. Parts that have not changed draw nothing."""
        view = self.source.view
        self.query_one(Header).show(view.header)
        self.query_one(Roster).show(view.agents)
        left = ""
        if view.conversation.id != self.shown_conversation:
            left, self.shown_conversation = self.shown_conversation, view.conversation.id
            self.conversation.start(whole=view.conversation.id.startswith("thread:"))
        self.query_one(Title).show(view.conversation)
        self.rail.show(view)
        if left and self.rail.cursor == f"channel:{left}":
            self.rail.go_to(f"channel:{view.conversation.id}")
        self.conversation.show(view.conversation)
        self.mine.show(view.mine, view.notice, view.notice_role)
        self.fit_mine()
        self.composer.show(self.source.composer_for())
        self.transcripts.show(view.transcripts)
        self.apply_card()
        self.set_class(view.card is not None, "-card")
        self.refresh_hints()

    def apply_card(self) -> None:
        """Draw the need card as it is now."""
        view = self.source.view.card
        height = self.card.wanted_height(self.card.size.width or self.size.width)
        if view is not None:
            self.guard.show(*self.content_of(view))
        armed = view is not None and self.guard.reached and self.key_mode is KeyMode.LISTS
        self.card.show(view, self._card_hints(), armed)
        if self.card.wanted_height(self.card.size.width or self.size.width) != height:
            self.card.refresh(layout=True)
        self.call_after_refresh(self.note_card_end)

    def _card_hints(self) -> list[Hint]:
        view = self.source.view.card
        if view is None or view.outcome or self.key_mode is KeyMode.TYPING:
            return []
        now = self.now()
        acts = [BY_ID[id] for id in CARD_ACTS.get(view.kind, ())]
        hints = [self.hint(act) for act in acts if act.check(now)]
        return hints if self.guard.reached else [Hint("n", "decide" if view.kind == "approval" else "go to it"), *hints]

    def note_card_end(self) -> None:
        """Remember it if the last line of the card is on the screen."""
        if self.is_current and self.card.display and self.card.last_line_shown:
            self.guard.saw_end()

    def on_tick(self) -> None:
        """Tell the source what can be seen now, and let a line of news go that has stood long enough."""
        if self._flash_until and self.source.clock() >= self._flash_until:
            self._flash_until = 0
            self.mine.say("")
            self.fit_mine()
        self.source.watch(self.transcripts.room if self.transcripts.display else 0)
        reading = self.app.app_focus and self.is_current and self.conversation.display and self.conversation.following
        self.source.at_end(reading)

    # The focus

    def go_into(self, part: LineView, passing: bool = False) -> None:
        """The operator goes to a part: only this makes it the home of the keys.

        Textual gives the focus away by itself when a part is hidden; that must not count as a choice. `passing`: on
        the way through the columns, which does not arm the card.
        """
        self.home = part.id or self.home
        if self.composer.typing:
            self.leave_typing()
        self.set_class(part is self.rail and self.size.width < TWO_COLUMNS, "-rail-open")
        self.rail.leads = part is self.card
        self.rail.refresh()
        if part is self.card and not passing:
            self.reach_card()
        self.refocus()
        self.refresh_hints()

    def part(self) -> LineView:
        """The part that keys are for; while it is hidden by a small terminal, the conversation."""
        part = self.query_one(f"#{self.home}", LineView)
        return part if self.visible_now(part) else self.conversation

    def refocus(self) -> None:
        """Give the focus to the part that keys are for, or to the text that is being typed.

        At once: `Widget.focus` waits behind the keys that have arrived already.
        """
        target: Widget = self.composer.editor if self.composer.typing else self.part()
        self.set_focus(target, scroll_visible=False)

    def reach_card(self) -> None:
        """The operator went to the card: its keys work from now on."""
        if not self.guard.reached:
            self.guard.reach()
            self.apply_card()

    def begin_typing(self, view: ComposerView, purpose: str = "") -> None:
        """`purpose`: what the text is for besides a new message; empty: nothing else."""
        self.source.stay()
        self.remove_class("-rail-open")
        self.add_class("-typing")
        self.composer.start(view, purpose)
        self.apply_card()
        self.refresh_hints()

    def leave_typing(self) -> None:
        """Keys are verbs again; what was written stays as a draft."""
        purpose = self.composer.purpose
        self.composer.stop()
        self.remove_class("-typing")
        self.composer.show(self.source.composer_for())
        self.apply_card()
        self.refresh_hints()
        self.messages.edit_left(purpose)

    async def do_last(self) -> None:
        if self.part() is self.conversation:
            await self.going.to_newest()
        else:
            await super().do_last()

    async def do_back(self) -> None:
        await self.going.back()

    def do_page_down(self) -> None:
        super().do_page_down()
        self.note_card_end()

    # What the parts tell

    def on_line_view_pressed(self, event: LineView.Pressed) -> None:
        event.stop()
        self.go_into(event.view)

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(
            self.home == "rail" and self.app.size.width < TWO_COLUMNS and not self.composer.typing, "-rail-open"
        )
        self.call_after_refresh(self._after_resize)

    def _after_resize(self) -> None:
        self.refocus()
        self.apply_card()
        self.refresh_hints()
        self.query_one(Board).refresh(layout=True)

    def on_composer_changed(self, event: Composer.Changed) -> None:
        event.stop()
        self.composer.refresh(layout=True)

    def on_composer_wanted(self, event: Composer.Wanted) -> None:
        event.stop()
        self.talking.do_message()

    async def on_composer_sent(self, event: Composer.Sent) -> None:
        event.stop()
        if event.purpose.startswith(EDIT):
            await self.messages.edited(event)
        elif event.purpose:
            await self.needs.denied(event)
        else:
            await self.sending.sent(event)

    async def on_composer_scheduled_asked(self, event: Composer.ScheduledAsked) -> None:
        event.stop()
        await self.composing.do_scheduled()

    @work(exclusive=True, group="newer", exit_on_error=False)
    async def _load_newer(self) -> None:
        if await self.source.newer():
            self.conversation.show(self.source.view.conversation)

    def on_line_view_bottom_reached(self, event: LineView.BottomReached) -> None:
        event.stop()
        if event.view is self.conversation:
            self._load_newer()

    async def on_line_view_link_opened(self, event: LineView.LinkOpened) -> None:
        """A click on an attachment."""
        event.stop()
        row = self.conversation.row(event.key)
        if event.view is self.conversation and row is not None and event.link.startswith(ENCLOSED):
            await self.attached.open(row, int(event.link.removeprefix(ENCLOSED)))

    @work(exclusive=True, group="older", exit_on_error=False)
    async def _load_older(self) -> None:
        if await self.source.older():
            self.conversation.show(self.source.view.conversation)

    def on_line_view_top_reached(self, event: LineView.TopReached) -> None:
        event.stop()
        if event.view is self.conversation:
            self._load_older()

    def on_line_view_cursor_moved(self, event: LineView.CursorMoved) -> None:
        event.stop()
        if event.view is self.rail and self.home == "rail" and event.key.startswith("need:"):
            self.needs.under_cursor(event.key.removeprefix("need:"))
        self.refresh_hints()

    async def on_line_view_opened(self, event: LineView.Opened) -> None:
        event.stop()
        await self.going.open(event.view, event.key)
