"""What agents in panes cost while nobody does anything, and while they all print. The floor is a host without any."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from tests.bench._pty import cpu_of
from tests.bench._table import Result, Rounds, Setting, benchmark

WATCHED = 10.0
"""Seconds of each measurement."""
SETTLE = 2.0
"""Seconds after the last agent's start."""
IDLE = ("cat",)
BUSY = ("bash", "-c", 'exec 3<> <(:); while :; do echo "line $((n++)) of a build"; read -t 0.1 -u 3; done')
"""Ten lines a second."""


@dataclass(slots=True)
class Running:
    host: int
    """Process ids."""
    tmux: int


@asynccontextmanager
async def _host(folder: Path, count: int, drawn: int, argv: Sequence[str]) -> AsyncIterator[Running]:
    await asyncio.to_thread(folder.mkdir)
    env = {**os.environ, "XDG_STATE_HOME": str(folder / "state"), "PYTHONPATH": str(Path.cwd())}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench._pane_host", str(count), str(drawn), *argv,
        cwd=folder, env=env, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield Running(process.pid, int(await process.stdout.readline()))
    finally:
        process.stdin.close()
        await process.wait()


async def _shares(folder: Path, count: int, drawn: int, argv: Sequence[str]) -> tuple[float, float]:
    """Of a core, in per cent: our process, the tmux server."""
    async with _host(folder, count, drawn, argv) as running:
        await asyncio.sleep(SETTLE)
        pids = [pid for pid in (running.host, running.tmux) if pid]
        before, begun = [cpu_of(pid) for pid in pids], perf_counter()
        await asyncio.sleep(WATCHED)
        seconds = perf_counter() - begun
        used = [(cpu_of(pid) - cpu) / seconds * 100 for pid, cpu in zip(pids, before, strict=True)]
        return used[0], used[1] if len(used) > 1 else 0.0


@benchmark("panes")
async def panes(setting: Setting) -> list[Result]:
    none, _ = await _shares(setting.folder / "none", 0, 0, IDLE)
    results: list[Result] = []
    for what, count, drawn, argv, limit in (
        ("20 idle panes", 20, 0, IDLE, 1),
        ("50 idle panes", 50, 0, IDLE, 1.5),
        ("50 busy panes", 50, 0, BUSY, 6),
        ("50 busy panes, four drawn at 10 Hz", 50, 4, BUSY, 20),
    ):
        ours, tmux = await _shares(setting.folder / f"{what[:7]}-{drawn}".replace(" ", "-"), count, drawn, argv)
        budget = f"{limit} % of a core"
        meets = (lambda most: lambda measured, _: measured < most)(limit)
        # With tmux, whose own work for the programs' output is in it: what the user's machine has to bear.
        results.append(Rounds([ours + tmux], []).result(what, "%", budget, meets))
        results[-1].floor = none
        results.append(Rounds([tmux], []).result(f"{what}, tmux alone", "%"))
    return results
