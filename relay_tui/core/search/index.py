"""The index: a database of its own, filled from the log by a thread of its own, from a cursor of its own.

Indexing in the writing transaction would cost three quarters of the rate of sending. What is missing here is at most
late, never lost: the cursor says how far it has come, and a file that cannot be used is made anew.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from relay_tui.core.log.store import read_only
from relay_tui.core.model import Message
from relay_tui.core.search.query import SearchQuery
from relay_tui.core.views.rows import MESSAGES

CHUNK = 512
"""Messages indexed in one transaction; larger ones gain nothing."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS cursor (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL);
INSERT OR IGNORE INTO cursor VALUES (1, 0);
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (text, content = '', tokenize = "unicode61 remove_diacritics 2");
"""
_HAS = {
    "mention": "m.mentions <> '[]'",
    "thread": "EXISTS (SELECT 1 FROM log.threads AS t WHERE t.root_id = m.id)",
    "link": "(m.text LIKE '%http://%' OR m.text LIKE '%https://%')",
    "data": "m.data IS NOT NULL",
}
logger = logging.getLogger(__name__)


class SearchIndex:
    """`rowid` of a word's row is the message's `seq`, so that newest first costs nothing."""

    def __init__(self, path: Path, log_path: Path) -> None:
        self._path = path
        self._log_path = log_path
        self._news = threading.Event()
        self._stop = False
        self._indexed = 0
        self._waiting: list[tuple[int, asyncio.AbstractEventLoop, asyncio.Future[None]]] = []
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._work, name="relay-search", daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._news.set()

    def wake(self) -> None:
        """There may be new messages in the log."""
        self._news.set()

    async def caught_up(self, seq: int) -> None:
        """Wait until everything up to this entry of the log can be found."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        with self._lock:
            if self._indexed >= seq:
                return
            self._waiting.append((seq, loop, done))
        self._news.set()
        await done

    async def search(self, query: SearchQuery, *, limit: int = 50, before_seq: int | None = None) -> list[Message]:
        """Messages that match, newest first; `before_seq` goes on behind an earlier page."""
        return await asyncio.to_thread(self._search, query, limit, before_seq)

    async def close(self) -> None:
        self._stop = True
        self._news.set()
        if self._thread.is_alive():
            await asyncio.to_thread(self._thread.join)

    def _search(self, query: SearchQuery, limit: int, before_seq: int | None) -> list[Message]:
        where: list[str] = []
        values: list[Any] = []
        source = "log.messages AS m"
        if query.match:
            source = "words AS w JOIN log.messages AS m ON m.seq = w.rowid"
            where.append("w.words MATCH ?")
            values.append(query.match)
        if query.sender is not None:
            named = "SELECT id FROM log.agents WHERE name = ? COLLATE NOCASE OR CAST(id AS TEXT) = ?"
            where.append(f"m.sender_id IN ({named})")
            values += [query.sender, query.sender]
        if query.channel is not None:
            named = "SELECT id FROM log.channels WHERE (kind = 'channel' AND name = ? COLLATE NOCASE)"
            where.append(f"m.channel_id IN ({named} OR CAST(id AS TEXT) = ?)")
            values += [query.channel, query.channel]
        for bound, compare in ((query.before, "<"), (query.after, ">=")):
            if bound is not None:
                where.append(f"m.created_at {compare} ?")
                values.append(bound)
        where += [_HAS[has] for has in sorted(query.has)]
        rowid = "w.rowid" if query.match else "m.seq"
        if before_seq is not None:
            where.append(f"{rowid} < ?")
            values.append(before_seq)
        columns = ", ".join(f"m.{column.strip()}" for column in MESSAGES.columns.split(","))
        clause = f"WHERE {' AND '.join(where)}" if where else ""
        statement = f"SELECT {columns} FROM {source} {clause} ORDER BY {rowid} DESC LIMIT ?"
        db = self._connect()
        try:
            return [MESSAGES.read(row) for row in db.execute(statement, (*values, limit))]
        finally:
            db.close()

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, isolation_level=None, uri=True)
        db.execute("PRAGMA busy_timeout = 5000")
        db.execute("ATTACH ? AS log", (read_only(self._log_path),))
        return db

    def _work(self) -> None:
        db = self._open()
        while not self._stop:
            self._news.wait()
            self._news.clear()
            try:
                while not self._stop and self._index_chunk(db):
                    pass
            except sqlite3.Error as error:
                logger.warning("the search index is made anew: %s", error)
                db.close()
                self._path.unlink(missing_ok=True)
                db = self._open()
                self._news.set()
        db.close()

    def _open(self) -> sqlite3.Connection:
        try:
            db = self._connect()
            db.execute("PRAGMA journal_mode = WAL")
            # It can be made anew from the log, so nothing waits for the disk here.
            db.execute("PRAGMA synchronous = OFF")
            db.executescript(_SCHEMA)
        except sqlite3.Error as error:
            logger.warning("the search index is made anew: %s", error)
            for suffix in ("", "-wal", "-shm"):
                Path(f"{self._path}{suffix}").unlink(missing_ok=True)
            db = self._connect()
            db.executescript(_SCHEMA)
        return db

    def _index_chunk(self, db: sqlite3.Connection) -> bool:
        """Take in the next messages. True: there may be more."""
        cursor = int(db.execute("SELECT seq FROM cursor").fetchone()[0])
        last = int(db.execute("SELECT coalesce(max(seq), 0) FROM log.log").fetchone()[0])
        rows: Sequence[Any] = db.execute(
            "SELECT seq, text FROM log.messages WHERE seq > ? ORDER BY seq LIMIT ?", (cursor, CHUNK)
        ).fetchall()
        full = len(rows) == CHUNK
        reached = rows[-1][0] if full else max(last, cursor, rows[-1][0] if rows else 0)
        if rows:
            db.execute("BEGIN")
            db.executemany("INSERT INTO words (rowid, text) VALUES (?, ?)", rows)
            db.execute("UPDATE cursor SET seq = ?", (reached,))
            db.execute("COMMIT")
        self._tell(reached)
        return full

    def _tell(self, reached: int) -> None:
        with self._lock:
            self._indexed = reached
            ready = [waiting for waiting in self._waiting if waiting[0] <= reached]
            self._waiting = [waiting for waiting in self._waiting if waiting[0] > reached]
        for _, loop, done in ready:
            loop.call_soon_threadsafe(_resolve, done)


def _resolve(done: asyncio.Future[None]) -> None:
    if not done.done():
        done.set_result(None)
