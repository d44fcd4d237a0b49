"""The deck: the home of the application. It composes the parts, draws what the source says, and keeps the focus."""

from __future__ import annotations

import asyncio

from textual import events, work
from textual.app import ComposeResult
from textual.containers import Container
from textual.layout import Layout

from relay_tui.tui.actions import ACTS, BY_ID, CARD_ACTS, KeyMode
from relay_tui.tui.screens.adopt_verbs import AdoptVerbs
from relay_tui.tui.screens.room import bindings_for
from relay_tui.tui.widgets.composer import Composer
from relay_tui.tui.widgets.conversation import Conversation, Title
from relay_tui.tui.widgets.footer import Footer, Hint
from relay_tui.tui.widgets.header import Header, Mine, Roster
from relay_tui.tui.widgets.layout import THREE_COLUMNS, TINY_HEIGHT, TINY_WIDTH, TWO_COLUMNS, DeckLayout
from relay_tui.tui.widgets.lineview import LineView
from relay_tui.tui.widgets.need_card import NeedCard
from relay_tui.tui.widgets.rail import Rail
from relay_tui.tui.widgets.too_small import TooSmall
from relay_tui.tui.widgets.transcripts import Transcripts


class Board(Container):
    """Holds every part of the deck, placed by `layout.place`."""

    _layout_of_deck = DeckLayout()

    @property
    def layout(self) -> Layout:
        return self._layout_of_deck


class Deck(AdoptVerbs):
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (TINY_WIDTH, "-one"), (TWO_COLUMNS, "-two"), (THREE_COLUMNS, "-three")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (TINY_HEIGHT, "-short"), (30, "-tall")]  # noqa: RUF012
    BINDINGS = bindings_for([act.id for act in ACTS])

    def compose(self) -> ComposeResult:
        width, height = self.app.size
        # What the first resize would add: so the first picture is laid out once, and for the terminal that is there.
        for length, steps in ((width, self.HORIZONTAL_BREAKPOINTS), (height, self.VERTICAL_BREAKPOINTS)):
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
            yield Composer(source.names, source.arrivals, source.folder, self.drafts, source.clock, id="composer")
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
        if self.is_current and self.card.display and self.card.last_line_shown:
            self.guard.saw_end()

    def on_tick(self) -> None:
        if self._flash_until and self.source.clock() >= self._flash_until:
            self._flash_until = 0
            self.mine.say("")
            self.fit_mine()
        self.source.watch(self.transcripts.room if self.transcripts.display else 0)
        reading = self.app.app_focus and self.is_current and self.conversation.display and self.conversation.following
        self.source.at_end(reading)

    def on_line_view_pressed(self, event: LineView.Pressed) -> None:
        event.stop()
        self.go_into(event.view)

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(
            self.home == "rail" and event.size.width < TWO_COLUMNS and not self.composer.typing, "-rail-open"
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
        self.do_message()

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
        self.after_cursor(event.view, event.key)
        self.refresh_hints()

    async def on_line_view_opened(self, event: LineView.Opened) -> None:
        event.stop()
        await self.open_key(event.view, event.key)
