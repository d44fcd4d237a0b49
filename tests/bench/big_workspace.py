"""What a big workspace costs to open, to read and to write to. Its size is `--messages`."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
from time import perf_counter

from relay_tui.core import commands as c
from relay_tui.core.log.store import read_only
from relay_tui.core.relay import LOG_NAME, Relay
from relay_tui.core.views.refold import refold
from tests.bench import _bare, _city, _past, _reads
from tests.bench._city import City
from tests.bench._table import Result, Rounds, Setting, benchmark
from tests.bench.durable_send import MESSAGES, send

SENDERS = 64


@benchmark("big-workspace")
async def big_workspace(setting: Setting) -> list[Result]:
    city = await _city.made(setting.folder / "city", setting.messages, setting.kept)
    results = await _open(city, setting)
    results += await _reads.measure(city)
    results += await _past.measure(city)
    results += _refold(city, setting)
    results += await _write(city, setting)  # last: what the floor writes belongs to no channel that the log made
    size = f"{setting.messages:,} messages: "
    for result in results:
        result.what = size + result.what
    return results


def _bare_page(city: City) -> None:
    db = sqlite3.connect(read_only(city.folder / LOG_NAME), uri=True)
    db.execute(_reads.PAGE, (city.busiest,)).fetchall()
    db.close()


async def _open(city: City, setting: Setting) -> list[Result]:
    rounds = Rounds()
    for _ in range(max(5, setting.rounds)):
        gc.collect()
        begun = perf_counter()
        _bare_page(city)
        rounds.floor.append((perf_counter() - begun) * 1_000)
        begun = perf_counter()
        async with Relay.open(city.folder) as relay:
            await relay.queries.messages(city.busiest)
            rounds.measured.append((perf_counter() - begun) * 1_000)
    return [rounds.result("open, first page", "ms", "50 ms", lambda measured, _: measured <= 50)]


async def _write(city: City, setting: Setting) -> list[Result]:
    """Both in the city itself, turn about, once its index has caught up."""
    rounds = Rounds()
    senders = city.agents[:SENDERS]
    for _ in range(setting.rounds):
        _, bare = await asyncio.to_thread(_bare.measure, city.folder / LOG_NAME, MESSAGES[SENDERS], SENDERS)
        async with Relay.open(city.folder) as relay:
            await relay.search("nothing")
            for by in senders:
                await relay.execute(c.JoinChannel(channel_id=city.busiest), by)
            await send(relay, senders, SENDERS * 4, city.busiest)
            _, rate = await send(relay, senders, MESSAGES[SENDERS], city.busiest)
        rounds.measured.append(rate)
        rounds.floor.append(bare)
    meets = rounds.result(
        f"send, {SENDERS} senders, rate",
        "/s",
        "50 % of floor (aim 70); 8,000/s (aim 12,000)",
        lambda rate, ratio: ratio >= 0.5 and rate >= 8_000,
    )
    return [meets]


def _refold(city: City, setting: Setting) -> list[Result]:
    rounds = Rounds()
    for turn in range(min(2, setting.rounds)):
        begun = perf_counter()
        count = refold(city.folder / LOG_NAME, setting.folder / f"again-{turn}.db")
        rounds.measured.append(count / (perf_counter() - begun))
    return [rounds.result("refold, events", "/s", "60,000/s", lambda measured, _: measured >= 60_000)]
