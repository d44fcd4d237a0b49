"""An inline screen: rows that scroll away above, a live region that is drawn anew below. No I/O.

The alternate screen stays off, so that the pane's history is the transcript and a capture at the end has it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from relay_tui.demo.program.terminal import Size

HIDE_CURSOR = "\x1b[?25l"
SHOW_CURSOR = "\x1b[?25h"


@dataclass(slots=True)
class Live:
    """The live region: its rows, and the cell of the cursor within them (row, column); None hides it."""

    rows: list[str] = field(default_factory=list)
    cursor: tuple[int, int] | None = None

    def cropped(self, limit: int) -> Live:
        """Its last `limit` rows, for a screen that is too low for all of it."""
        cut = max(0, len(self.rows) - limit)
        if not cut:
            return self
        visible = self.cursor is not None and self.cursor[0] >= cut
        cursor = (self.cursor[0] - cut, self.cursor[1]) if visible and self.cursor else None
        return Live(self.rows[cut:], cursor)


class InlineScreen:
    """Says what to write so that the terminal shows the rows that were added and the live region."""

    def __init__(self, size: Size) -> None:
        self.size = size
        self._above = 0  # rows of the live region above the cursor as it stands

    def draw(self, added: list[str], live: Live) -> str:
        """Scroll `added` in above the live region and draw that anew."""
        return HIDE_CURSOR + self._to_top() + "".join(f"{row}\r\n" for row in added) + self._live(live)

    def redraw(self, size: Size, transcript: list[str], live: Live) -> str:
        """Everything, after the terminal changed its size and rewrapped what it held.

        Row by row: erasing the screen as a whole would push a copy of it into the history.
        """
        self.size = size
        live = live.cropped(size.rows)
        room = size.rows - len(live.rows)
        shown = transcript[-room:] if room else []
        blank = "".join(f"\x1b[{row};1H\x1b[2K" for row in range(1, size.rows + 1))
        self._above = 0
        return f"{HIDE_CURSOR}{blank}\x1b[H" + "".join(f"{row}\r\n" for row in shown) + self._live(live)

    def leave(self, last: list[str]) -> str:
        """Take the live region away and end below `last`."""
        return self._to_top() + "".join(f"{row}\r\n" for row in last) + SHOW_CURSOR

    def _to_top(self) -> str:
        up = f"\x1b[{self._above}A" if self._above else ""
        self._above = 0
        return f"{up}\r\x1b[J"

    def _live(self, live: Live) -> str:
        live = live.cropped(self.size.rows)
        out = "\r\n".join(live.rows)
        self._above = max(0, len(live.rows) - 1)
        if live.cursor is None:
            return out
        row, column = live.cursor
        up = self._above - row
        self._above = row
        return out + (f"\x1b[{up}A" if up else "") + f"\x1b[{column + 1}G" + SHOW_CURSOR
