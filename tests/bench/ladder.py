"""A message all the way up: sent, and for each of five recipients dispatched, accepted, delivered."""

from __future__ import annotations

import asyncio
import gc
from time import perf_counter

from relay_tui.core import commands as c
from relay_tui.core.model import Caller, Evidence, Reached
from relay_tui.core.relay import Relay
from tests.bench import _bare
from tests.bench._table import Result, Rounds, Setting, benchmark, percentile
from tests.bench.durable_send import people

RECIPIENTS = 5
SENDERS = 64
MESSAGES = 1_920


async def _climb(relay: Relay, message_id: str, agent_id: str) -> None:
    await relay.execute(
        c.DispatchDelivery(message_id=message_id, agent_id=agent_id, route="callback", generation=1, nonce="00c0ffee")
    )
    for reached, evidence in ((Reached.ACCEPTED, Evidence.SOCKET_ACK), (Reached.DELIVERED, Evidence.CALLBACK)):
        await relay.execute(
            c.RaiseDelivery(message_id=message_id, agent_id=agent_id, reached=reached, evidence=evidence, how="told")
        )


async def _whole(relay: Relay) -> list[float]:
    """Milliseconds of each message until its last rung, 64 senders at once."""
    senders = await people(relay, SENDERS, RECIPIENTS)
    agents = [a for a in await relay.queries.agents() if a.name.startswith("recipient")]
    for agent in agents:
        await relay.execute(c.StartSession(agent_id=agent.id, harness="bench"))
    took: list[float] = []

    async def one(by: Caller) -> None:
        for _ in range(MESSAGES // SENDERS):
            before = perf_counter()
            message = await relay.execute(c.SendMessage(to="#room", text=_bare.TEXT), by)
            await asyncio.gather(*(_climb(relay, message.id, agent.id) for agent in agents))
            took.append((perf_counter() - before) * 1_000)

    gc.collect()
    await asyncio.gather(*(one(by) for by in senders))
    return took


@benchmark("ladder")
async def ladder(setting: Setting) -> list[Result]:
    rate, each = Rounds(), Rounds()
    for turn in range(setting.rounds):
        async with Relay.open(setting.folder / f"relay-{turn}") as relay:
            begun = perf_counter()
            took = await _whole(relay)
            rate.measured.append(len(took) / (perf_counter() - begun))
            each.measured.append(percentile(took, 0.5))
    return [
        rate.result("full ladder, 5 x 3, messages", "/s", "1,500/s", lambda measured, _: measured >= 1_500),
        each.result("full ladder, 64 at once, p50", "ms"),
    ]
