"""An agent program that ran before we came: taken in where it stands, in a tmux that is not ours.

Nothing in that tmux is changed for it and nothing is ended. What is typed is one line where a shell waits behind the
program, and only while that very program is in front.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Any, Self

from relay_tui.agents.harnesses.spec import ScreenRules
from relay_tui.agents.harnesses.terminal import TerminalSession
from relay_tui.agents.tmux import foreground
from relay_tui.agents.tmux.errors import TmuxError, TmuxGone
from relay_tui.agents.tmux.panes import PaneIdentity
from relay_tui.agents.tmux.process import ProcessHandle
from relay_tui.agents.tmux.server import TmuxServer
from relay_tui.core.clock import Clock
from relay_tui.core.model import Json, State
from relay_tui.core.session import StateChanged

log = logging.getLogger(__name__)
_DAY = 86_400.0


@dataclass(slots=True, frozen=True)
class Adopted:
    """Which program was taken in, and what waits behind it in its pane."""

    session: str
    """tmux session that it was in then."""
    program: str
    """One of `foreground.AGENT_PROGRAMS`, or empty."""
    command: str
    """Name of the foreground process, as tmux has it."""
    pid: int
    """0: that could not be told on this machine."""
    started: int
    shell: str
    """What would read the terminal if the program did not: its root, where that is another process; empty: nothing."""

    def to_json(self) -> Json:
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_json(cls, data: Json) -> Self:
        """Raises KeyError, TypeError or ValueError when it is none."""
        return cls(
            session=str(data["session"]),
            program=str(data["program"]),
            command=str(data["command"]),
            pid=int(data["pid"]),
            started=int(data["started"]),
            shell=str(data["shell"]),
        )

    @property
    def process(self) -> foreground.Process | None:
        return foreground.Process(self.pid, self.started) if self.pid else None


def address(pane: PaneIdentity, adopted: Adopted, cwd: str) -> Json:
    """What the log keeps, so that a restarted relay finds the program again."""
    return {"pane": pane.to_json(), "adopted": adopted.to_json(), "cwd": cwd}


def adopted_of(found: Json) -> Adopted | None:
    """Which program an address says was taken in; None: it was started by us, or it cannot be read."""
    adopted: Any = found.get("adopted")
    try:
        return Adopted.from_json(adopted)
    except (KeyError, TypeError, ValueError):
        return None


class AdoptedSession(TerminalSession):
    """A program in the user's tmux. It tells nothing by itself: its screen, its process and its pane do."""

    def __init__(
        self,
        agent_id: str,
        generation: int,
        server: TmuxServer,
        pane: PaneIdentity,
        adopted: Adopted,
        clock: Clock,
        *,
        rules: ScreenRules | None = None,
    ) -> None:
        """`rules`: None: those that come with relay-tui for its program."""
        super().__init__(
            agent_id,
            generation,
            server,
            pane,
            rules=rules or ScreenRules.of(adopted.program),
            transcript=None,
            clock=clock,
            one_line=bool(adopted.shell),
            command=adopted.command,
        )
        self.adopted = adopted
        self._waiting: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        await super().begin()
        if self.adopted.process is not None:
            self._waiting = asyncio.create_task(self._wait_for_its_end(), name=f"adopted-{self._agent_id}")

    async def end(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            await asyncio.gather(self._waiting, return_exceptions=True)
        await super().end()

    def absent(self) -> str:
        process = self.adopted.process
        if process is None:
            return ""  # tmux compares its name
        if not foreground.lives(process):
            return f"{self.adopted.command} has ended in its pane; adopt it again when it is back"
        now = foreground.standing(self.pane.pane_pid)
        if now is None or now.front is None or now.front.pid == process.pid:
            return ""
        other = now.front.name or "another program"
        return f"{other} is in the foreground of its pane, not {self.adopted.command}"

    async def release(self, reason: str = "") -> None:
        """It was here before us and goes on: nothing is ended, typed or closed."""

    async def _wait_for_its_end(self) -> None:
        process = self.adopted.process
        assert process is not None
        # A hold first, the look second: what passes the look is what is held.
        handle = ProcessHandle(process.pid)
        try:
            while foreground.lives(process) and not await handle.ended(_DAY):
                pass
        finally:
            handle.close()
        await self._say_how_it_ended()

    async def _say_how_it_ended(self) -> None:
        """A tmux that ends takes its programs along, and their end is heard first."""
        try:
            status = await self._server.status(self.pane)
        except TmuxGone:
            self._change(StateChanged(State.LOST, "tmux", detail="its tmux server is gone"))
            return
        except TmuxError as error:
            log.info("pane %s could not be read after its program ended: %s", self.pane.pane_id, error)
        else:
            if status.state != "alive":
                self._ended(status)
                return
        detail = f"{self.adopted.command} ended; its pane is still there"
        self._change(StateChanged(State.EXITED, "pane", detail=detail))
