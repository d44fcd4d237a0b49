"""A relay of its own process, for tests that kill it: `relay_process.py STATE PORT`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from relay_tui.core.relay import Relay
from relay_tui.server.serve import Server


async def main(state: Path, port: int) -> None:
    async with Relay.open(state) as relay:
        await Server().start(relay, port=port)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
