"""What stands on a terminal that is too small for the deck."""

from __future__ import annotations

from relay_tui.tui.drawing.ink import Line, Span, wrap
from relay_tui.tui.widgets.inked import Lines
from relay_tui.tui.widgets.layout import TINY_HEIGHT, TINY_WIDTH


class TooSmall(Lines):
    def draw(self, width: int) -> list[Line]:
        height = self.size.height
        text = (
            f"relay-tui needs {TINY_WIDTH}×{TINY_HEIGHT} cells; this terminal has {self.app.size.width}×"
            f"{self.app.size.height}. The relay goes on. Make it larger, or ctrl+q quits."
        )
        rows = wrap(text, max(1, width - 2))
        above = max(0, (height - len(rows)) // 2)
        return [Line() for _ in range(above)] + [Line([Span(" "), Span(row)]) for row in rows]
