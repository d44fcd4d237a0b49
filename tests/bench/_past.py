"""Questions at past points, spread over the whole log, each on a view of its own: opening it is part of the answer."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from time import perf_counter

from relay_tui.core.relay import Relay
from relay_tui.core.views.queries import Queries
from tests.bench._city import City
from tests.bench._table import Result, percentile

POINTS = 40


async def measure(city: City) -> list[Result]:
    chance = random.Random(5)
    results: list[Result] = []
    async with Relay.open(city.folder) as relay:
        points = [chance.randrange(2_500, relay.last_seq + 1) for _ in range(POINTS)]
        someone = city.agents[7].agent_id

        async def ladders(ask: Queries) -> object:
            return await ask.deliveries([message.id for message in (await ask.messages(city.busiest))[-20:]])

        questions: dict[str, Callable[[Queries], Awaitable[object]]] = {
            "newest 100": lambda ask: ask.messages(city.busiest),
            "unread of one agent": lambda ask: ask.unread(someone),
            "pending of one agent": lambda ask: ask.pending(someone),
            "agents": lambda ask: ask.agents(),
            "ladders of 20 messages": ladders,
        }
        standing: list[float] = []
        for what, ask in questions.items():
            took: list[float] = []
            for seq in points:
                begun = perf_counter()
                async with relay.at(seq) as past:
                    standing.append((perf_counter() - begun) * 1_000)
                    await ask(past)
                    took.append((perf_counter() - begun) * 1_000)
            p95 = percentile(took, 0.95)
            results.append(Result(f"to a past point and {what}, p95", p95, "ms", "50 ms", p95 <= 50))
        for part in (0.5, 0.95):
            p = percentile(standing, part)
            results.append(Result(f"of that, going there, p{part * 100:g}", p, "ms"))
    return results
