"""What waits to be written to one socket: bounded, so that a reader who stalls costs this much and no more."""

from __future__ import annotations

import asyncio
from collections import deque

LIMIT = 1024 * 1024
"""Bytes that may wait. One frame longer than that passes when nothing else waits."""


class Outbox:
    """Frames in order, for one writer. `put` never waits; who can wait asks for `room` first."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._frames: deque[bytes] = deque()
        self._size = 0
        self._filled = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    def put(self, frame: bytes) -> bool:
        """False: it would not fit, and was not taken."""
        if self._frames and self._size + len(frame) > self._limit:
            self._room.clear()
            return False
        self._frames.append(frame)
        self._size += len(frame)
        self._filled.set()
        return True

    async def put_when_room(self, frame: bytes) -> None:
        """Waits until the reader has taken enough. Bound the wait: it is as long as the reader likes."""
        while not self.put(frame):
            await self._room.wait()

    async def take(self) -> bytes:
        while not self._frames:
            self._filled.clear()
            await self._filled.wait()
        frame = self._frames.popleft()
        self._size -= len(frame)
        self._room.set()
        return frame
