"""`execute(SendMessage)` until it is on disk, beside the bare transaction on the same tables."""

from __future__ import annotations

import asyncio
import gc
from pathlib import Path
from time import perf_counter

from relay_tui.core import commands as c
from relay_tui.core.model import Caller
from relay_tui.core.relay import Relay
from tests.bench import _bare
from tests.bench._table import Result, Rounds, Setting, benchmark, percentile

MESSAGES = {1: 1_000, 16: 4_800, 64: 12_800, 256: 20_480}
"""By the number of senders."""
MOST = max(MESSAGES)
AWAITED = 2_048
"""Messages of those who await each statement: they are slow."""


async def people(relay: Relay, senders: int, recipients: int = 3) -> list[Caller]:
    """Senders, all members of #room with the recipients."""
    room = await relay.execute(c.CreateChannel(name="room"))
    made = [await relay.execute(c.RegisterAgent(name=f"sender{n}")) for n in range(senders)]
    others = [await relay.execute(c.RegisterAgent(name=f"recipient{n}")) for n in range(recipients)]
    for agent in (*made, *others):
        await relay.execute(c.JoinChannel(channel_id=room.id), Caller(agent.id))
    return [Caller(agent.id) for agent in made]


async def send(relay: Relay, senders: list[Caller], count: int, to: str = "#room") -> tuple[list[float], float]:
    """Milliseconds of each send, each sender waiting for its own, and messages per second."""
    took: list[float] = []

    async def one(n: int, by: Caller) -> None:
        for k in range(count // len(senders)):
            command = c.SendMessage(to=to, text=_bare.TEXT, client_id=f"{relay.last_seq}-{n}-{k}")
            before = perf_counter()
            await relay.execute(command, by)
            took.append((perf_counter() - before) * 1_000)

    gc.collect()
    begun = perf_counter()
    async with asyncio.TaskGroup() as group:
        for n, by in enumerate(senders):
            group.create_task(one(n, by))
    return took, len(took) / (perf_counter() - begun)


async def _ours(folder: Path, senders: int) -> tuple[list[float], float]:
    async with Relay.open(folder) as relay:
        who = await people(relay, senders)
        await send(relay, who, senders * 4)
        return await send(relay, who, MESSAGES[senders])


@benchmark("durable-send")
async def durable_send(setting: Setting) -> list[Result]:
    rates = {senders: Rounds() for senders in MESSAGES}
    p50, p99 = {s: Rounds() for s in MESSAGES}, {s: Rounds() for s in MESSAGES}
    awaited, tight = Rounds(), Rounds()
    for turn in range(setting.rounds):
        for senders, count in MESSAGES.items():
            gc.collect()
            bare, bare_rate = _bare.measure(setting.folder / f"bare-{turn}-{senders}.db", count, senders)
            ours, rate = await _ours(setting.folder / f"ours-{turn}-{senders}", senders)
            if senders == 64:
                tight.measured.append(rate)
                tight.floor.append(_bare.measure_tight(setting.folder / f"tight-{turn}.db", count, senders))
            if senders == MOST:
                awaited.measured.append(rate)
                awaited.floor.append(await _bare.awaited(setting.folder / f"awaited-{turn}.db", AWAITED, senders))
            for rounds, part in ((p50, 0.5), (p99, 0.99)):
                rounds[senders].measured.append(percentile(ours, part))
                rounds[senders].floor.append(percentile(bare, part))
            rates[senders].measured.append(rate)
            rates[senders].floor.append(bare_rate)
    bare_p50 = p50[1].result("", "ms").floor or 0.0
    results = [
        p50[1].result(
            "send, 1 sender, p50", "ms", "2 x floor + 0.1 ms", lambda measured, _: measured <= 2 * bare_p50 + 0.1
        ),
        p99[1].result("send, 1 sender, p99", "ms", "5 ms", lambda measured, _: measured <= 5),
    ]
    for senders in (16, 64, 256):
        budget = "50 % of floor (aim 70); 8,000/s (aim 12,000)" if senders == 64 else ""
        meets = (lambda rate, ratio: ratio >= 0.5 and rate >= 8_000) if senders == 64 else None
        results.append(rates[senders].result(f"send, {senders} senders, rate", "/s", budget, meets))
        for name, rounds in (("p50", p50), ("p99", p99)):
            rounds[senders].floor.clear()  # a batch of the floor is not a send
            results.append(rounds[senders].result(f"send, {senders} senders, {name}", "ms"))
    results.append(tight.result("send, 64 senders, beside plain values, 64 rows a statement", "/s"))
    budget = "10 x aiosqlite, each statement awaited"
    results.append(awaited.result("send, 256 senders, beside aiosqlite", "/s", budget, lambda _, ratio: ratio >= 10))
    return results


@benchmark("channel-size")
async def channel_size(setting: Setting) -> list[Result]:
    """A channel of 1,000 beside one of 10, in one relay, turn about; 64 senders who are in both."""
    rounds, single = Rounds(), Rounds()
    async with Relay.open(setting.folder / "relay") as relay:
        senders = await people(relay, 64)
        for name, size in (("small", 10), ("large", 1_000)):
            channel = await relay.execute(c.CreateChannel(name=name))
            for by in senders if size > 64 else senders[:9]:
                await relay.execute(c.JoinChannel(channel_id=channel.id), by)
            joins: list[asyncio.Task[object]] = []
            for n in range(size - (64 if size > 64 else 9)):
                agent = await relay.execute(c.RegisterAgent(name=f"{name}{n}"))
                joins.append(asyncio.create_task(relay.execute(c.JoinChannel(channel_id=channel.id), Caller(agent.id))))
            await asyncio.gather(*joins)
        for _ in range(max(3, setting.rounds)):
            for size, to in ((10, "#small"), (1_000, "#large")):
                _, rate = await send(relay, senders[:9], 4_500, to)
                took, _ = await send(relay, senders[:1], 300, to)
                (rounds.floor if size == 10 else rounds.measured).append(1_000 / rate)
                (single.floor if size == 10 else single.measured).append(percentile(took, 0.5))
    return [
        rounds.result("1,000 members, 9 senders, per send", "ms", "1.3 x 10 members", lambda _, ratio: ratio <= 1.3),
        single.result("1,000 members, 1 sender, p50", "ms", "1.3 x 10 members", lambda _, ratio: ratio <= 1.3),
    ]
