"""What an attachment holds: text, a diff or JSON as it is; of anything else what it is. Enter opens it outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relay_tui.tui.actions import BY_ID, Now
from relay_tui.tui.drawing.ink import Line, Span, crop, said, spread, wrap
from relay_tui.tui.screens.parts import FLASH_MS
from relay_tui.tui.screens.room import EVERYWHERE, MOVES, bindings_for
from relay_tui.tui.screens.sheet import Sheet
from relay_tui.tui.terminal.openers import looked_at
from relay_tui.tui.view.enclosed import ContentView
from relay_tui.tui.widgets.footer import Hint

if TYPE_CHECKING:
    from relay_tui.tui.source.deck import Source

MARGIN = Span(" ")
ROWS = 5_000
_NOTHING = {
    "gone": "Its content is not kept here any more; its name and size are.",
    "image": "A picture cannot be shown here.",
    "file": "This is no text.",
    "place": "A place in a file on this machine.",
    "link": "It is elsewhere:",
}


class ContentScreen(Sheet):
    NAME = "ATTACHED"
    BINDINGS = bindings_for([*MOVES, *EVERYWHERE, "open", "copy_row"])

    def __init__(self, source: Source, view: ContentView) -> None:
        super().__init__(source)
        self.view = view
        self._news, self._news_until = Span(""), 0

    def flash(self, text: str, role: str = "text") -> None:
        self._news, self._news_until = said(text, role), self.source.clock() + FLASH_MS
        if self.is_mounted:
            self.redraw()

    async def follow(self, changed: bool) -> None:
        if 0 < self._news_until <= self.source.clock():
            self._news, self._news_until = Span(""), 0
            self.redraw()

    def now(self) -> Now:
        return Now(row=bool(self._copied))

    @property
    def _copied(self) -> str:
        return self.view.text or self.view.url or self.view.path

    def hints(self) -> list[Hint]:
        where = opens_in(self.view)
        out = [Hint("enter", f"open {where}")] if where else []
        return [*out, Hint(self.hint(BY_ID["copy_row"]).key, "copy")] if self._copied else out

    async def do_open(self) -> None:
        if opens_in(self.view):
            await self.relay_app.open_outside(self.view)

    def do_copy_row(self) -> None:
        self.app.copy_to_clipboard(self._copied)
        self.flash("copied: what was attached", "muted")

    def lines(self, width: int) -> list[Line]:
        view = self.view
        left = [MARGIN, Span(f"{self.page.glyphs.enclosed} ", "accent"), said(view.label, "text!")]
        right = [said("  ".join(part for part in (view.size, view.kind) if part), "faint"), MARGIN]
        out = [Line(spread(left, right, width, self.page.glyphs.more))]
        out.append(Line(crop([MARGIN, self._news], width - 1, self.page.glyphs.more)))
        if words := _NOTHING.get(view.how, ""):
            out.append(Line([MARGIN, Span(words, "muted")]))
        where = view.url or (f"{view.path}:{view.line}" if view.line else view.path)
        out += [Line([MARGIN, Span(row)]) for row in (wrap(where, width - 2, exact=True) if where else [])]
        rows = wrap(view.text, width - 2, ROWS, exact=True) if view.text else []
        out += [Line([MARGIN, Span(row, self._role(row))]) for row in rows[:ROWS]]
        if view.cut or len(rows) > ROWS:
            out += [Line(), Line([MARGIN, Span("There is more of it; an editor shows all.", "faint")])]
        return out

    def _role(self, row: str) -> str:
        if self.view.how != "diff":
            return "text"
        if row.startswith(("+++", "---", "diff ", "index ")):
            return "muted"
        return {"+": "ok", "-": "fault", "@": "accent"}.get(row[:1], "text")


def opens_in(view: ContentView) -> str:
    """Where enter opens it, in words; empty: nowhere."""
    match view.how:
        case "text" | "diff" | "json" | "place":
            return "in your editor"
        case "link":
            return "in a browser"
        case "image" | "file" if looked_at(view.content_type):
            return "on the desktop"
        case _:
            return ""
