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
GATHER = 0.2
"""Seconds that news are gathered while nobody waits: one transaction for many messages."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS cursor (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL);
INSERT OR IGNORE INTO cursor VALUES (1, 0);
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (text, content = '', tokenize = "unicode61 remove_diacritics 2");
CREATE VIRTUAL TABLE IF NOT EXISTS rewords USING fts5 (text, content = '', tokenize = "unicode61 remove_diacritics 2");
"""
# `rewords`: what messages say since they were edited, by the `seq` of the edit. Few, so sorting them costs nothing.
_SOURCES = (
    ("words AS w JOIN log.messages AS m ON m.seq = w.rowid", "w.rowid", "w.words", "m.edited_at IS NULL"),
    (
        "rewords AS w CROSS JOIN log.edits AS x ON x.seq = w.rowid CROSS JOIN log.messages AS m ON m.id = x.message_id",
        "m.seq",
        "w.rewords",
        "x.seq = (SELECT max(seq) FROM log.edits WHERE message_id = m.id)",
    ),
)
_READABLE = (
    "m.channel_id IN (SELECT id FROM log.channels WHERE kind = 'channel'"
    " UNION ALL SELECT channel_id FROM log.members WHERE agent_id = ? AND left_seq IS NULL)"
)
_HAS = {
    "mention": "m.mentions <> '[]'",
    "thread": "EXISTS (SELECT 1 FROM log.threads AS t WHERE t.root_id = m.id)",
    "link": "(m.text LIKE '%http://%' OR m.text LIKE '%https://%')",
    "data": "m.data IS NOT NULL",
    "file": "m.attachments IS NOT NULL",
    "reaction": "EXISTS (SELECT 1 FROM log.reactions AS r WHERE r.message_id = m.id AND r.removed_at IS NULL)",
    "pin": "EXISTS (SELECT 1 FROM log.pins AS p WHERE p.message_id = m.id AND p.unpinned_at IS NULL)",
}
logger = logging.getLogger(__name__)


class SearchIndex:
    """`rowid` of a word's row is the message's `seq`, so that newest first costs nothing."""

    def __init__(self, path: Path, log_path: Path) -> None:
        self._path = path
        self._log_path = log_path
        self._news = threading.Event()
        self._hurry = threading.Event()
        """Somebody waits for the index, or for its end."""
        self._stop = False
        self._forgetting = False
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

    def forget(self) -> None:
        """Something was taken out of the log: make the index anew, so that its words are nowhere."""
        self._forgetting = True
        self._news.set()

    async def caught_up(self, seq: int) -> None:
        """Wait until everything up to this entry of the log can be found."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        with self._lock:
            if self._indexed >= seq:
                return
            self._waiting.append((seq, loop, done))
            self._hurry.set()
        self._news.set()
        await done

    async def search(
        self,
        query: SearchQuery,
        *,
        limit: int = 50,
        before_seq: int | None = None,
        reader_id: str | None = None,
    ) -> list[Message]:
        """Messages that match, newest first; `before_seq` goes on behind an earlier page.

        `reader_id`: only what this agent may read: named channels, and the conversations it is in. None: everything.
        """
        return await asyncio.to_thread(self._search, query, limit, before_seq, reader_id)

    async def close(self) -> None:
        self._stop = True
        self._hurry.set()
        self._news.set()
        if self._thread.is_alive():
            await asyncio.to_thread(self._thread.join)
        for _, _, done in self._waiting:
            done.cancel()

    def _search(self, query: SearchQuery, limit: int, before_seq: int | None, reader_id: str | None) -> list[Message]:
        where, values = _filters(query, reader_id)
        columns = ", ".join(f"m.{column.strip()}" for column in MESSAGES.columns.split(","))
        sources = _SOURCES if query.match else (("log.messages AS m", "m.seq", "", "1"),)
        found: list[Message] = []
        db = self._connect()
        try:
            for source, position, table, condition in sources:
                also: list[str] = [condition, *([f"{table} MATCH ?"] if table else [])]
                given: list[Any] = [query.match] if table else []
                if before_seq is not None:
                    also.append(f"{position} < ?")
                    given.append(before_seq)
                statement = (
                    f"SELECT {columns} FROM {source} WHERE {' AND '.join([*also, *where])}"
                    f" ORDER BY {position} DESC LIMIT ?"
                )
                found += [MESSAGES.read(row) for row in db.execute(statement, (*given, *values, limit))]
        finally:
            db.close()
        found.sort(key=lambda message: -message.seq)
        return found[:limit]

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, isolation_level=None, uri=True)
        db.execute("PRAGMA busy_timeout = 5000")
        db.execute("ATTACH ? AS log", (read_only(self._log_path),))
        return db

    def _work(self) -> None:
        db = self._open()
        while not self._stop:
            self._news.wait()
            self._hurry.wait(GATHER)
            self._news.clear()
            if self._forgetting:
                self._forgetting = False
                db.close()
                self._remove()
                db = self._open()
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
            self._remove()
            db = self._connect()
            db.executescript(_SCHEMA)
        return db

    def _remove(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self._path}{suffix}").unlink(missing_ok=True)

    def _index_chunk(self, db: sqlite3.Connection) -> bool:
        """Take in the next messages. True: there may be more."""
        cursor = int(db.execute("SELECT seq FROM cursor").fetchone()[0])
        last = int(db.execute("SELECT coalesce(max(seq), 0) FROM log.log").fetchone()[0])
        rows: Sequence[Any] = db.execute(
            "SELECT seq, text FROM log.messages WHERE seq > ? ORDER BY seq LIMIT ?", (cursor, CHUNK)
        ).fetchall()
        full = len(rows) == CHUNK
        reached = rows[-1][0] if full else max(last, cursor, rows[-1][0] if rows else 0)
        edited: Sequence[Any] = db.execute(
            "SELECT x.seq, json_extract(l.data, '$.text') FROM log.edits AS x CROSS JOIN log.log AS l ON l.seq = x.seq"
            " WHERE x.seq > ? AND x.seq <= ? AND l.type = 'message.edited'",
            (cursor, reached),
        ).fetchall()
        if rows or edited:
            db.execute("BEGIN")
            db.executemany("INSERT INTO words (rowid, text) VALUES (?, ?)", rows)
            db.executemany("INSERT INTO rewords (rowid, text) VALUES (?, ?)", edited)
            db.execute("UPDATE cursor SET seq = ?", (reached,))
            db.execute("COMMIT")
        self._tell(reached)
        return full

    def _tell(self, reached: int) -> None:
        with self._lock:
            self._indexed = reached
            ready = [waiting for waiting in self._waiting if waiting[0] <= reached]
            self._waiting = [waiting for waiting in self._waiting if waiting[0] > reached]
            if not self._waiting and not self._stop:
                self._hurry.clear()
        for _, loop, done in ready:
            loop.call_soon_threadsafe(_resolve, done)


def _resolve(done: asyncio.Future[None]) -> None:
    if not done.done():
        done.set_result(None)


def _filters(query: SearchQuery, reader_id: str | None) -> tuple[list[str], list[Any]]:
    """Conditions on `log.messages AS m`, and their values in order."""
    where = ["m.deleted_at IS NULL"]
    values: list[Any] = []
    if reader_id is not None:
        where.append(_READABLE)
        values.append(reader_id)
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
    return where, values
