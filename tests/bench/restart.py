"""A relay that was killed while it wrote is opened again."""

from __future__ import annotations

import asyncio
import random
import sys
from time import perf_counter

from relay_tui.core.relay import Relay
from tests.bench import _city
from tests.bench._table import Result, Rounds, Setting, benchmark

MESSAGES = 100_000


@benchmark("restart")
async def restart(setting: Setting) -> list[Result]:
    """In this process from `open` to the newest page; in another from its start to the first message stored."""
    count = min(MESSAGES, setting.messages)
    city = await _city.made(setting.folder / "city", count, setting.kept)
    chance = random.Random(3)
    opened, answered = Rounds(), Rounds()
    for _ in range(max(5, setting.rounds)):
        answered.measured.append(await _killed(city.folder, chance.uniform(0.05, 0.5)))
        begun = perf_counter()
        async with Relay.open(city.folder) as relay:
            await relay.queries.messages(city.busiest)
            opened.measured.append((perf_counter() - begun) * 1_000)
    size = f"killed with {count:,} messages: "
    return [
        opened.result(f"{size}open, first page", "ms", "1,000 ms", lambda ms, _: ms <= 1_000),
        answered.result(f"{size}process to first send", "ms", "1,000 ms", lambda ms, _: ms <= 1_000),
    ]


async def _killed(folder: object, after: float) -> float:
    """Milliseconds from the start to the first answer; then it goes on for `after` seconds and is killed."""
    begun = perf_counter()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench._victim", str(folder)), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"on\n"
    took = (perf_counter() - begun) * 1_000
    await asyncio.sleep(after)
    process.kill()
    await process.wait()
    return took
