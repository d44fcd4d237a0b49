"""Following the log: history from a number on, then what is new, without a gap and without a double.

A subscription keeps a bounded number of entries in memory, and a bounded weight of them. When its reader is slower than
that, what is kept is dropped and read from the log again when its turn comes: the file is the buffer.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Self

from relay_tui.core.events import Entry
from relay_tui.core.log.base import Log
from relay_tui.core.weight import Scales

MOST_KEPT = 512 * 1024
"""Bytes of entries that are kept for a reader, and about those of one batch of history (one entry may be more)."""
_weigh = Scales()


class Subscription:
    """An async iterator of batches in the log's order. `aclose` ends it; so does the relay when it closes."""

    def __init__(
        self,
        log: Log,
        from_seq: int | None,
        limit: int,
        closed: Callable[[Subscription], None] = lambda _: None,
    ) -> None:
        self._log = log
        self._limit = limit
        self._next = log.last_seq + 1 if from_seq is None else max(1, from_seq)
        self._kept: deque[Entry] = deque()
        self._weight = 0
        """Of what is kept, in bytes."""
        self._reading_history = self._next <= log.last_seq
        self._news = asyncio.Event()
        self._closed = False
        self._when_closed = closed
        self._unfollow = log.follow(self._committed)

    @property
    def held(self) -> int:
        """Bytes of entries that wait in memory for the reader, about."""
        return self._weight

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> list[Entry]:
        while not self._closed:
            batch = await self._history() if self._reading_history else self._take()
            if batch:
                self._next = batch[-1].seq + 1
                return batch
            self._news.clear()
            if not self._kept and not self._reading_history:
                await self._news.wait()
        raise StopAsyncIteration

    async def aclose(self) -> None:
        if not self._closed:
            self._closed = True
            self._unfollow()
            self._when_closed(self)
            self._news.set()

    async def _history(self) -> list[Entry]:
        batch = await self._log.read(self._next, self._limit, MOST_KEPT)
        # What came meanwhile is either kept, unbroken up to the newest, or was dropped and is read here too.
        reached = batch[-1].seq + 1 if batch else self._next
        newest = self._kept[0].seq if self._kept else self._log.last_seq + 1
        self._reading_history = reached < newest
        return batch

    def _take(self) -> list[Entry]:
        batch = [entry for entry in self._kept if entry.seq >= self._next]
        self._drop()
        if batch and batch[0].seq > self._next:
            self._reading_history = True
            return []
        return batch

    def _committed(self, entries: Sequence[Entry]) -> None:
        weight = _weigh(entries)
        if len(self._kept) + len(entries) > self._limit or self._weight + weight > MOST_KEPT:
            self._drop()
            self._reading_history = True
        else:
            self._kept.extend(entries)
            self._weight += weight
        self._news.set()

    def _drop(self) -> None:
        self._kept.clear()
        self._weight = 0
