"""What the program shows: draws what changed once per round of the loop, and everything after a resize."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable

from relay_tui.demo.program import draw
from relay_tui.demo.program.screen import InlineScreen, Live
from relay_tui.demo.program.terminal import Terminal
from relay_tui.demo.program.transcript import Entry

ENTRIES_KEPT = 200
"""Entries that can be drawn again after a resize."""


class Face:
    """The transcript and the live region on a terminal; nothing is drawn while nothing changes."""

    def __init__(
        self,
        terminal: Terminal,
        live: Callable[[int], Live],
        next_tick: Callable[[], float | None],
    ) -> None:
        """`live`: the live region for a number of columns. `next_tick`: seconds until it changes by itself."""
        self._terminal = terminal
        self._live = live
        self._next_tick = next_tick
        self._screen = InlineScreen(terminal.size())
        self._entries: deque[Entry] = deque(maxlen=ENTRIES_KEPT)
        self._undrawn: list[Entry] = []
        self._due: asyncio.Handle | None = None
        self._tick: asyncio.TimerHandle | None = None
        self._resized = False
        self._hidden = False

    def hide(self, hidden: bool) -> None:
        """Draw nothing while somebody else draws; everything again afterwards."""
        self._hidden = hidden
        if not hidden:
            self.redraw()

    def add(self, entry: Entry) -> None:
        """Draw `entry` above the live region."""
        self._entries.append(entry)
        self._undrawn.append(entry)
        self.touch()

    def touch(self) -> None:
        """Draw once this round of the loop is over, however much changes in it."""
        if not self._due:
            self._due = asyncio.get_running_loop().call_soon(self.paint)

    def redraw(self) -> None:
        """Draw everything, for the size that the terminal has now."""
        self._resized = True
        self.touch()

    def paint(self) -> None:
        """Draw now."""
        self._stop_timers()
        if self._hidden:
            return
        if self._resized:
            self._resized = False
            size = self._terminal.size()
            rows = self._rows(self._entries, size.columns)
            self._terminal.write(self._screen.redraw(size, rows, self._live(size.columns)))
        else:
            columns = self._screen.size.columns
            rows = self._rows(self._undrawn, columns)
            self._terminal.write(self._screen.draw(rows, self._live(columns)))
        self._undrawn.clear()
        seconds = self._next_tick()
        if seconds is not None:
            self._tick = asyncio.get_running_loop().call_later(seconds, self.touch)

    def leave(self, last: str) -> None:
        """Take the live region away; what was not drawn yet and `last` end the transcript."""
        self._stop_timers()
        rows = self._rows(self._undrawn, self._screen.size.columns)
        self._terminal.write(self._screen.leave([*rows, draw.paint(("dim", f"  {last}"))]))

    def _stop_timers(self) -> None:
        for timer in (self._due, self._tick):
            if timer:
                timer.cancel()
        self._due = self._tick = None

    @staticmethod
    def _rows(entries: Iterable[Entry], columns: int) -> list[str]:
        return [row for entry in entries for row in draw.entry_rows(entry, columns)]
