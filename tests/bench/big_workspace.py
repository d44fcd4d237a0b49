"""What a big workspace costs to open, to read and to write to. Its size is `--messages`."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
from collections.abc import Awaitable, Callable
from time import perf_counter

from relay_tui.core.log.store import read_only
from relay_tui.core.relay import LOG_NAME, Relay
from relay_tui.core.views import rows
from relay_tui.core.views.refold import refold
from tests.bench import _bare, _city, _past
from tests.bench._city import City
from tests.bench._table import Result, Rounds, Setting, benchmark, percentile
from tests.bench.durable_send import MESSAGES, send

PAGE = (
    f"SELECT {rows.MESSAGES.columns} FROM messages WHERE channel_id = ? AND channel_seq > 0"
    " ORDER BY channel_seq DESC LIMIT 100"
)


@benchmark("big-workspace")
async def big_workspace(setting: Setting) -> list[Result]:
    city = await _city.made(setting.folder / "city", setting.messages, setting.kept)
    results = await _open(city, setting)
    results += await _read(city)
    results += await _past.measure(city)
    results += await _write(city, setting)
    results += _refold(city, setting)
    size = f"{setting.messages:,} messages: "
    for result in results:
        result.what = size + result.what
    return results


def _bare_page(city: City) -> None:
    db = sqlite3.connect(read_only(city.folder / LOG_NAME), uri=True)
    db.execute(PAGE, (city.busiest,)).fetchall()
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


async def _read(city: City) -> list[Result]:
    results: list[Result] = []
    async with Relay.open(city.folder) as relay:
        ask = relay.queries
        newest = await ask.messages(city.busiest)
        ids = [message.id for message in newest]
        agents = [agent.agent_id for agent in city.agents[:200]]
        bare = sqlite3.connect(read_only(city.folder / LOG_NAME), uri=True)

        async def all_unread() -> object:
            return await asyncio.gather(*(ask.unread(agent) for agent in agents))

        async def measure(
            what: str, question: Callable[[], Awaitable[object]], limit: float | None, times: int = 50, floor: str = ""
        ) -> None:
            took: list[float] = []
            least: list[float] = []
            for _ in range(times):
                begun = perf_counter()
                await question()
                took.append((perf_counter() - begun) * 1_000)
                if floor:
                    begun = perf_counter()
                    bare.execute(floor, (city.busiest,)).fetchall()
                    least.append((perf_counter() - begun) * 1_000)
            p50 = Rounds([percentile(took, 0.5)], [percentile(least, 0.5)] if least else [])
            if limit is None:
                results.append(p50.result(f"{what}, p50", "ms"))
            else:
                results.append(p50.result(f"{what}, p50", "ms", f"{limit:g} ms", lambda found, _: found <= limit))
            results.append(Result(f"{what}, p99", percentile(took, 0.99), "ms"))

        before = newest[0].id
        await measure("newest 100", lambda: ask.messages(city.busiest), 1, 200, PAGE)
        await measure("100 further back", lambda: ask.messages(city.busiest, before=before), 1, 200)
        await measure("unread of one agent", lambda: ask.unread(agents[0]), None, 200)
        await measure("unread of 200 agents", all_unread, None, 20)
        await measure("conversations of the operator", lambda: ask.conversations(city.operator.agent_id), None, 100)
        await measure("pending of one agent", lambda: ask.pending(agents[0]), None, 200)
        await measure("undelivered, mine", lambda: ask.undelivered(sender_id=city.operator.agent_id), None, 20)
        await measure("undelivered, all", lambda: ask.undelivered(), None, 20)
        await measure("undelivered, count", lambda: ask.undelivered_count(), None, 20)
        await measure("ladders of a page, 50 each", lambda: ask.deliveries(ids[-20:]), None, 20)
        await measure("ladder of a message to 1,000", lambda: ask.deliveries([city.to_all.id]), 2, 100)
        bare.close()
    return results


async def _write(city: City, setting: Setting) -> list[Result]:
    rounds = Rounds()
    async with Relay.open(city.folder) as relay:
        room = await relay.queries.channel(city.busiest)
        assert room is not None
        members = {member.agent_id for member in await relay.queries.members(room.id)}
        senders = [agent for agent in city.agents if agent.agent_id in members][:48]
        for turn in range(setting.rounds):
            count = MESSAGES[64] // len(senders) * len(senders)
            _, bare = _bare.measure(setting.folder / f"bare-{turn}.db", count, len(senders))
            _, rate = await send(relay, senders, count, room.id)
            rounds.measured.append(rate)
            rounds.floor.append(bare)
    meets = rounds.result(
        "send, 48 senders, rate (floor: empty)",
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
