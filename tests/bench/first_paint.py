"""From the start of `relay-tui` until the newest message is on the screen, beside a bare Textual app with one word."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.bench import _town
from tests.bench._pty import painter
from tests.bench._table import Result, Rounds, Setting, benchmark
from tests.bench._up import RELAY_TUI

STARTS = 4
"""Of each, turn about, in each round."""
SETTLED = 2.0
"""Seconds after which everything that waits for the first paint is loaded, the server too."""
BARE = """
from textual.app import App
from textual.widgets import Static
class Bare(App):
    def compose(self):
        yield Static("painted")
Bare().run()
"""


async def _start(
    argv: Sequence[str | Path], word: str, folder: Path, env: Mapping[str, str], *, settle: float = 0
) -> tuple[float, float, float]:
    """Milliseconds to the paint, milliseconds of processor until then, MiB resident after `settle` seconds."""
    async with painter(argv, folder=folder, env=env) as screen:
        took = (await screen.shows(word) - screen.begun) * 1_000
        cpu = screen.cpu() * 1_000
        await asyncio.sleep(settle)
        return took, cpu, screen.memory()


@benchmark("first-paint")
async def first_paint(setting: Setting) -> list[Result]:
    project = setting.folder / "project"
    await _town.build(project, setting.messages)
    env = {"XDG_STATE_HOME": str(project / "state"), "USER": _town.OPERATOR, "LOGNAME": _town.OPERATOR}
    deck, bare = (RELAY_TUI,), (sys.executable, "-c", BARE)
    paint, cpu, memory = Rounds(), Rounds(), Rounds()
    await _start(deck, _town.NEWEST, project, env)  # once for the disk's sake, and for the operator's membership
    await _start(bare, "painted", project, env)
    for _ in range(setting.rounds * STARTS):
        took, used, _size = await _start(deck, _town.NEWEST, project, env)
        bare_took, bare_used, _size = await _start(bare, "painted", project, env)
        paint.measured.append(took)
        paint.floor.append(bare_took)
        cpu.measured.append(used)
        cpu.floor.append(bare_used)
    for _ in range(setting.rounds):
        memory.measured.append((await _start(deck, _town.NEWEST, project, env, settle=SETTLED))[2])
        memory.floor.append((await _start(bare, "painted", project, env))[2])
    size = f"{setting.messages:,} messages: "
    return [
        paint.result(f"{size}first paint", "ms", "400 ms", lambda measured, _: measured <= 400),
        cpu.result(f"{size}processor until then", "ms"),
        memory.result(f"{size}resident, server up", "MiB", "90 MiB", lambda measured, _: measured <= 90),
    ]
