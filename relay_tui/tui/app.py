"""The application: theme, ticker, screens. Everything that is shown comes from a `Source`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from textual import work
from textual.css.query import NoMatches
from textual.widgets import TextArea

from relay_tui.core.errors import RelayError
from relay_tui.host.collector import set_aside
from relay_tui.tui import screens
from relay_tui.tui.calling import Calling
from relay_tui.tui.drawing.glyphs import ASCII, UNICODE
from relay_tui.tui.drawing.ink import said
from relay_tui.tui.drawing.styles_path import style_paths
from relay_tui.tui.drawing.themes import DARK, LIGHT, role_defaults
from relay_tui.tui.facts.facts import DeckHost
from relay_tui.tui.facts.news import Ringer
from relay_tui.tui.outside import Outside
from relay_tui.tui.screens.deck import Deck
from relay_tui.tui.screens.modal import Modal
from relay_tui.tui.screens.room import Room
from relay_tui.tui.screens.verbs.deliveries import Delivering
from relay_tui.tui.source.deck import Source
from relay_tui.tui.store.memory import MEMORY_NAME, Memory
from relay_tui.tui.store.store import Store
from relay_tui.tui.terminal.probe import ask_widths
from relay_tui.tui.terminal.textual_private import QuietCrash, leave_terminal, map_alt_enter, outlive_terminal
from relay_tui.tui.view.deck import AgentRow
from relay_tui.tui.view.kept import Kept
from relay_tui.tui.widgets.inked import INK_CLASSES

log = logging.getLogger(__name__)

TICK = 1 / 15
"""Seconds. Everything that moves on the screen moves with this one ticker."""
IDLE_TICK = 0.5
"""Seconds between two turns of it while nothing happens."""
QUIT_WITHIN_MS = 2_000
"""A second ctrl+c within this quits."""


REMEMBER_EVERY_MS = 1_000
"""Between two looks at what the next start is to find."""

AfterPaint = Callable[[], Awaitable[object]]


class RelayApp(QuietCrash, Calling, Outside, inherit_bindings=False):
    """One operator's view of one workspace."""

    TITLE = "relay-tui"
    CSS_PATH = [str(path) for path in style_paths()]  # noqa: RUF012
    COMPONENT_CLASSES = INK_CLASSES
    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self,
        source: Source,
        *,
        ascii_only: bool = False,
        theme: str = DARK.name,
        after_paint: AfterPaint | None = None,
        leaving: Sequence[str] | None = None,
        memory: Memory | None = None,
    ) -> None:
        """`memory`: what the screen remembers, and where it is kept; None: nothing is.

        `after_paint`: what need not be there for the first picture; a failure of it becomes a notice.

        `leaving`: what is said before the screen is left, where it is not that the agents go on.
        """
        map_alt_enter()
        outlive_terminal()
        self.glyphs = ASCII if ascii_only else UNICODE
        super().__init__()
        self.source = source
        self.deck = Deck(source, memory.kept.drafts if memory is not None else None)
        self._after_paint = after_paint
        self._leaving = leaving
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self._memory = memory
        self._remembered_at = 0
        known = memory.kept.theme if memory is not None else ""
        self.theme = known if known in self.available_themes else theme
        self.set_class(ascii_only, "-ascii")
        self._interrupted_at = -QUIT_WITHIN_MS
        self.ringer = Ringer(source.clock, muted=memory.kept.muted if memory is not None else False)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return role_defaults(self.current_theme)

    def refresh_css(self, animate: bool = True) -> None:
        """The theme is set before there is a screen: its colours are kept until the first one needs the sheets."""
        if self.screen_stack:
            super().refresh_css(animate)
        else:
            self.stylesheet.set_variables(self.get_css_variables())

    async def on_load(self) -> None:
        """Before the deck is made, so that its first picture is one of the workspace."""
        await self.source.open()

    def get_default_screen(self) -> Deck:
        return self.deck

    async def on_mount(self) -> None:
        await self.deck.up.wait()  # no key is looked at before
        self.deck.call_after_refresh(self._painted)

    def _painted(self) -> None:
        if self._memory is not None and self._memory.notice:
            self.deck.flash(self._memory.notice, "need")
        set_aside()
        self.source.settle()
        self._follow()
        if self._after_paint is not None:
            self._begin(self._after_paint)

    @work(group="begin", exit_on_error=False)
    async def _begin(self, work: AfterPaint) -> None:
        try:
            await work()
        except RelayError as error:
            log.warning("after the first paint: %s", error)
            self.deck.flash(str(error), "fault")
        except Exception as error:  # whatever it was, the deck stays and says so
            log.exception("after the first paint")
            self.deck.flash(f"The relay did not come up whole: {type(error).__name__}: {error}", "fault")
        set_aside()

    async def on_unmount(self) -> None:
        await self._remember()
        await self.source.close()
        await asyncio.to_thread(self.copies.remove)

    @work(group="follow", exit_on_error=False)
    async def _follow(self) -> None:
        """Bring the screen up to date, tick by tick, beside the queue of keys: a slow answer delays no key."""
        while True:
            await asyncio.sleep(TICK)
            try:
                await self.source.changed(IDLE_TICK)
                await self.tick()
            except NoMatches:
                log.debug("the screen is being taken down")
                return
            except Exception:  # the outer edge of the screen: it goes on with what it shows
                log.exception("the screen could not be brought up to date")

    async def tick(self) -> None:
        """One turn of the one ticker."""
        changed = await self.source.refresh()
        self.call_operator(self.source.news)
        self.deck.on_tick()
        if self.source.clock() - self._remembered_at >= REMEMBER_EVERY_MS:
            self._remembered_at = self.source.clock()
            self.deck.composer.keep_draft()
            self.run_worker(self._remember(), group="memory", exit_on_error=False)
        if changed:
            view = self.source.view.conversation
            if view.id == self.deck.shown_conversation:
                await self.deck.conversation.prepare(view)
            self.deck.apply()
        for screen in self.screen_stack:
            if isinstance(screen, Room | Modal) and screen is not self.deck:
                await screen.follow(changed)

    async def _remember(self) -> None:
        """Keep what the next start is to find as it is now."""
        if self._memory is not None:
            kept = Kept(self.theme, drafts=self.deck.drafts, muted=self.ringer.muted)
            self.source.remember(kept)
            await self._memory.write(kept)

    # Verbs that work on every screen

    def enter(self, place: str) -> None:
        """Show a screen of the list of places; what lies over the deck goes."""
        while self.screen is not self.deck:
            self.pop_screen()
        if place == "mail":
            self.push_screen(screens.MailScreen(self.source))

    def do_room_deck(self) -> None:
        self.enter("deck")

    def do_room_mail(self) -> None:
        self.enter("mail")

    async def show_message(self, message_id: str) -> None:
        """Go to a message in its conversation, on the deck."""
        self.enter("deck")
        await self.deck.going.to_message(message_id)

    async def do_stop(self) -> None:
        await self.push_screen(screens.StopPanel(self.source))

    async def do_palette(self, begun: str = "") -> None:
        """`begun`: what is typed in it already."""
        room = self.screen if isinstance(self.screen, Delivering) else self.deck
        entries = screens.palette_entries(room.now(), self.source.view, room.agent_id())

        async def chosen(chosen: str | None) -> None:
            await self._chosen(room, chosen or "")

        await self.push_screen(screens.Palette(entries, begun=begun), chosen)

    async def _chosen(self, room: Delivering, chosen: str) -> None:
        """`room`: what the palette was about; a verb of the deck is done there, where it can be seen."""
        kind, _, id = chosen.partition(":")
        if kind == "act":
            if room.verb(id) is None or room is self.deck:
                room = self.deck
                if room.verb(id) is not None:
                    self.enter("deck")
            await room.perform(id)
        elif kind == "restart":
            await self.end_program(id, again=True)
        elif kind == "go":
            self.enter("deck")
            await self.deck.going.to(id)

    def do_sounds(self) -> None:
        self.ringer.muted = not self.ringer.muted
        self.notify_line("sounds are muted; M again for them" if self.ringer.muted else "sounds are on", "muted")

    def do_redraw(self) -> None:
        self.refresh(repaint=True, layout=True)

    def do_theme(self) -> None:
        self.theme = LIGHT.name if self.current_theme.dark else DARK.name

    async def do_quit(self) -> None:
        """Says what keeps running and what does not; the same key again, or enter, quits."""
        running = self.source.programs.running() if self._leaving is None else list(self._leaving)
        if running:
            await self.push_screen(screens.Ask("Quit?", running, "quits", again="ctrl+q"), self._quit_if)
        else:
            self.exit(0)

    def _quit_if(self, yes: bool | None) -> None:
        if yes:
            self.exit(0)

    def do_copy(self) -> None:
        """Copy what is selected; with nothing selected, twice quits."""
        focused = self.screen.focused
        selected = focused.selected_text if isinstance(focused, TextArea) else ""
        selected = selected or self.screen.get_selected_text()
        if selected:
            self.copy_to_clipboard(selected)
            self.notify_line("copied", "muted")
            return
        now = self.source.clock()
        if now - self._interrupted_at < QUIT_WITHIN_MS:
            self.exit(0)
            return
        self._interrupted_at = now
        self.notify_line("nothing is selected; ctrl+c again quits", "need")

    async def show_ladder(self, message_id: str, agent_id: str) -> None:
        view = await self.source.ladder(message_id, agent_id)
        if view is None:
            self.notify_line("nobody had to be told: that message has no deliveries", "muted")
        else:
            await self.push_screen(screens.LadderScreen(self.source, view))

    async def show_why(self, subject: str) -> None:
        """Of a message, why is its ladder; else a sheet."""
        kind, _, id = subject.partition(":")
        if kind == "message":
            await self.show_ladder(id, "")
            return
        card = self.source.view.card
        if card is not None and subject == f"need:{card.key}" and card.kind in ("delivery", "due"):
            await self.show_ladder(card.message_id, card.agent_id)
            return
        view = await self.source.why(subject)
        if view is not None:
            await self.push_screen(screens.WhyScreen(self.source, view))

    async def do_keys(self) -> None:
        await self.push_screen(screens.KeysScreen(self.source))

    async def do_create(self) -> None:
        async def start(name: str, argv: Sequence[str]) -> None:
            await self.source.programs.start_agent(name, argv)
            self.notify_line(f"{said(name).text} is started", "ok")

        await self.push_screen(screens.create_form(start, self.source.programs.folder()))

    async def end_program(self, agent_id: str, again: bool) -> None:
        """Release an agent, or (`again`) restart its program; asks first where one is running."""
        row = next((row for row in self.source.view.agents if row.id == agent_id), None)
        if row is None:
            return
        if row.role == "fault":
            self._end_program(row, again)
            return
        verb = "Restart" if again else "Release"
        sentences = ["Its program is asked to end, then made to. Its messages stay; what is due to it waits."]
        if self.source.adopting.adopted(agent_id):
            sentences = ["It was adopted: its program and its pane stay as they are. What is due to it waits."]

        def answered(yes: bool | None) -> None:
            if yes:
                self._end_program(row, again)

        await self.push_screen(screens.Ask(f"{verb} {row.name}?", sentences, f"{verb.lower()}s"), answered)

    @work(exclusive=True, group="program", exit_on_error=False)
    async def _end_program(self, row: AgentRow, again: bool) -> None:
        agent_id = row.id
        done = self.source.programs.restart(agent_id) if again else self.source.programs.release(agent_id)
        if await self.deck.attempt(done):
            self.notify_line(f"{said(row.name).text} is {'restarted' if again else 'released'}", "ok")


async def run(
    host: DeckHost,
    *,
    ascii_only: bool | None = None,
    theme: str = DARK.name,
    after_paint: AfterPaint | None = None,
    leaving: Sequence[str] | None = None,
) -> int:
    """Show the deck over an open host until the operator leaves; gives the exit code.

    `ascii_only` None: as the terminal needs it. `after_paint`, `leaving`: see `RelayApp`.
    """
    widths = ask_widths()
    ascii_only = widths.signs_wide if ascii_only is None else ascii_only
    memory = await Memory.read(host.key_file.with_name(MEMORY_NAME))
    store = Store(host, throwaway=leaving is not None)
    store.recall(memory.kept)
    app = RelayApp(store, ascii_only=ascii_only, theme=theme, after_paint=after_paint, leaving=leaving, memory=memory)
    if not widths.emoji_wide:
        app.glyphs = replace(app.glyphs, emoji=False)
    try:
        return await app.run_async() or app.return_code or 0
    finally:
        leave_terminal(app)
