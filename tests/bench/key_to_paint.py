"""From a key on the terminal until its glyph is painted, while messages arrive; beside the same deck left in peace."""

from __future__ import annotations

import asyncio
import random
import sys
from pathlib import Path
from time import perf_counter

from tests.bench import _town
from tests.bench._pty import painter
from tests.bench._table import Result, Rounds, Setting, benchmark, percentile

RATE = 500
"""Messages a second."""
KEYS = 80
"""Of each round and side: letters that nothing else on the screen holds."""
LETTERS = [chr(code) for code in range(0x0410, 0x0410 + KEYS)]
WARM = 1.5
"""Seconds of the same before the first key: the server is up, the caches hold what they hold."""


async def _type(project: Path, rate: int) -> tuple[list[float], float]:
    """Milliseconds of each key, and the share of a core that the deck used meanwhile, in per cent."""
    env = {
        "XDG_STATE_HOME": str(project / "state"), "USER": _town.OPERATOR, "LOGNAME": _town.OPERATOR,
        "PYTHONPATH": str(Path.cwd()),
    }  # fmt: skip
    chance = random.Random(3)
    took: list[float] = []
    argv = (sys.executable, "-m", "tests.bench._busy_deck", str(rate))
    async with painter(argv, folder=project, env=env) as screen:
        await screen.shows("room0")
        await asyncio.sleep(WARM)
        screen.press(b"m")
        await asyncio.sleep(0.3)
        cpu, since = screen.cpu(), perf_counter()
        for letter in LETTERS:
            screen.forget()
            begun = perf_counter()
            screen.press(letter.encode())
            took.append((await screen.shows(letter) - begun) * 1_000)
            await asyncio.sleep(chance.uniform(0.01, 0.09))  # at any moment of the ticker's turn
        return took, (screen.cpu() - cpu) / (perf_counter() - since) * 100


@benchmark("key-to-paint")
async def key_to_paint(setting: Setting) -> list[Result]:
    project = setting.folder / "project"
    await _town.build(project, setting.messages)
    p50, p99, cpu = Rounds(), Rounds(), Rounds()
    for _ in range(setting.rounds):
        for rate in (RATE, 0):
            took, used = await _type(project, rate)
            for rounds, value in ((p50, percentile(took, 0.5)), (p99, percentile(took, 0.99)), (cpu, used)):
                (rounds.measured if rate else rounds.floor).append(value)
    arriving = f"key to paint, {RATE} messages/s"
    return [
        p50.result(f"{arriving}, p50 (floor: none)", "ms"),
        p99.result(f"{arriving}, p99 (floor: none)", "ms", "50 ms", lambda measured, _: measured <= 50),
        cpu.result(f"{arriving}, of a core, all in one process", "%"),
    ]
