"""Folding a log again: the same facts in a new file, every view made anew from them.

Views are disposable; this is what that means. The file that is read is not changed, so it stays the copy to go back to.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from relay_tui.core.errors import WorkspaceError
from relay_tui.core.log import codec
from relay_tui.core.log.store import open_store, read_only, unusable
from relay_tui.core.views import projector
from relay_tui.core.views.state import State

STEP = 5_000
"""Entries folded between two commits: bounds memory, not meaning."""
_CARRIED = ("meta", "idempotency")
"""Tables that are neither log nor view, and go along as they are."""


def refold(source: Path, target: Path) -> int:
    """Make the file `target` from the log in `source`, which is only read; gives the newest `seq`.

    On return everything is on disk. Raises `WorkspaceError`: not_a_workspace (also for a log with a gap),
    workspace_newer, workspace_unreadable, target_exists.
    """
    if target.exists() and target.stat().st_size:
        raise WorkspaceError("target_exists", f"{target} is there already.", "Move it away first.")
    try:
        reader = sqlite3.connect(read_only(source), uri=True)
        writer = open_store(target)
        try:
            writer.execute("PRAGMA synchronous = NORMAL")  # nobody relies on it before the checkpoint below
            newest = _fold(reader, writer)
            for table in _CARRIED:
                _carry(reader, writer, table)
            writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return newest
        finally:
            writer.close()
            reader.close()
    except sqlite3.DatabaseError as error:
        raise unusable(source, error) from error


def _fold(reader: sqlite3.Connection, writer: sqlite3.Connection) -> int:
    state = State(writer)
    newest = 0
    cursor = reader.execute(f"SELECT {codec.COLUMNS} FROM log ORDER BY seq")
    while rows := cursor.fetchmany(STEP):
        writer.execute("BEGIN IMMEDIATE")
        writer.executemany(codec.INSERT, rows)
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
        state.flush()
        writer.execute("COMMIT")
        state.settle()
    return newest


def _carry(reader: sqlite3.Connection, writer: sqlite3.Connection, table: str) -> None:
    cursor = reader.execute(f"SELECT * FROM {table}")
    insert = f"INSERT INTO {table} VALUES ({', '.join('?' * len(cursor.description))})"
    writer.execute("BEGIN IMMEDIATE")
    while rows := cursor.fetchmany(STEP):
        writer.executemany(insert, rows)
    writer.execute("COMMIT")
