"""Folding a log again: the same facts in a new file, every view made anew from them.

Views are disposable; this is what that means. The file that is read is not changed, so it stays the copy to go back to.
"""

from __future__ import annotations

import gc
import sqlite3
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from relay_tui.core.disk import sync
from relay_tui.core.errors import WorkspaceError
from relay_tui.core.log import chain, codec
from relay_tui.core.log.store import configured, make_store, read_only, unusable
from relay_tui.core.views import bulk, history, projector
from relay_tui.core.views.history import Keyframes
from relay_tui.core.views.state import State

STEP = 200
"""Keyframes folded between two commits: bounds memory, not meaning."""
_KEPT = frozenset({"messages_id", "messages_channel", "messages_thread", "messages_attachments"})
"""Indexes that folding itself asks, and one of a few rows, for which every message would be read again; the others are
made at the end."""
_COPY = f"INSERT INTO log ({codec.STORED}) SELECT {codec.STORED} FROM source.log WHERE seq BETWEEN ? AND ?"
_CARRIED = ("meta", "idempotency")
"""Tables that are neither log nor view, and go along as they are."""


def refold(source: Path, target: Path, *, up_to: int | None = None) -> int:
    """Make the file `target` from the log in `source`, which is only read; gives the newest `seq`.

    `up_to`: leave out what came after that entry (but not the answers to keys). The source may be of an older schema:
    an older log gets its hash chain here. On return everything is on disk. Raises `WorkspaceError`: not_a_workspace
    (also for a log with a gap), workspace_newer, workspace_unreadable, target_exists.
    """
    if target.exists() and target.stat().st_size:
        raise WorkspaceError("target_exists", f"{target} is there already.", "Move it away first.")
    try:
        reader = sqlite3.connect(read_only(source), uri=True)
        writer = make_store(target)
        try:
            indexes = _loosen(writer)
            writer.execute("ATTACH ? AS source", (read_only(source),))
            with _uncollected():
                newest = _fold(reader, writer, up_to)
            for table in _CARRIED:
                writer.execute(f"INSERT INTO {table} SELECT * FROM source.{table}")
            writer.execute("DETACH source")
            for index in indexes:
                writer.execute(index)
            configured(writer)
            sync(target)
            return newest
        finally:
            writer.close()
            reader.close()
    except sqlite3.DatabaseError as error:
        raise unusable(source, error) from error


def _loosen(writer: sqlite3.Connection) -> list[str]:
    """Nobody relies on the file before the end: no journal, no waiting, and most indexes are made at the end. Gives the
    statements that make them."""
    writer.execute("PRAGMA journal_mode = OFF")
    writer.execute("PRAGMA synchronous = OFF")
    writer.execute("PRAGMA cache_size = -200000")
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    found = [(str(name), str(sql)) for name, sql in writer.execute(query) if name not in _KEPT]
    for name, _ in found:
        writer.execute(f"DROP INDEX {name}")
    return [sql for _, sql in found]


@contextmanager
def _uncollected() -> Generator[None]:
    """Nothing that folding makes refers to itself in circles: looking for such takes up to a tenth of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _fold(reader: sqlite3.Connection, writer: sqlite3.Connection, up_to: int | None) -> int:
    keyframes = Keyframes(writer)
    state = State(writer, keyframes)
    newest, head = 0, chain.GENESIS
    chained = reader.execute("PRAGMA user_version").fetchone()[0] > 1
    whole = up_to is None and _columns(writer, "main") == _columns(writer, "source")
    if whole:
        writer.execute("INSERT INTO log SELECT * FROM source.log")  # cell by cell: a quarter of copying rows
    last = up_to if up_to is not None else 2**62
    cursor = reader.execute(f"SELECT {codec.COLUMNS} FROM log WHERE seq <= ? ORDER BY seq", (last,))
    writer.execute("BEGIN IMMEDIATE")
    steps = 0
    while rows := cursor.fetchmany(history.EVERY):
        if chained and not whole:
            writer.execute(_COPY, (rows[0][0], rows[-1][0]))
        elif not chained:
            chain_of = _chained(rows, head)
            head = bytes(chain_of[-1][codec.HASH])
            bulk.insert(writer, codec.INSERT, chain_of)
        newest = _apply(state, rows, newest)
        state.flush()
        keyframes.mark(newest)
        state.settle()
        steps += 1
        if steps % STEP == 0:
            writer.execute("COMMIT")
            writer.execute("BEGIN IMMEDIATE")
    writer.execute("COMMIT")
    return newest


def _columns(db: sqlite3.Connection, schema: str) -> list[str]:
    return [str(row[1]) for row in db.execute(f"PRAGMA {schema}.table_info(log)")]


def _apply(state: State, rows: Sequence[codec.Row], newest: int) -> int:
    for row in rows:
        entry = codec.from_row(row)
        if entry.seq != newest + 1:
            raise WorkspaceError(
                "not_a_workspace",
                f"The log has no entry {newest + 1}; the one after {newest} is {entry.seq}.",
                "Restore a copy of it; nothing in it was changed.",
            )
        newest = entry.seq
        projector.apply(state, entry)
    return newest


def _chained(rows: Sequence[codec.Row], head: bytes) -> list[codec.Row]:
    """Entries of a log that had no chain, with their hashes."""
    found: list[codec.Row] = []
    for row in rows:
        *envelope, data = row
        envelope[3] = str(envelope[3])
        head = chain.link(head, envelope, chain.digest(data))
        found.append((*row, head))
    return found
