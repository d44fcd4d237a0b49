"""Lists that lead somewhere, each a screen of its own: the inbox, and what goes on everywhere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from textual import getters, work
from textual.app import ComposeResult

from relay_tui.core.errors import RelayError
from relay_tui.tui.actions import BY_ID
from relay_tui.tui.screens.room import EVERYWHERE, MOVES, Room, bindings_for
from relay_tui.tui.view.hits import Found
from relay_tui.tui.widgets.footer import Footer, Hint
from relay_tui.tui.widgets.header import Header
from relay_tui.tui.widgets.hit_list import HitList
from relay_tui.tui.widgets.lineview import LineView

if TYPE_CHECKING:
    from relay_tui.tui.source.deck import Source

Ask = Callable[[int | None], Awaitable[Found]]
"""The list, or with the `seq` of an entry the page behind it."""


class Places(Room):
    """Enter goes to what is under the cursor."""

    BINDINGS = bindings_for([*MOVES, *EVERYWHERE, "open"])
    rows = getters.query_one(HitList)

    def __init__(self, source: Source, name: str, ask: Ask, empty: str, *, endless: bool = False) -> None:
        """`empty`: what is said where there is nothing. `endless`: more is asked for at its end."""
        super().__init__()
        self.source = source
        self._name, self._ask, self._empty, self._endless = name, ask, empty, endless
        self.found = Found()

    def compose(self) -> ComposeResult:
        yield Header()
        yield HitList()
        yield Footer()

    def on_mount(self) -> None:
        self.query_one(Header).show(self.source.view.header)
        self.rows.more_below = self._endless
        self.set_focus(self.rows)
        hints = [Hint("enter", "goes there"), Hint("esc", "back"), self.hint(BY_ID["keys"])]
        self.query_one(Footer).show(self._name, hints, [self.stop_hint()])
        self._load()

    @work(exclusive=True, group="places", exit_on_error=False)
    async def _load(self) -> None:
        try:
            self.found = await self._ask(None)
        except RelayError as error:
            self.rows.show(Found(), (str(error),))
            return
        self.rows.show(self.found, (self._empty,))
        self.rows.move_end(last=False)

    @work(exclusive=True, group="places", exit_on_error=False)
    async def _more(self) -> None:
        last = self.found.sections[-1].hits[-1] if self.found.sections else None
        more = await self._ask(last.seq) if last is not None else Found()
        if more.sections:
            self.found.sections[-1].hits += more.sections[-1].hits
            self.rows.show(self.found)
        else:
            self.rows.more_below = False

    def on_line_view_bottom_reached(self, event: LineView.BottomReached) -> None:
        event.stop()
        self._more()

    def on_line_view_cursor_moved(self, event: LineView.CursorMoved) -> None:
        event.stop()

    async def on_line_view_opened(self, event: LineView.Opened) -> None:
        event.stop()
        await self.do_open()

    def part(self) -> LineView:
        return self.rows

    async def do_open(self) -> None:
        hit = self.rows.hit()
        if hit is not None:
            await self.relay_app.deck.finding.go_to(hit.id)
