"""The index: a database of its own, filled from the log by a thread of its own, from a cursor of its own.

Indexing in the writing transaction would cost three quarters of the rate of sending. What is missing here is at most
late, never lost: the cursor says how far it has come, and a file that is damaged is made anew. When the disk takes
nothing, that says nothing against the file: the disk is asked again, and what is in the index can be found meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import Any

from relay_tui.core.errors import RelayError
from relay_tui.core.log.store import read_only
from relay_tui.core.model import Message
from relay_tui.core.search.found import ABOUT, EDITS, find
from relay_tui.core.search.query import SearchQuery

CHUNK = 512
"""Messages indexed in one transaction; larger ones gain nothing."""
GATHER = 0.2
"""Seconds that news are gathered while nobody waits: one transaction for many messages."""
REST = 6.0
"""How many times as long as a chunk took nothing is done after it, unless somebody waits: who writes goes first."""
RETRY = 5.0
"""Seconds after which a disk that took no index is asked again."""
_OF_THE_DISK = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    }
)
"""What SQLite says when a file may be whole and cannot be used now."""
EDITION = 4
"""Of what is in the index: one of another is made anew."""
_SCHEMA = f"""
PRAGMA user_version = {EDITION};
CREATE TABLE IF NOT EXISTS cursor (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL, hash BLOB);
INSERT OR IGNORE INTO cursor VALUES (1, 0, NULL);
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (
    text, about, content = '', columnsize = 0, tokenize = "unicode61 remove_diacritics 2", prefix = '1 2 3'
);
CREATE VIRTUAL TABLE IF NOT EXISTS rewords USING fts5 (
    text, about, content = '', columnsize = 0, tokenize = "unicode61 remove_diacritics 2"
);
"""
# `prefix`: half as much work again; without it three letters and a star read half of the index (55 ms at a million).
# `rewords`: what messages say since they were edited. The numbers of their rows: see found.py.
_SAID = (
    "SELECT m.seq, iif(m.edited_at IS NULL, m.text, ''),"
    f" {ABOUT.format(text='m.text')} FROM log.messages AS m WHERE m.seq > ? ORDER BY m.seq LIMIT ?"
)
_OURS = "SELECT c.seq = 0 OR c.hash = l.hash FROM cursor AS c LEFT JOIN log.log AS l ON l.seq = c.seq"
"""Is the log that was indexed the one that there is? A copy of an earlier time may have been put in its place."""
_EDITED = (
    f"SELECT m.seq * {EDITS} + (SELECT count(*) FROM log.edits WHERE message_id = m.id AND seq <= x.seq),"
    f" x.text, {ABOUT.format(text='x.text')} FROM (SELECT e.seq, e.message_id, json_extract(l.data, '$.text') AS text"
    " FROM log.edits AS e CROSS JOIN log.log AS l ON l.seq = e.seq"
    " WHERE e.seq > ? AND e.seq <= ? AND l.type = 'message.edited') AS x"
    " CROSS JOIN log.messages AS m ON m.id = x.message_id"
)
logger = logging.getLogger(__name__)


class SearchIndex:
    """`rowid` of a word's row is the message's `seq`, so that newest first costs nothing."""

    def __init__(self, path: Path, log_path: Path) -> None:
        self._path = path
        self._log_path = log_path
        self._news = threading.Event()
        self._hurry = threading.Event()
        """Somebody waits for the index, or for its end."""
        self._ended = threading.Event()
        self._renew = False
        """The file has to be made anew before it is used again."""
        self._trouble = False
        """The disk takes nothing now, so nobody waits for what is not in the index yet."""
        self._indexed = 0
        self._waiting: list[tuple[int, asyncio.AbstractEventLoop, asyncio.Future[None]]] = []
        self._lock = threading.Lock()
        self._asking = threading.Lock()
        self._reader: sqlite3.Connection | None = None
        """Kept from one search to the next: opening it costs more than most searches. Guarded by `_asking`."""
        self._thread = threading.Thread(target=self._work, name="relay-search", daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._news.set()

    def wake(self) -> None:
        """There may be new messages in the log."""
        self._news.set()

    def forget(self) -> None:
        """Something was taken out of the log: make the index anew, so that its words are nowhere."""
        self._renew = True
        self._news.set()

    @property
    def indexed(self) -> int:
        """The newest entry of the log that can be found; 0: not known yet."""
        return self._indexed

    async def caught_up(self, seq: int) -> None:
        """Wait until everything up to this entry of the log can be found, or until the disk takes no more of it."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        with self._lock:
            if self._indexed >= seq or self._trouble:
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
        Raises `RelayError` (storage_failed).
        """
        return await asyncio.to_thread(self._search, query, limit, before_seq, reader_id)

    async def close(self) -> None:
        self._ended.set()
        self._hurry.set()
        self._news.set()
        if self._thread.is_alive():
            await asyncio.to_thread(self._thread.join)
        await asyncio.to_thread(self._let_go)
        for _, _, done in self._waiting:
            done.cancel()

    def _search(self, query: SearchQuery, limit: int, before_seq: int | None, reader_id: str | None) -> list[Message]:
        with self._asking:
            try:
                if self._reader is None:
                    self._reader = self._connect()
                return find(self._reader, query, limit, before_seq, reader_id)
            except sqlite3.Error as error:
                self._rest()
                raise RelayError("storage_failed", f"The search index cannot be read: {error}.") from error

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, isolation_level=None, uri=True, check_same_thread=False)
        db.execute("PRAGMA busy_timeout = 5000")
        db.execute("ATTACH ? AS log", (read_only(self._log_path),))
        return db

    def _work(self) -> None:
        db: sqlite3.Connection | None = None
        while not self._ended.is_set():
            self._news.wait()
            self._hurry.wait(GATHER)
            self._news.clear()
            try:
                db = self._usable(db)
                self._index_all(db)
            except (sqlite3.Error, OSError) as error:
                if db is not None:
                    db.close()
                db = None
                self._failed(error)
            else:
                if self._trouble:
                    self._trouble = False
                    logger.info("the search index goes on")
        if db is not None:
            db.close()

    def _usable(self, db: sqlite3.Connection | None) -> sqlite3.Connection:
        if self._renew:
            if db is not None:
                db.close()
            db = self._anew()
            self._renew = False
        if db is None:
            db = _opened(self._connect())
            if not db.execute(_OURS).fetchone()[0]:
                db.close()
                raise sqlite3.DatabaseError("it is of another log")
        return db

    def _failed(self, error: sqlite3.Error | OSError) -> None:
        """Wait until the disk may take something again; make the file anew if it is what cannot be used."""
        passing = isinstance(error, OSError) or getattr(error, "sqlite_errorcode", 0) & 0xFF in _OF_THE_DISK
        if not passing and not self._renew:
            logger.warning("the search index is made anew: %s", error)
            self._renew = True
        else:
            if not self._trouble:
                logger.warning("the search index waits for the disk: %s", error)
            self._trouble = True
            self._tell(self._indexed)
            self._ended.wait(RETRY)
        self._news.set()

    def _index_all(self, db: sqlite3.Connection) -> None:
        while not self._ended.is_set():
            begun = monotonic()
            if not self._index_chunk(db):
                return
            self._hurry.wait(min(1.0, REST * (monotonic() - begun)))

    def _anew(self) -> sqlite3.Connection:
        """Whoever asks next opens the new file, never the old one or half a new one."""
        with self._asking:
            self._rest()
            for suffix in ("", "-wal", "-shm"):
                Path(f"{self._path}{suffix}").unlink(missing_ok=True)
            return _opened(self._connect())

    def _let_go(self) -> None:
        with self._asking:
            self._rest()

    def _rest(self) -> None:
        """Under `_asking`."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _index_chunk(self, db: sqlite3.Connection) -> bool:
        """Take in the next messages. True: there may be more."""
        cursor = int(db.execute("SELECT seq FROM cursor").fetchone()[0])
        last = int(db.execute("SELECT coalesce(max(seq), 0) FROM log.log").fetchone()[0])
        rows: Sequence[Any] = db.execute(_SAID, (cursor, CHUNK)).fetchall()
        full = len(rows) == CHUNK
        reached = rows[-1][0] if full else max(last, cursor, rows[-1][0] if rows else 0)
        edited: Sequence[Any] = db.execute(_EDITED, (cursor, reached)).fetchall()
        if rows or edited:
            db.execute("BEGIN")
            db.executemany("INSERT INTO words (rowid, text, about) VALUES (?, ?, ?)", rows)
            db.executemany("INSERT INTO rewords (rowid, text, about) VALUES (?, ?, ?)", edited)
            db.execute("UPDATE cursor SET (seq, hash) = (?1, (SELECT hash FROM log.log WHERE seq = ?1))", (reached,))
            db.execute("COMMIT")
        self._tell(reached)
        return full

    def _tell(self, reached: int) -> None:
        with self._lock:
            self._indexed = reached
            ready = [waiting for waiting in self._waiting if waiting[0] <= reached or self._trouble]
            self._waiting = [waiting for waiting in self._waiting if waiting not in ready]
            if not self._waiting and not self._ended.is_set():
                self._hurry.clear()
        for _, loop, done in ready:
            loop.call_soon_threadsafe(_resolve, done)


def _opened(db: sqlite3.Connection) -> sqlite3.Connection:
    try:
        return _prepared(db)
    except BaseException:
        db.close()
        raise


def _prepared(db: sqlite3.Connection) -> sqlite3.Connection:
    """Raises `sqlite3.DatabaseError` for a file of another edition."""
    edition, tables = db.execute(
        "SELECT user_version, (SELECT count(*) FROM sqlite_master) FROM pragma_user_version"
    ).fetchone()
    if edition != EDITION and tables:
        raise sqlite3.DatabaseError("it is of another edition")
    db.execute("PRAGMA journal_mode = WAL")
    # It can be made anew from the log, so nothing waits for the disk here.
    db.execute("PRAGMA synchronous = OFF")
    db.executescript(_SCHEMA)
    return db


def _resolve(done: asyncio.Future[None]) -> None:
    if not done.done():
        done.set_result(None)
