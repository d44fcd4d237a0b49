"""Whether anything was drawn in a pane since it was last looked at, asked for all panes of a server in one call."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

STAMP_FORMAT = "#{pane_id} #{window_activity} #{history_size} #{cursor_x},#{cursor_y} #{pane_width}x#{pane_height}"


@dataclass(slots=True, frozen=True)
class Stamp:
    """Two that are equal, and older than the second they were taken in, stand for the same screen."""

    drawn_at: int
    """When something was last drawn in its window, in seconds since the epoch."""
    lines: int
    """In the scrollback."""
    rest: str

    def settled(self, now: float) -> bool:
        """Nothing can be drawn any more without changing it."""
        return self.drawn_at < int(now)


class Stamps:
    """Those who ask in the same turn of the loop get one answer."""

    def __init__(self, ask: Callable[[], Awaitable[list[str]]]) -> None:
        self._ask = ask
        self._asking: asyncio.Task[Mapping[str, Stamp]] | None = None

    async def of(self, pane_id: str) -> Stamp | None:
        """The stamp of one pane; None when it is gone. Raises TmuxError."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._read(), name="tmux-stamps")
        return (await asyncio.shield(self._asking)).get(pane_id)

    async def _read(self) -> Mapping[str, Stamp]:
        found: dict[str, Stamp] = {}
        for line in await self._ask():
            pane_id, at, lines, rest = line.split(" ", 3)
            found[pane_id] = Stamp(int(at), int(lines), rest)
        return found
