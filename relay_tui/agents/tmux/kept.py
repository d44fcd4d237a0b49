"""What is kept with a pane of ours itself: it outlives the relay, and ends with the pane."""

from __future__ import annotations

from relay_tui.agents.tmux.panes import PaneIdentity
from relay_tui.agents.tmux.server import TmuxServer

_FRONT = "@relay-front"


async def keep_front(server: TmuxServer, pane: PaneIdentity, command: str) -> None:
    """Keep by which name the agent's own program is in the foreground. Raises TmuxError."""
    await server.link.run("set-option", "-p", "-t", pane.pane_id, "--", _FRONT, command)


async def kept_front(server: TmuxServer, pane: PaneIdentity) -> str:
    """What `keep_front` kept; empty: nothing. Raises TmuxError."""
    return "".join(await server.link.run("display-message", "-p", "-t", pane.pane_id, f"#{{{_FRONT}}}"))
