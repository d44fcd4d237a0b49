"""From `send` of one client until the handler of another is called: two sockets, a disk and the relay in between.

The floor is what no relay could go below: a frame to a bare websocket, the bare transaction, the frame to the other.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from time import perf_counter

from websockets.asyncio.client import connect

from relay_tui.client.client import RelayClient
from relay_tui.client.types import Incoming
from tests.bench import _bare
from tests.bench._table import Result, Rounds, Setting, benchmark, percentile
from tests.bench._up import Up, up

MESSAGES = 150
"""Of each round and side."""
PACE = 0.01
"""Seconds between two messages. What follows a delivery (ack, receipt, ladder) is over by then."""
Send = Callable[[], Awaitable[object]]


async def _timed(send: Send, heard: asyncio.Event, count: int, pace: float) -> list[float]:
    """Milliseconds from the call to the other end, message by message."""
    took: list[float] = []
    for _ in range(count):
        heard.clear()
        begun = perf_counter()
        sending = asyncio.ensure_future(send())
        await heard.wait()
        took.append((perf_counter() - begun) * 1_000)
        await sending
        await asyncio.sleep(pace)
    return took


_pairs = count()
"""Each measurement has two agents of its own, which nobody was before."""


@asynccontextmanager
async def _ours(relay: Up, target: str) -> AsyncIterator[tuple[Send, asyncio.Event]]:
    heard = asyncio.Event()

    async def handler(_: Incoming) -> None:
        heard.set()

    pair = next(_pairs)
    a = await RelayClient.join(relay.url, relay.key, f"a-{pair}")
    b = await RelayClient.join(relay.url, relay.key, f"b-{pair}")
    async with a, b:
        await b.start(handler)
        to = target or f"@b-{pair}"
        for one in (a, b) if target else ():
            await one.join_channel(target)
        yield (lambda: a.send(to, _bare.TEXT)), heard


@asynccontextmanager
async def _floor(database: Path) -> AsyncIterator[tuple[Send, asyncio.Event]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench._echo", database, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    heard = asyncio.Event()
    try:
        address = f"ws://127.0.0.1:{int(await process.stdout.readline())}"
        async with (
            connect(address, compression=None, proxy=None) as a,
            connect(address, compression=None, proxy=None) as b,
        ):
            assert await a.recv() == await b.recv() == "ready"

            async def listen() -> None:
                async for _ in b:
                    heard.set()

            listening = asyncio.create_task(listen())
            yield (lambda: a.send(_bare.TEXT)), heard
            listening.cancel()
    finally:
        process.terminate()
        await process.wait()


@benchmark("socket")
async def socket(setting: Setting) -> list[Result]:
    names = ("#room", "a DM", "#room, back to back")
    p50, p99 = {name: Rounds() for name in names}, {name: Rounds() for name in names}
    async with up(setting.folder / "relay") as relay, _floor(setting.folder / "bare.db") as (bare, bare_heard):
        boss = await RelayClient.join(relay.url, relay.key, "boss")
        await boss.create_channel("room")
        await boss.leave_channel("room")
        await boss.aclose()
        for _ in range(setting.rounds):
            for name in names:
                pace = 0.0 if "back" in name else PACE
                async with _ours(relay, "#room" if "room" in name else "") as (send, heard):
                    await _timed(send, heard, 20, pace)
                    gc.collect()
                    ours = await _timed(send, heard, MESSAGES, pace)
                floor = await _timed(bare, bare_heard, MESSAGES, pace)
                for rounds, part in ((p50, 0.5), (p99, 0.99)):
                    rounds[name].measured.append(percentile(ours, part))
                    rounds[name].floor.append(percentile(floor, part))
    results: list[Result] = []
    for name in names:
        for rounds, word, limit in ((p50, "p50", 2), (p99, "p99", 10)):
            what = f"send to notified, {name}, {word}"
            if "back" in name:
                results.append(rounds[name].result(what, "ms"))
            else:
                meets = (lambda most: lambda measured, _: measured <= most)(limit)
                results.append(rounds[name].result(what, "ms", f"{limit} ms", meets))
    return results
