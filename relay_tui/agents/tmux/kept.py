"""What is kept with a pane of ours itself: it outlives the relay, and ends with the pane."""

from __future__ import annotations

from dataclasses import dataclass

from relay_tui.agents.tmux.foreground import Process
from relay_tui.agents.tmux.panes import PaneIdentity
from relay_tui.agents.tmux.server import TmuxServer

_FRONT = "@relay-front"


@dataclass(frozen=True, slots=True)
class Front:
    """The agent's own program, as it was in the foreground of its pane."""

    command: str
    """Its name, as tmux has it."""
    process: Process | None
    """None: that could not be told on this machine."""


async def keep_front(server: TmuxServer, pane: PaneIdentity, front: Front) -> None:
    """Keep what the agent's own program is. Raises TmuxError."""
    pid, started = (front.process.pid, front.process.started) if front.process else (0, 0)
    kept = f"{pid} {started} {front.command}"
    await server.link.run("set-option", "-p", "-t", pane.pane_id, "--", _FRONT, kept)


async def kept_front(server: TmuxServer, pane: PaneIdentity) -> Front | None:
    """What `keep_front` kept; None: nothing. Raises TmuxError."""
    kept = "".join(await server.link.run("display-message", "-p", "-t", pane.pane_id, f"#{{{_FRONT}}}"))
    pid, started, command = (*kept.split(" ", 2), "", "", "")[:3]
    if not (pid.isdigit() and started.isdigit() and command):
        return None
    return Front(command, Process(int(pid), int(started)) if int(pid) else None)
