"""Waiting for what a predicate says: history from a number on, then what is new, without a gap between look and listen.

Listening begins before the look at how things stand, so nothing that happens in between is missed. Entries are read at
the watcher's own speed (the file is the buffer); tool calls are signals, and the oldest go when nobody takes them.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Protocol, Self

from relay_tui.core.predicates import model as p
from relay_tui.core.predicates.compiled import compiled
from relay_tui.core.predicates.happening import Found, ToolCall, tool_calls
from relay_tui.core.predicates.resolve import resolved_by, stands
from relay_tui.core.session import Unsubscribe
from relay_tui.core.signals import Signal
from relay_tui.core.subscription import Subscription
from relay_tui.core.views.queries import Queries

KEPT = 1_000
"""Tool calls that wait for their watcher."""


class Listened(Protocol):
    """What a watch needs of the relay."""

    queries: Queries

    @property
    def last_seq(self) -> int: ...
    def subscribe(self, from_seq: int | None = None, *, limit: int = 1_000) -> Subscription: ...
    def on_signal(self, handler: Callable[[Signal], None]) -> Unsubscribe: ...


class Watch:
    """An async iterator of `Found`, in the log's order. Made by `Relay.watch`; `aclose` ends it."""

    def __init__(self, relay: Listened, predicate: p.Predicate, from_seq: int | None) -> None:
        """Listening begins here."""
        self._relay = relay
        self._predicate = predicate
        self._seq = relay.last_seq if from_seq is None else max(0, from_seq - 1)
        self._subscription = relay.subscribe(self._seq + 1)
        self._calls: deque[ToolCall] = deque(maxlen=KEPT)
        self._kept: deque[Found] = deque()
        self._news = asyncio.Event()
        self._looked = from_seq is not None
        """Going on from an earlier wait, which looked."""
        self._batch: asyncio.Task[object] | None = None
        self._test = compiled(predicate)
        self._unlisten = relay.on_signal(self._heard) if p.hears_signals(predicate) else None

    @classmethod
    async def begin(cls, relay: Listened, predicate: p.Predicate, from_seq: int | None = None) -> Watch:
        """`predicate` may name agents and channels. Raises `Refused`."""
        # Whose names these are is asked first; what happens meanwhile is in the log, behind this number.
        start = relay.last_seq + 1 if from_seq is None else from_seq
        ids = await resolved_by(predicate, relay.queries)
        watch = cls(relay, ids, start)
        watch._looked = from_seq is not None
        return watch

    @property
    def seq(self) -> int:
        """The newest entry that was looked at."""
        return self._seq

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Found:
        """Cancelling it (a timeout) loses nothing: the next call goes on where this one was."""
        if not self._looked:
            if await stands(self._predicate, self._relay.queries):
                self._looked = True
                return Found(self._seq)
            self._looked = True
        while True:
            if self._kept:
                found = self._kept.popleft()
                self._seq = max(self._seq, found.seq)
                return found
            if self._calls:
                return Found(self._seq, self._calls.popleft())
            await self._wait()

    async def aclose(self) -> None:
        if self._unlisten is not None:
            self._unlisten()
            self._unlisten = None
        await self._subscription.aclose()
        if self._batch is not None:
            self._batch.cancel()
            await asyncio.gather(self._batch, return_exceptions=True)

    async def _wait(self) -> None:
        """Until there is another batch of entries, or a tool call."""
        if self._batch is None:
            self._batch = asyncio.create_task(self._next_batch(), name="watch")
        call = asyncio.create_task(self._news.wait())
        try:
            await asyncio.wait({self._batch, call}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            call.cancel()
        self._news.clear()
        if self._batch.done():
            batch, self._batch = self._batch, None
            if not batch.result():
                raise StopAsyncIteration

    async def _next_batch(self) -> bool:
        """False: the relay has closed."""
        async for batch in self._subscription:
            self._kept.extend(Found(entry.seq, entry) for entry in batch if self._test(entry))
            if not self._kept:
                self._seq = batch[-1].seq
                continue
            return True
        return False

    def _heard(self, signal: Signal) -> None:
        calls = [call for call in tool_calls(signal) if self._test(call)]
        self._calls.extend(calls)
        if calls:
            self._news.set()
