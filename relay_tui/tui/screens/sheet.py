"""A screen that is read: header, a page of lines that scrolls, footer. Ladder, why and keys are sheets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import getters
from textual.app import ComposeResult

from relay_tui.tui.actions import BY_ID
from relay_tui.tui.drawing.ink import Line
from relay_tui.tui.screens.room import EVERYWHERE, MOVES, Room, bindings_for
from relay_tui.tui.widgets.footer import Footer, Hint
from relay_tui.tui.widgets.header import Header
from relay_tui.tui.widgets.lineview import Block, LineView

if TYPE_CHECKING:
    from relay_tui.tui.source.deck import Source


class Page(LineView):
    """One block: whatever the sheet says."""

    def draw(self, block: Block, width: int) -> list[Line]:
        assert isinstance(self.screen, Sheet)
        return self.screen.lines(width)


class Sheet(Room):
    BINDINGS = bindings_for([*MOVES, *EVERYWHERE])
    page = getters.query_one(Page)

    def __init__(self, source: Source) -> None:
        super().__init__()
        self.source = source

    def compose(self) -> ComposeResult:
        yield Header()
        yield Page()
        yield Footer()

    def on_mount(self) -> None:
        self.set_focus(self.page)
        self.redraw()

    async def follow(self, changed: bool) -> None:
        if changed:
            self.query_one(Header).show(self.source.view.header)

    def part(self) -> LineView:
        return self.page

    def lines(self, width: int) -> list[Line]:
        """What is on the page, for so many cells."""
        raise NotImplementedError

    def hints(self) -> list[Hint]:
        return []

    def redraw(self) -> None:
        self.query_one(Header).show(self.source.view.header)
        self.page.set_blocks([Block("page", None, selectable=False)])
        self.page.redraw()
        back = Hint("esc", "back", id="back")
        self.query_one(Footer).show(self.NAME, [*self.hints(), back, self.hint(BY_ID["keys"])], [self.stop_hint()])
