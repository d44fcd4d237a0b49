"""Bringing a person to an agent's pane and back: what to run in the terminal, and what to show there meanwhile.

Sizes of our windows are pinned, so attaching never reflows an agent; a smaller terminal sees a part of the window.
"""

from __future__ import annotations

import os

from relay_tui.agents.tmux.backend import find_tmux, socket_flags
from relay_tui.agents.tmux.panes import PaneIdentity
from relay_tui.agents.tmux.server import TmuxServer


def is_inside(server: TmuxServer, environment: dict[str, str] | None = None) -> bool:
    """Whether this process runs in a pane of `server` itself, where attaching again would nest."""
    _, _, rest = (os.environ if environment is None else environment).get("TMUX", "").partition(",")
    return rest.partition(",")[0] == str(server.identity[0])


def attach_command(server: TmuxServer) -> list[str]:
    """Return what to run in the foreground of a terminal; it ends when the person detaches or the server ends."""
    return [find_tmux(), "-u", *socket_flags(server.socket_name), "attach-session", "-t", f"={server.session}"]


def attach_environment() -> dict[str, str]:
    """Return our environment without what makes tmux refuse to nest."""
    return {key: value for key, value in os.environ.items() if key not in ("TMUX", "TMUX_PANE")}


async def show(server: TmuxServer, identity: PaneIdentity, *, client: str | None = None) -> None:
    """Make the pane's window the one that is looked at; types nothing. Raises CommandFailed when it is gone.

    `client`, the terminal of a tmux client of the same server (`/dev/pts/3`), is brought over from its own session.
    """
    await server.link.run("select-window", "-t", identity.window_id)
    await server.link.run("select-pane", "-t", identity.pane_id)
    if client is not None:
        await server.link.run("switch-client", "-c", client, "-t", f"={server.session}")


async def set_banner(server: TmuxServer, text: str) -> None:
    """Show `text` on the status line of whoever is attached, taken literally."""
    target = f"={server.session}:"
    # Formats, then time formats, then styles are expanded in a status line.
    literal = text.replace("#", "##").replace("%", "%%")
    await server.link.run("set-option", "-t", target, "status-right-length", str(max(40, len(text))))
    await server.link.run("set-option", "-t", target, "status-right", literal)
