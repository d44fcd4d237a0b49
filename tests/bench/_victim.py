"""A relay that sends until it is killed: `python -m tests.bench._victim FOLDER`. Says `on` once a message is stored."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from relay_tui.core import commands as c
from relay_tui.core.model import Caller
from relay_tui.core.relay import Relay
from tests.bench._bare import TEXT

SENDERS = 8


async def main() -> None:
    async with Relay.open(Path(sys.argv[1])) as relay:
        known = await relay.queries.agent("victim")
        by = Caller((known or await relay.execute(c.RegisterAgent(name="victim"))).id)

        async def talk() -> None:
            while True:
                await relay.execute(c.SendMessage(to="#general", text=TEXT), by)

        await relay.execute(c.SendMessage(to="#general", text=TEXT), by)
        print("on", flush=True)
        await asyncio.gather(*(talk() for _ in range(SENDERS)))


asyncio.run(main())
