"""Following the log over sockets: one that does not read holds up nobody, and misses nothing."""

from __future__ import annotations

import asyncio

import orjson
from websockets.asyncio.client import ClientConnection, connect

from relay_tui.core import commands as c
from relay_tui.core.subscription import MOST_KEPT

from .conftest import Running

MESSAGES, SIZE = 120, 100_000
"""Far more than the kernel, the server and a subscription hold together."""


def follow(running: Running) -> connect:
    address = f"ws{running.server.url.removeprefix('http')}/v1/x/log"
    headers = {"Authorization": f"Bearer {running.key}"}
    return connect(address, additional_headers=headers, compression=None, proxy=None, max_queue=1, max_size=None)


async def heard(socket: ClientConnection, last: int) -> list[int]:
    seqs: list[int] = []
    while not seqs or seqs[-1] < last:
        frame = orjson.loads(await socket.recv())
        assert len(frame) == 1 or sum(len(orjson.dumps(entry)) for entry in frame) < 4 * MOST_KEPT
        seqs += [entry["seq"] for entry in frame]
    return seqs


async def test_one_that_does_not_read_holds_up_nobody_and_misses_nothing(served: Running) -> None:
    async with follow(served) as still, follow(served) as reads:
        first, last = served.relay.last_seq + 1, served.relay.last_seq + MESSAGES
        reading = asyncio.create_task(heard(reads, last))
        for n in range(MESSAGES):
            await served.relay.execute(c.SendMessage(to="#general", text=f"{n} " + "x" * SIZE), served.operator)
        async with asyncio.timeout(10):
            assert await reading == list(range(first, last + 1))
            assert await heard(still, last) == list(range(first, last + 1))
