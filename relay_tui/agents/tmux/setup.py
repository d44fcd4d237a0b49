"""How a tmux server of ours is brought up, and the options that it runs with."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket

from relay_tui.agents.tmux.backend import Backend, LibtmuxBackend, socket_path
from relay_tui.agents.tmux.errors import CommandFailed, TmuxGone
from relay_tui.agents.tmux.panes import LABEL_OPTION

log = logging.getLogger(__name__)

KEEPER = "relay-keeper"
"""Name and label of the window that keeps a server up when its last agent ends."""

_SERVER_OPTIONS = {
    # Escape typed by us is Escape, not the beginning of a chord.
    "escape-time": "0",
    # What an agent prints must not reach the clipboard of whoever attaches.
    "set-clipboard": "off",
    "focus-events": "off",
    "exit-empty": "off",
    "exit-unattached": "off",
}
_SESSION_OPTIONS = {
    "destroy-unattached": "off",
    "set-titles": "off",
    "default-terminal": "screen-256color",
    # Not `manual`: 3.3a dies of the next new window. Sizes are pinned window by window.
    "window-size": "latest",
}
_WINDOW_OPTIONS = {
    # The screen stays to be read after the program ended.
    "remain-on-exit": "on",
    # Without a text of its own tmux leaves the screen as the program left it.
    "remain-on-exit-format": "",
    "automatic-rename": "off",
    "allow-rename": "off",
}


def is_up(socket_name: str) -> bool:
    """Whether a tmux server listens on the socket of that name or path, asked without tmux: nothing is started."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(socket_path(socket_name)))
        except OSError:
            return False
    return True


async def bring_up(fallback: LibtmuxBackend, session: str) -> None:
    """Start a server with `session` and its keeper window, unless they are there. Raises TmuxMissing, CommandFailed."""
    await fallback.version()
    with contextlib.suppress(TmuxGone, CommandFailed):
        await fallback.run("has-session", "-t", f"={session}")
        return
    with contextlib.suppress(CommandFailed):
        # Fails only when another process of ours made it in the meantime.
        await fallback.run(
            "new-session",
            "-d",
            "-s",
            session,
            "-n",
            KEEPER,
            "-x",
            "120",
            "-y",
            "40",
            "tail",
            "-f",
            "/dev/null",
        )
        await fallback.run("set-option", "-p", "-t", f"={session}:{KEEPER}", LABEL_OPTION, KEEPER)
    await fallback.run("has-session", "-t", f"={session}")


async def set_options(backend: Backend, *, history_limit: int) -> None:
    """Set the options of a server of ours; one that this version does not know is left out, with a log line."""
    wanted = [
        *(("-s", name, value) for name, value in _SERVER_OPTIONS.items()),
        # Before any agent's window: existing panes keep the limit that they were made with.
        ("-g", "history-limit", str(history_limit)),
        *(("-g", name, value) for name, value in _SESSION_OPTIONS.items()),
        *(("-gw", name, value) for name, value in _WINDOW_OPTIONS.items()),
    ]
    calls = (backend.run("set-option", *option) for option in wanted)
    for option, result in zip(wanted, await asyncio.gather(*calls, return_exceptions=True), strict=True):
        if isinstance(result, CommandFailed):
            log.warning("tmux does not take option %s: %s", option[1], result)
        elif isinstance(result, BaseException):
            raise result
