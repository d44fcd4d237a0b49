"""What a run may leave behind, found by a name that only this run has, and ended."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

GRACE = 5.0


def processes(*names: str) -> dict[int, str]:
    """Pid and arguments of every live process whose arguments hold one of `names`; never this one."""
    listed = _from_proc() if Path("/proc/self/cmdline").exists() else _from_ps()
    return {
        pid: arguments for pid, arguments in listed if pid != os.getpid() and any(name in arguments for name in names)
    }


def _from_proc() -> Iterator[tuple[int, str]]:
    """Where there is a /proc, there need be no ps. A zombie has no arguments there."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                yield (
                    int(folder.name),
                    (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"),
                )


def _from_ps() -> Iterator[tuple[int, str]]:
    listed = subprocess.run(["ps", "-axwwo", "pid=,stat=,args="], capture_output=True, text=True, check=True).stdout
    for line in listed.splitlines():
        pid, state, arguments = line.split(None, 2)
        if not state.startswith("Z"):
            yield int(pid), arguments


def end(*names: str, pids: tuple[int, ...] = ()) -> None:
    """Kill those processes, and `pids`, and wait until none is left."""
    deadline = time.monotonic() + GRACE
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    while left := processes(*names):
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if time.monotonic() > deadline:
            raise AssertionError(f"these do not end: {left}")
        time.sleep(0.05)  # between two looks at processes that are not our children


def end_tmux(socket: str) -> None:
    """End a tmux server of the test's own and its clients; the programs in it hang up with it, and are waited for."""
    panes: dict[int, str] = {}
    with contextlib.suppress(subprocess.TimeoutExpired):  # a server that an orphan hinders does not answer
        listed = subprocess.run(
            ["tmux", "-L", socket, "list-panes", "-a", "-F", "#{?pane_dead,,#{pane_pid}}"],
            capture_output=True, text=True, timeout=5, check=False,
        )  # fmt: skip
        panes = {int(pid): "" for pid in listed.stdout.split() if pid.isdigit()}
    end(socket, pids=tuple(panes))
    folder = Path(os.environ.get("TMUX_TMPDIR", "/tmp")) / f"tmux-{os.getuid()}"
    (folder / socket).unlink(missing_ok=True)
