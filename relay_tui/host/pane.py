"""Opening the real pane behind an agent, and coming back: what to run in the operator's terminal, and what to tidy."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from relay_tui.agents.tmux import attach
from relay_tui.agents.tmux.backend import socket_flags
from relay_tui.agents.tmux.errors import TmuxError
from relay_tui.agents.tmux.panes import PaneIdentity
from relay_tui.agents.tmux.server import TmuxServer
from relay_tui.agents.tmux.setup import is_up
from relay_tui.core.model import Json

LEAVE_KEYS = ("F12", "C-]")
"""Keys that lead back without a prefix: inside the user's own tmux the prefix would be caught on the way."""

_CAME_OVER = "#{client_last_session}"


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
    inside = attach.is_inside(server)
    if server.own:
        await _ready(server, note, inside)
    await attach.show(server, pane)
    if inside:
        # With our own environment, by which tmux knows whose client is meant.
        switch = ["tmux", *socket_flags(server.socket_name), "switch-client", "-t", pane.pane_id]
        yield OpenPane(switch, dict(os.environ), takes_terminal=False)
        return
    environment = attach.attach_environment()
    if not server.own:
        # The user's tmux does with sizes what it is set to do.
        yield OpenPane(attach.attach_command(server), environment, takes_terminal=True)
        return
    # Without this the pane keeps its size, and a smaller terminal shows a part of it.
    await server.link.run("set-option", "-w", "-t", pane.window_id, "window-size", "latest")
    try:
        yield OpenPane(attach.attach_command(server), environment, takes_terminal=True)
    finally:
        with suppress(TmuxError):
            await server.resize(pane, status.width, status.height)


@asynccontextmanager
async def opened_from_outside(place: Json, note: str) -> AsyncIterator[OpenPane]:
    """As `opened`, from another process than the relay's. `place`: see `Launcher.place`. Raises TmuxError."""
    pane = PaneIdentity.from_json(place["pane"])
    if not is_up(pane.socket):
        raise TmuxError("its tmux server has ended")
    server = await TmuxServer.start(pane.socket, session=place["session"], own=place["own"], control=False)
    try:
        async with opened(server, pane, note) as command:
            yield command
    finally:
        await server.close()


async def _ready(server: TmuxServer, note: str, inside: bool) -> None:
    """Say on a server of ours whose pane it is, and bind the keys that lead back."""
    keys = LEAVE_KEYS[0] if inside else f"{LEAVE_KEYS[0]} or prefix d"
    await attach.set_banner(server, f"{note}  ·  {keys} returns ")
    for key in LEAVE_KEYS:
        # Who came over from another session goes back there; to detach would leave the deck behind.
        await server.link.run("bind-key", "-n", key, "if-shell", "-F", _CAME_OVER, "switch-client -l", "detach-client")
