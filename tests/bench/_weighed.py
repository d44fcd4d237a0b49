"""A relay in a process of its own that says what it weighs: `python -m tests.bench._weighed FOLDER SENDS`.

Prints the resident memory in KiB after everything was asked once, and again after so many sends.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from pathlib import Path

from relay_tui.core import commands as c
from relay_tui.core.model import Agent, Caller
from relay_tui.core.relay import Relay
from tests.bench._bare import TEXT

SENDERS = 64


def resident() -> int:
    gc.collect()
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


async def touch(relay: Relay) -> None:
    """Ask everything that a screen asks, of everyone; the whole log is read once; one look into the middle of it."""
    ask = relay.queries
    agents = await ask.agents()
    await ask.unread_of([agent.id for agent in agents[:900]])
    for channel in await ask.channels():
        page = await ask.messages(channel.id)
        await ask.deliveries([message.id for message in page[-20:]])
        await ask.members(channel.id)
    for agent in agents[:50]:
        await ask.inbox(agent.id)
        await ask.pending(agent.id)
        await ask.conversations(agent.id)
    await ask.undelivered()
    await ask.delivery_counts()
    for text in ("w0", "w3000", "from:agent5", "has:link"):
        await relay.search(text)
    seq = 1
    while entries := await relay.entries(seq, 1_000):
        seq = entries[-1].seq + 1
    async with relay.at(relay.last_seq // 2) as past:
        await past.agents()
        await past.undelivered()


async def talk(relay: Relay, sends: int) -> None:
    known = [agent for agent in await relay.queries.agents() if agent.type == "agent"][:SENDERS]
    while len(known) < SENDERS:
        known.append(await relay.execute(c.RegisterAgent(name=f"late{len(known)}")))
    channel = await relay.execute(c.CreateChannel(name="weighed"))

    async def one(agent: Agent) -> None:
        by = Caller(agent.id)
        await relay.execute(c.JoinChannel(channel_id=channel.id), by)
        for n in range(sends // SENDERS):
            await relay.execute(c.SendMessage(to=channel.id, text=TEXT, client_id=f"{agent.id}-{n}"), by)

    await asyncio.gather(*(one(agent) for agent in known))


async def main() -> None:
    async with Relay.open(Path(sys.argv[1])) as relay:
        await touch(relay)
        print(resident(), flush=True)
        await talk(relay, int(sys.argv[2]))
        print(resident(), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
