"""Twenty follow the log and one of them stops reading: what that costs the others, and what it holds."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from time import perf_counter

from websockets.asyncio.client import ClientConnection, connect

from relay_tui.client.client import RelayClient
from relay_tui.core.relay import Relay
from relay_tui.core.subscription import Subscription
from tests.bench import _bare
from tests.bench._table import Result, Rounds, Setting, benchmark
from tests.bench._up import up
from tests.bench.durable_send import people, send

FOLLOWERS = 20
SENDERS = 16
MESSAGES = 6_400
OVER_SOCKETS = 1_500


async def _in_process(folder: Path, stalled: int) -> tuple[float, int]:
    """Sends a second until the last reader has heard the last of them, and the most that the stalled held, in bytes."""
    async with Relay.open(folder) as relay:
        senders = await people(relay, SENDERS)
        still = [relay.subscribe() for _ in range(stalled)]
        most = 0
        last = relay.last_seq + MESSAGES

        async def read(subscription: Subscription) -> None:
            nonlocal most
            async for batch in subscription:
                most = max(most, *(one.held for one in still), 0)
                if batch[-1].seq >= last:
                    return

        readers = [asyncio.create_task(read(relay.subscribe())) for _ in range(FOLLOWERS - stalled)]
        gc.collect()
        begun = perf_counter()
        await send(relay, senders, MESSAGES)
        await asyncio.gather(*readers)
        return MESSAGES / (perf_counter() - begun), most


@asynccontextmanager
async def _sockets(url: str, key: str, count: int) -> AsyncIterator[list[ClientConnection]]:
    address = f"ws{url.removeprefix('http')}/v1/x/log"
    headers = {"Authorization": f"Bearer {key}"}
    async with AsyncExitStack() as stack:
        # A small queue: what is not read here stays in the relay, or in the kernel.
        opened = [
            connect(address, additional_headers=headers, compression=None, proxy=None, max_queue=2, max_size=None)
            for _ in range(count)
        ]
        yield [await stack.enter_async_context(one) for one in opened]


async def _hear(socket: ClientConnection, last: str) -> None:
    async for frame in socket:
        if last in str(frame):
            return


async def _over_sockets(folder: Path, stalled: int) -> tuple[float, float]:
    """As `_in_process`, through `up`; and what its process grew by meanwhile, in MiB."""
    async with up(folder) as relay, _sockets(relay.url, relay.key, FOLLOWERS) as sockets:
        by = await RelayClient.join(relay.url, relay.key, "sender")
        async with by:
            await by.create_channel("room")
            readers = [asyncio.create_task(_hear(one, "the very last")) for one in sockets[stalled:]]
            before = _resident(relay.pid)
            begun = perf_counter()
            for _ in range(OVER_SOCKETS // 50):
                await asyncio.gather(*(by.send("#room", _bare.TEXT) for _ in range(50)))
            await by.send("#room", "the very last")
            await asyncio.gather(*readers)
            rate = OVER_SOCKETS / (perf_counter() - begun)
            grown = _resident(relay.pid) - before
            for one in sockets[:stalled]:
                one.transport.abort()  # it would not hear a polite end
            return rate, grown


def _resident(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1_024


@benchmark("stalled")
async def stalled(setting: Setting) -> list[Result]:
    inside, outside, held, grown = Rounds(), Rounds(), 0, Rounds()
    for turn in range(setting.rounds):
        all_read, _ = await _in_process(setting.folder / f"all-{turn}", 0)
        one_still, most = await _in_process(setting.folder / f"still-{turn}", 1)
        inside.floor.append(all_read)
        inside.measured.append(one_still)
        held = max(held, most)
        all_read, least = await _over_sockets(setting.folder / f"sockets-{turn}", 0)
        one_still, more = await _over_sockets(setting.folder / f"stalled-{turn}", 1)
        outside.floor.append(all_read)
        outside.measured.append(one_still)
        grown.floor.append(least)
        grown.measured.append(more)
    extra = max(0.0, grown.result("", "MiB").measured - (grown.result("", "MiB").floor or 0.0))
    budget = "costs the others nothing"
    return [
        inside.result("1 of 20 stalled, sends heard", "/s", budget, lambda _, ratio: ratio >= 0.9),
        Result("1 of 20 stalled, held for it", held / 2**20, "MiB", "1 MiB", held <= 2**20),
        outside.result("1 of 20 sockets stalled, sends heard", "/s", budget, lambda _, ratio: ratio >= 0.9),
        Result("1 of 20 sockets stalled, the process grew more by", extra, "MiB", "1 MiB", extra <= 1.0),
    ]
