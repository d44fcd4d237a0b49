"""Opening the real pane behind an agent, and coming back: what to run in the operator's terminal, and what to tidy."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from relay_tui.agents.tmux import attach
from relay_tui.agents.tmux.errors import TmuxError
from relay_tui.agents.tmux.panes import PaneIdentity
from relay_tui.agents.tmux.server import TmuxServer

LEAVE_KEYS = ("F12", "C-]")
"""Keys that lead back without a prefix: inside the user's own tmux the prefix would be caught on the way."""


@dataclass(slots=True, frozen=True)
class OpenPane:
    """A command for the operator's terminal. `takes_terminal`: it runs until the operator leaves the pane."""

    argv: Sequence[str]
    env: Mapping[str, str]
    takes_terminal: bool


@asynccontextmanager
async def opened(server: TmuxServer, pane: PaneIdentity, note: str) -> AsyncIterator[OpenPane]:
    """Ready the pane for a person, and give it its size back afterwards. Raises TmuxError when it is gone.

    `note` goes into the status line of that tmux. Inside the same tmux server the client is switched; anywhere else a
    client of our server is attached, also inside another tmux.
    """
    status = await server.status(pane)
    if status.state == "gone":
        raise TmuxError("its pane is gone")
    await attach.set_banner(server, f"{note}  ·  {LEAVE_KEYS[0]} or prefix d returns ")
    for key in LEAVE_KEYS:
        await server.link.run("bind-key", "-n", key, "detach-client")
    await attach.show(server, pane)
    environment = attach.attach_environment()
    if attach.is_inside(server):
        switch = ["tmux", "-L", server.socket_name, "switch-client", "-t", pane.pane_id]
        yield OpenPane(switch, environment, takes_terminal=False)
        return
    # Without this the pane keeps its size, and a smaller terminal shows a part of it.
    await server.link.run("set-option", "-w", "-t", pane.window_id, "window-size", "latest")
    try:
        yield OpenPane(attach.attach_command(server), environment, takes_terminal=True)
    finally:
        with suppress(TmuxError):
            await server.resize(pane, status.width, status.height)
