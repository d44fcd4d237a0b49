"""A relay with 8 senders that somebody kills: `swarm.py FOLDER ROUND`. Prints `sender key message-id` for each message
once it is acknowledged, and nothing else. Keys are counted per sender over all rounds; the last of the round before is
sent again first, as a client does that did not hear the answer.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path

from relay_tui.core import commands as c
from relay_tui.core.errors import Refused
from relay_tui.core.model import Caller
from relay_tui.core.relay import Relay

SENDERS = 8


async def send(relay: Relay, name: str, first: int) -> None:
    with suppress(Refused):
        await relay.execute(c.RegisterAgent(name=name))
    agent = await relay.queries.agent(name)
    assert agent is not None
    for n in range(max(0, first - 1), 1_000_000):
        to = "@sender0" if n % 5 == 4 and name != "sender0" else "#general"
        command = c.SendMessage(to=to, text=f"{name} says {n} to @sender1", client_id=f"{name}-{n}")
        message = await relay.execute(command, Caller(agent.id))
        os.write(1, f"{name} {n} {message.id}\n".encode())


async def main() -> None:
    firsts = [int(value) for value in sys.argv[2].split(",")]
    async with Relay.open(Path(sys.argv[1])) as relay, asyncio.TaskGroup() as group:
        if "SWARM_UNSAFE" in os.environ:  # to see that forgetting shows where nothing is synced
            relay._log.writer._db.execute("PRAGMA synchronous = OFF")  # pyright: ignore[reportPrivateUsage]
        for n in range(SENDERS):
            group.create_task(send(relay, f"sender{n}", firsts[n]))


asyncio.run(main())
