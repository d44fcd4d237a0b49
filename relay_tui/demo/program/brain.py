"""The seam: what decides (a `Brain`) and what it can do in the terminal (`BrainIO`)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from relay_tui.demo.program.transcript import Entry


class Brain(Protocol):
    """An agent without its terminal. Each call is one turn; turns never overlap.

    The operator's Esc cancels the running turn: `asyncio.CancelledError` is raised at whatever it awaits.
    Any other exception ends the turn, is shown and recorded, and the program goes on.
    """

    async def on_start(self, io: BrainIO) -> None:
        """Called once, when the program can take input. What must outlive it goes into a task or `io.begin`."""
        ...

    async def on_input(self, io: BrainIO, text: str) -> None:
        """An input was taken: `text` is exactly what was submitted, and is in the transcript as `got`."""
        ...


class Stage(Protocol):
    """What `BrainIO` needs of the program."""

    async def show_dialog(self, title: str, options: Sequence[str]) -> int | None:
        """See `BrainIO.dialog`."""
        ...

    def record(self, entry: Entry) -> None:
        """Write an entry to the transcript and draw it."""
        ...

    def begin(self, act: Callable[[], Awaitable[None]]) -> None:
        """See `BrainIO.begin`."""
        ...

    def working(self) -> AbstractContextManager[None]:
        """Be busy within; may be nested and entered from several tasks."""
        ...


class BrainIO:
    """What an agent does where its operator can see it. Each call records one entry and draws it.

    May be used from any task of the program's loop, inside of a turn or not.
    """

    def __init__(self, stage: Stage, name: str, pace: float) -> None:
        self.name = name
        self.pace = pace
        """Real seconds per second of work; 0.05 makes a script run twenty times as fast."""
        self._stage = stage

    async def say(self, text: str) -> None:
        """The agent's own words, to whoever reads its screen."""
        await self._record(Entry("assistant", "text", text))

    async def ask(self, text: str) -> None:
        """A question to the operator that blocks nothing; `dialog` is the one that does."""
        await self._record(Entry("assistant", "asks", text))

    async def sent(self, target: str, text: str) -> None:
        """A message went out to `target`, an agent or `#channel`; the sending itself is the brain's."""
        await self._record(Entry("assistant", "sent", text, {"to": target}))

    async def read(self, path: str) -> None:
        """A file was read."""
        await self._record(Entry("tool", "read", path, {"path": path}))

    async def edit(self, path: str, added: int, removed: int) -> None:
        """A file was changed, in lines."""
        await self._record(Entry("tool", "edit", path, {"path": path, "added": added, "removed": removed}))

    async def run(self, command: str, result: str = "") -> None:
        """A command was run and came back with `result`."""
        await self._record(Entry("tool", "run", command, {"command": command, "result": result}))

    async def note(self, text: str) -> None:
        """A remark of the program, not of the agent: connected, waiting for a reply."""
        await self._record(Entry("system", "text", text))

    async def work(self, seconds: float) -> None:
        """Be busy for `seconds` times the pace; Esc ends it together with the turn."""
        with self._stage.working():
            await asyncio.sleep(seconds * self.pace)

    async def dialog(self, title: str, options: Sequence[str] = ("Yes", "No")) -> int | None:
        """Ask and wait: the index of the choice, or None for Esc. Every other key is swallowed meanwhile."""
        return await self._stage.show_dialog(title, options)

    def begin(self, act: Callable[[], Awaitable[None]]) -> None:
        """Run `act` as a turn of the agent's own accord, once the program is idle, after what waits."""
        self._stage.begin(act)

    async def _record(self, entry: Entry) -> None:
        self._stage.record(entry)
        await asyncio.sleep(0)  # lets the screen draw between two entries
