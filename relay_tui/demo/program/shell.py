"""A shell in the foreground of the program's terminal for a while, watched: what it runs is told."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path


async def run_shell(seconds: float, ran: Callable[[str], None]) -> None:
    """Give the terminal to an interactive bash for `seconds`; `ran` is told each command that it ran.

    The terminal is on standard input; the caller reads nothing from it meanwhile, and sets its modes again afterwards.
    """
    with tempfile.TemporaryDirectory(prefix="relay-shell-") as folder:
        log = Path(folder, "ran")
        arguments = ("--rcfile", str(_watched(Path(folder, "rc"), log)), "-i")
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        shell = await asyncio.create_subprocess_exec("bash", *arguments, preexec_fn=_to_the_front)
        try:
            await asyncio.sleep(seconds)
        finally:
            os.tcsetpgrp(0, os.getpgrp())
            if shell.returncode is None:
                shell.kill()
                await shell.wait()
            for line in _lines(log):
                ran(line)


def _watched(rc: Path, log: Path) -> Path:
    rc.write_text(f"PS1='$ '\nHISTFILE=\ntrap 'printf \"%s\\n\" \"$BASH_COMMAND\" >> {log}' DEBUG\n", "utf-8")
    return rc


def _lines(log: Path) -> list[str]:
    return log.read_text("utf-8", "replace").splitlines() if log.exists() else []


def _to_the_front() -> None:
    """In the shell's process: a group of its own, in the foreground before the shell looks whether it is."""
    os.setpgid(0, 0)
    os.tcsetpgrp(0, os.getpid())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
