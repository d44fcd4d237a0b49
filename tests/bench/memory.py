"""What the core holds in memory, in a process of its own, beside one on an empty workspace; before and after sends."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from relay_tui.core.relay import Relay
from tests.bench import _city
from tests.bench._table import Result, Setting, benchmark

SENDS = 100_000


@benchmark("memory")
async def memory(setting: Setting) -> list[Result]:
    empty = setting.folder / "empty"
    async with Relay.open(empty):
        pass
    city = await _city.made(setting.folder / "city", setting.messages, setting.kept)
    small, small_after = await _weighed(empty)
    big, big_after = await _weighed(city.folder)
    size = f"{setting.messages:,} messages"
    return [
        Result(f"{size}: memory over an empty one", big - small, "MiB", "60 MiB", big - small <= 60, small),
        Result(f"{size}: the same after {SENDS:,} sends", big_after - small, "MiB", "60 MiB", big_after - small <= 60),
        Result(f"an empty one after {SENDS:,} sends, over before", small_after - small, "MiB"),
    ]


async def _weighed(folder: Path) -> list[float]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench._weighed", str(folder), str(SENDS)), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    return [int(line) / 1_024 for line in said.split()]
