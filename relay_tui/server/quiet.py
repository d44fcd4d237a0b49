"""uvicorn's server inside another program: it takes no signals, and sleeps while nobody asks; and its sockets say why
they are closed also to who does not read."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any

import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

TICK = 1.0
"""Seconds between two looks at the clock: the `Date` header that it answers with is kept up to date."""
_UVICORNS = 10
"""Of uvicorn's own ticks there are so many in a second, and it counts them."""


class QuietServer(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._leaving = asyncio.Event()

    def leave(self) -> None:
        """End serving: what is under way is finished."""
        self.should_exit = True
        self._leaving.set()

    async def main_loop(self) -> None:
        """As uvicorn's own, which looks ten times a second whether it is to end: half of what an idle relay cost."""
        ticks = 0
        while not await self.on_tick(ticks):
            ticks += _UVICORNS
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TICK):
                    await self._leaving.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to the program that the server runs in."""
        yield


class Socket(WebSocketsSansIOProtocol):
    async def send(self, message: Any) -> None:
        """As uvicorn's own, which keeps a close frame back until the reader has taken what was sent before. These few
        bytes go behind it: whoever reads on later is told the code, and not left with a connection that broke."""
        if message["type"] == "websocket.close":
            self.writable.set()
        await super().send(message)
