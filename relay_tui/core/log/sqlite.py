"""The embedded log: this machine decides, one SQLite file holds it. The loop's side of the writer thread."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import aiosqlite

from relay_tui.core.clock import Clock
from relay_tui.core.commands import Command
from relay_tui.core.errors import RelayError, WorkspaceError
from relay_tui.core.events import Entry, Event
from relay_tui.core.log import codec
from relay_tui.core.log.base import CommitHandler
from relay_tui.core.log.store import open_store, read_only, unusable
from relay_tui.core.log.writer import Item, Writer
from relay_tui.core.model import Caller
from relay_tui.core.policy.rules import Policy
from relay_tui.core.session import Unsubscribe

MAX_BATCH = 512
"""Commands committed together at most: bounds what one failure rolls back."""
ENVELOPE = 1_000
"""Bytes of an entry in memory, about, but for its data."""
logger = logging.getLogger(__name__)


class SqliteLog:
    def __init__(self, path: Path, *, clock: Clock, policy: Policy) -> None:
        """Opens or makes the file; raises `WorkspaceError`. Until `start`, `writer` may be used directly."""
        self.path = path
        self._db = open_store(path)
        try:
            self.writer = Writer(self._db, clock, policy)
        except (sqlite3.DatabaseError, WorkspaceError) as error:
            self._db.close()
            raise (unusable(path, error) if isinstance(error, sqlite3.DatabaseError) else error) from error
        self._queue: SimpleQueue[list[Item] | None] = SimpleQueue()
        self._asked: list[Item] = []
        """What came in this turn of the loop; handed over together at its end."""
        self._handlers: list[tuple[CommitHandler, frozenset[type[Event]] | None]] = []
        self._thread = threading.Thread(target=self._work, name="relay-log", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._reader: aiosqlite.Connection | None = None
        self._last_seq = 0
        self._closed = False

    @property
    def last_seq(self) -> int:
        return self._last_seq

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._last_seq = self.writer.last_seq
        self._reader = await aiosqlite.connect(read_only(self.path), uri=True)
        self._thread.start()

    async def execute(self, command: Command, by: Caller) -> Any:
        if self._closed or self._loop is None:
            raise RelayError("relay_closed", "The relay is closing.", "Send it again to its successor.")
        future: asyncio.Future[Any] = self._loop.create_future()
        if not self._asked:
            self._loop.call_soon(self._hand_over)
        self._asked.append(Item(command, by, future))
        return await future

    async def read(self, from_seq: int, limit: int = 1_000, most: int | None = None) -> list[Entry]:
        assert self._reader is not None, "the log is read between start and close"
        query = f"SELECT {codec.COLUMNS} FROM log WHERE seq >= ? ORDER BY seq LIMIT ?"
        if most is None:
            return [codec.from_row(row) for row in await self._reader.execute_fetchall(query, (from_seq, limit))]
        found: list[Entry] = []
        async with self._reader.execute(query, (from_seq, limit)) as cursor:
            count, size = 8, 0
            while size < most and (rows := list(await cursor.fetchmany(count))):
                found += map(codec.from_row, rows)
                size += sum(len(row[codec.DATA]) for row in rows) + len(rows) * ENVELOPE
                count *= 2
        return found

    def follow(self, handler: CommitHandler, kinds: frozenset[type[Event]] | None = None) -> Unsubscribe:
        listener = (handler, kinds)
        self._handlers.append(listener)
        return lambda: self._handlers.remove(listener)

    async def close(self) -> None:
        """What was accepted is written first."""
        self._closed = True
        if self._loop is not None:
            self._hand_over()
            self._queue.put(None)
            if self._thread.ident is not None:
                await asyncio.to_thread(self._thread.join)
        if self._reader is not None:
            await self._reader.close()
        self._db.close()

    def _work(self) -> None:
        assert self._loop is not None
        last = False
        while not last and (waiting := self._queue.get()) is not None:
            while len(waiting) < MAX_BATCH:
                try:
                    more = self._queue.get_nowait()
                except Empty:
                    break
                if more is None:
                    last = True
                    break
                waiting += more
            for first in range(0, len(waiting), MAX_BATCH):
                batch = waiting[first : first + MAX_BATCH]
                self.writer.run(batch)
                self._loop.call_soon_threadsafe(self._settle, batch)

    def _hand_over(self) -> None:
        """Once a turn of the loop: waking the writer for each command would cost more than all else here."""
        if self._asked:
            self._queue.put(self._asked)
            self._asked = []

    def _settle(self, batch: Sequence[Item]) -> None:
        """On the loop: tell whoever asked, then whoever listens."""
        for item in batch:
            future: asyncio.Future[Any] = item.done
            if future.done():
                continue
            if item.error is not None:
                future.set_exception(item.error)
            else:
                future.set_result(item.answer)
        entries = [entry for item in batch for entry in item.entries]
        if not entries:
            return
        self._last_seq = entries[-1].seq
        kinds = {type(entry.event) for entry in entries}
        for handler, wanted in tuple(self._handlers):
            if wanted is not None and wanted.isdisjoint(kinds):
                continue
            try:
                handler(entries)
            except Exception:  # one listener must not silence the others
                logger.exception("a listener failed on entries %d to %d", entries[0].seq, entries[-1].seq)
