"""Opening the real pane behind an agent, and coming back: what to run in the operator's terminal, and what to tidy."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from relay_tui.agents.tmux.errors import TmuxError
from relay_tui.agents.tmux.panes import PaneIdentity
from relay_tui.agents.tmux.server import TmuxServer

LEAVE_KEYS = ("F12", "C-]")
"""Keys that lead back, without a prefix: inside the user's own tmux the prefix would be caught on the way."""


@dataclass(slots=True, frozen=True)
class OpenPane:
    """A command for the operator's terminal. `takes_terminal`: it runs until the operator leaves the pane."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    takes_terminal: bool


@asynccontextmanager
async def opened(
    server: TmuxServer, pane: PaneIdentity, environ: Mapping[str, str], note: str
) -> AsyncIterator[OpenPane]:
    """Ready the pane for a person, and give it its size back afterwards. Raises TmuxError when it is gone.

    `note` goes into the status line of that tmux. Inside the same tmux server the client is switched; anywhere else a
    client of our server is attached, also inside another tmux.
    """
    status = await server.status(pane)
    if status.state == "gone":
        raise TmuxError("its pane is gone")
    await _show_note(server, note)
    await server.link.run("select-window", "-t", pane.window_id)
    if await _is_inside(server, environ):
        yield OpenPane(("tmux", "-L", server.socket_name, "switch-client", "-t", pane.pane_id), environ, False)
        return
    # Without this the pane keeps its size, and a smaller terminal shows a part of it.
    await server.link.run("set-option", "-w", "-t", pane.window_id, "window-size", "latest")
    outside = {name: value for name, value in environ.items() if name not in {"TMUX", "TMUX_PANE"}}
    try:
        yield OpenPane(("tmux", "-L", server.socket_name, "attach-session", "-t", f"={server.session}"), outside, True)
    finally:
        with suppress(TmuxError):
            await server.resize(pane, status.width, status.height)


async def _show_note(server: TmuxServer, note: str) -> None:
    safe = note.replace("#", "##")
    options = {
        "status": "on",
        "status-left": f" {safe}  {LEAVE_KEYS[0]} or prefix d returns ",
        "status-left-length": "120",
        "status-right": "",
        "status-style": "bg=#181d25,fg=#8ab0ff",
        "window-status-format": "",
        "window-status-current-format": "#[bold]#W",
    }
    for name, value in options.items():
        scope = "-gw" if name.startswith("window-") else "-g"
        await server.link.run("set-option", scope, name, value)
    for key in LEAVE_KEYS:
        await server.link.run("bind-key", "-n", key, "detach-client")


async def _is_inside(server: TmuxServer, environ: Mapping[str, str]) -> bool:
    """Does the operator's terminal belong to this very server?"""
    socket_path = environ.get("TMUX", "").split(",", 1)[0]
    return bool(socket_path) and os.path.basename(socket_path) == server.socket_name
