"""How a program comes into a window of its own: checked, handed over in a private file, confirmed to have begun."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from relay_tui.agents.tmux.errors import CommandFailed, LaunchFailed, TmuxError
from relay_tui.agents.tmux.panes import LABEL_OPTION

if TYPE_CHECKING:
    from relay_tui.agents.tmux.server import TmuxServer

_LAUNCHER = Path(__file__).with_name("launch.py")
_ORDER = "relay-tui-launch-"
"""How the name of the file begins that tells the launcher what to become."""
_BEGIN_TIMEOUT = 10.0
_TICK = 0.005


async def launch_window(
    server: TmuxServer,
    name: str,
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    size: tuple[int, int],
) -> str:
    """Open a window that becomes the program and return its pane id. Raises LaunchFailed; then no window is left."""
    environment = {**os.environ, **env}
    directory = _check(argv, cwd, environment)
    order = _write_order(argv, directory, environment)
    width, height = size
    target = f"={server.session}:"
    try:
        # So that the program sees its size from its first moment; an attached operator's size would win otherwise.
        await server.link.run("set-option", "-t", target, "default-size", f"{width}x{height}")
        made = await server.link.run(
            *("new-window", "-d", "-t", target, "-n", _plain(name), "-c", _plain(directory)),
            *("-P", "-F", "#{pane_id} #{window_id}", "--"),
            *(sys.executable, "-I", "-S", str(_LAUNCHER), str(order)),
        )
        pane_id, _, window_id = " ".join(made).partition(" ")
        await asyncio.gather(
            server.link.run("set-option", "-p", "-t", pane_id, "--", LABEL_OPTION, name),
            server.link.run("set-option", "-w", "-t", window_id, "remain-on-exit", "on"),
            server.link.run("resize-window", "-t", window_id, "-x", str(width), "-y", str(height)),
        )
        if not await _taken(order):
            with contextlib.suppress(TmuxError):
                await server.link.run("kill-window", "-t", window_id)
            raise LaunchFailed(f"{name} did not start within {_BEGIN_TIMEOUT:g} s")
    except CommandFailed as error:
        raise LaunchFailed(f"tmux could not open a window for {name}: {error}") from error
    finally:
        order.unlink(missing_ok=True)
    return pane_id


async def launched(server: TmuxServer) -> set[str]:
    """Ids of the panes of the session that were opened for a program of ours, and not by a person. Raises TmuxError."""
    lines = await server.link.run(
        "list-panes", "-s", "-t", f"={server.session}:", "-F", "#{pane_id} #{pane_start_command}"
    )
    return {line.partition(" ")[0] for line in lines if _ORDER in line}


def _check(argv: Sequence[str], cwd: Path, environment: Mapping[str, str]) -> str:
    """Return the directory, absolute. tmux itself would start elsewhere when it is missing, and say nothing."""
    if not argv or not argv[0]:
        raise LaunchFailed("there is no program to start")
    if not cwd.is_dir():
        raise LaunchFailed(f"there is no directory {cwd}", hint="Create it, or choose another one.")
    program = argv[0] if os.sep not in argv[0] else str(cwd / argv[0])
    if shutil.which(program, path=environment.get("PATH")) is None:
        raise LaunchFailed(f"there is no program `{argv[0]}` on this machine", hint="Install it, or check PATH.")
    return str(cwd.absolute())


def _write_order(argv: Sequence[str], cwd: str, environment: Mapping[str, str]) -> Path:
    handle, name = tempfile.mkstemp(prefix=_ORDER)
    with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape") as file:
        json.dump({"argv": list(argv), "cwd": cwd, "env": dict(environment)}, file, ensure_ascii=False)
    return Path(name)


async def _taken(order: Path) -> bool:
    """Whether the launcher has read its order: it deletes it and becomes the program in the next breath."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _BEGIN_TIMEOUT
    while order.exists():  # noqa: ASYNC240 - one stat of a local file
        if loop.time() > deadline:
            return False
        await asyncio.sleep(_TICK)
    return True


def _plain(text: str) -> str:
    """`text` for an argument that tmux would expand as a format."""
    return text.replace("#", "##")
