"""One turn at a time: what waits, what runs, and how it is interrupted."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

Act = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Turn:
    """Something to do; `text` is the input it answers, None for the agent's own accord."""

    act: Act
    text: str | None = None
    waited: bool = False
    absorbed: bool = False
    """It was taken in while another turn ran; what it asks for is done after that."""


class Turns:
    """The queue of turns. `interrupt` cancels the running one only; what waits is taken next."""

    def __init__(self) -> None:
        self._waiting: deque[Turn] = deque()
        self._arrived = asyncio.Event()
        self._running: asyncio.Future[None] | None = None
        self._interrupted = False

    @property
    def waiting(self) -> bool:
        """Whether a turn waits to be taken."""
        return bool(self._waiting)

    @property
    def queued(self) -> list[str]:
        """Inputs that wait, oldest first."""
        return [turn.text for turn in self._waiting if turn.text is not None]

    def absorb(self) -> list[str]:
        """Take in what waits, between two steps of the running turn: the inputs, oldest first, each once."""
        found = [turn for turn in self._waiting if turn.text is not None and not turn.absorbed]
        for turn in found:
            turn.absorbed = True
        return [turn.text for turn in found if turn.text is not None]

    def add(self, turn: Turn) -> None:
        self._waiting.append(turn)
        self._arrived.set()

    def take(self) -> Turn | None:
        """The next turn, or None when nothing waits."""
        return self._waiting.popleft() if self._waiting else None

    async def wait(self) -> None:
        """Until a turn waits."""
        while not self._waiting:
            self._arrived.clear()
            await self._arrived.wait()

    async def run(self, act: Act) -> bool:
        """Run `act` as the turn; False if it was interrupted. What it raises is raised."""
        self._running = asyncio.ensure_future(act())
        try:
            await self._running
        except asyncio.CancelledError:
            if not self._interrupted:
                raise
            return False
        finally:
            self._running, self._interrupted = None, False
        return True

    def interrupt(self) -> bool:
        """Cancel the running turn; False if there is none, or it is on its way out already."""
        if self._running is None or self._interrupted:
            return False
        self._interrupted = True
        self._running.cancel()
        return True
