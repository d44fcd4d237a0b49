"""The deck over the workspace of this directory, with `RATE` messages a second from its agents: a process to measure.

`python -m tests.bench._busy_deck RATE`. Half of the messages go to the channel that is on the screen.
"""

from __future__ import annotations

import asyncio
import random
import sys
from pathlib import Path

from relay_tui.core import commands as c
from relay_tui.core.model import Caller
from relay_tui.host import Host, find_or_make
from relay_tui.tui.app import run

BURST = 0.02
"""Seconds between two bursts: as many at once as are due."""


async def talk(host: Host, rate: int) -> None:
    relay, chance = host.relay, random.Random(1)
    agents = [Caller(a.id) for a in await relay.queries.agents() if a.type == "agent"]
    rooms = [channel.id for channel in await relay.queries.channels() if channel.name.startswith("room")]
    begun, sent = asyncio.get_running_loop().time(), 0
    while True:
        due = int((asyncio.get_running_loop().time() - begun) * rate) - sent
        said = (
            c.SendMessage(to=chance.choice((rooms[0], chance.choice(rooms))), text=f"{sent + n} " + "word " * 12)
            for n in range(due)
        )
        await asyncio.gather(*(relay.execute(one, chance.choice(agents)) for one in said))
        sent += due
        await asyncio.sleep(BURST)


async def main(rate: int) -> None:
    async with Host.open(find_or_make(Path())) as host:
        talking: list[asyncio.Task[None]] = []

        async def begin() -> None:
            await host.serve()
            if rate:
                talking.append(asyncio.create_task(talk(host, rate)))

        await run(host, after_paint=begin)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
