"""The application: theme, ticker, screens. Everything that is shown comes from a `Source`."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Iterable

from textual import work
from textual.app import App, SystemCommand
from textual.screen import Screen

from relay_tui.core.errors import RelayError
from relay_tui.tui.glyphs import ASCII, UNICODE
from relay_tui.tui.screens.deck import Deck
from relay_tui.tui.source import Source
from relay_tui.tui.styles_path import style_paths
from relay_tui.tui.textual_private import map_alt_enter
from relay_tui.tui.themes import DARK, LIGHT, role_defaults

log = logging.getLogger(__name__)

TICK = 1 / 15
"""Seconds. Everything that moves on the screen moves with this one ticker."""
QUIT_WITHIN_MS = 2_000
"""A second ctrl+c within this quits."""


class RelayApp(App[int]):
    """One operator's view of one workspace."""

    TITLE = "relay-tui"
    CSS_PATH = [str(path) for path in style_paths()]  # noqa: RUF012
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"
    BINDINGS = []  # noqa: RUF012

    def __init__(self, source: Source, *, ascii_only: bool = False, theme: str = DARK.name) -> None:
        map_alt_enter()
        self.glyphs = ASCII if ascii_only else UNICODE
        super().__init__()
        self.source = source
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = theme
        self.set_class(ascii_only, "-ascii")
        self._interrupted_at = -QUIT_WITHIN_MS
        self._ticking = False

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return role_defaults(self.current_theme)

    async def on_mount(self) -> None:
        await self.source.open()
        self.deck = Deck(self.source)
        await self.push_screen(self.deck)
        gc.freeze()
        self.set_interval(TICK, self._tick)

    async def on_unmount(self) -> None:
        await self.source.close()

    async def _tick(self) -> None:
        """At most one at a time: a slow refresh is waited for, not piled up."""
        if self._ticking:
            return
        self._ticking = True
        try:
            changed = await self.source.refresh()
        except RelayError:
            log.exception("the view could not be brought up to date")
            changed = False
        finally:
            self._ticking = False
        self.deck.on_tick()
        if changed:
            self.deck.apply()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        return ()

    # Verbs that work on every screen

    def do_palette(self) -> None:
        self.action_command_palette()

    def do_redraw(self) -> None:
        self.refresh(repaint=True, layout=True)

    def do_theme(self) -> None:
        self.theme = LIGHT.name if self.current_theme.dark else DARK.name

    def do_quit(self) -> None:
        self.exit(0)

    def do_copy(self) -> None:
        """Copy what is selected; with nothing selected, twice quits."""
        selected = self.screen.get_selected_text()
        if selected:
            self.copy_to_clipboard(selected)
            self.deck.flash("copied", "muted")
            return
        now = self.source.clock()
        if now - self._interrupted_at < QUIT_WITHIN_MS:
            self.exit(0)
            return
        self._interrupted_at = now
        self.deck.flash("nothing is selected; ctrl+c again quits", "need")

    async def show_ladder(self, message_id: str, agent_id: str) -> None: ...

    async def show_why(self, subject: str) -> None: ...

    @work(exclusive=True, group="pane", exit_on_error=False)
    async def open_pane(self, agent_id: str) -> None:
        """Go to the agent's real pane. The relay goes on; the deck comes back as it was."""
        try:
            command = await self.source.pane(agent_id)
        except RelayError as error:
            self.deck.flash(str(error), "fault")
            return
        if command.switches:
            await (await asyncio.create_subprocess_exec(*command.argv)).wait()
            return
        with self.suspend(), self.batch_update():
            await (await asyncio.create_subprocess_exec(*command.argv)).wait()
        self.refresh(repaint=True, layout=True)
