"""Control clients that outlived their owner.

When an owner is killed while tmux still has something to write to it, its client stays for ever, and a server that is
then told to end neither ends nor answers until that client is gone. So each owner signs its client in an option of the
server, and the next one ends the clients whose owner is no more.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from pathlib import Path

from relay_tui.agents.tmux import foreground
from relay_tui.agents.tmux.backend import Backend
from relay_tui.agents.tmux.control import CLIENT_FLAGS
from relay_tui.agents.tmux.process import ProcessHandle, is_running

log = logging.getLogger(__name__)

_SIGNATURE = "@relay-owner-"
"""Option of the server; the pid of a control client follows, and the pid of its owner is the value."""
_GRACE = 1.0


async def sign(backend: Backend, client_pid: int) -> None:
    """Note that the control client with this pid is ours."""
    await backend.run("set-option", "-s", "--", f"{_SIGNATURE}{client_pid}", str(os.getpid()))


async def end_orphans(backend: Backend) -> list[int]:
    """End the signed control clients whose owner is over and return their pids; forget the signatures of those gone."""
    signed: dict[int, int] = {}
    for line in await backend.run("show-options", "-s"):
        name, _, owner = line.partition(" ")
        client = name.removeprefix(_SIGNATURE)
        if name.startswith(_SIGNATURE) and client.isdigit() and owner.isdigit():
            signed[int(client)] = int(owner)
    listed = await backend.run("list-clients", "-F", "#{?client_control_mode,#{client_pid},}")
    present = {int(pid) for pid in listed if pid.isdigit()}
    orphans = [client for client, owner in signed.items() if client in present and not is_running(owner)]
    for client in orphans:
        log.warning("control client %d outlived its owner and is ended", client)
        process = ProcessHandle(client)
        process.send(signal.SIGKILL)
        await process.ended(_GRACE)
        process.close()
    over = [client for client in signed if client in orphans or client not in present]
    await asyncio.gather(*(backend.run("set-option", "-s", "-u", "--", f"{_SIGNATURE}{client}") for client in over))
    return orphans


# In a tmux of the user's nothing is signed: there, who owns a client is written down on our side.


def note(folder: Path, client_pid: int) -> None:
    """Write down that the control client with this pid is ours."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / str(client_pid)).write_text(str(os.getpid()), "ascii")


def forget(folder: Path) -> None:
    """Our clients are gone."""
    for path, owner in _noted(folder):
        if owner == os.getpid():
            path.unlink(missing_ok=True)


async def end_noted(folder: Path) -> list[int]:
    """End the clients that are written down and whose owner is over; return their pids."""
    ended: list[int] = []
    for path, owner in await asyncio.to_thread(_noted, folder):
        if is_running(owner):
            continue
        client = ProcessHandle(int(path.name))
        argv = await asyncio.to_thread(foreground.process, client.pid)
        # The number may be somebody else's by now.
        if argv is not None and CLIENT_FLAGS in argv.argv and client.send(signal.SIGKILL):
            log.warning("control client %d outlived its owner and is ended", client.pid)
            await client.ended(_GRACE)
            ended.append(client.pid)
        client.close()
        path.unlink(missing_ok=True)
    return ended


def _noted(folder: Path) -> list[tuple[Path, int]]:
    if not folder.is_dir():
        return []
    found = [(path, path.read_text("ascii")) for path in folder.iterdir() if path.name.isdigit()]
    return [(path, int(owner)) for path, owner in found if owner.isdigit()]
