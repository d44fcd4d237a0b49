"""What the views were: the rows that a past point needs, kept as they are overwritten.

The log says what changed, so any past point is the views at a *keyframe* with the few entries behind it folded on top.
And the views at a keyframe are today's rows, but for those changed since: of each row, its content at the keyframe is
put aside the first time that it changes afterwards, by triggers, in a `…_past` table. Writing thus costs one small row
per record and keyframe; a table that a projector fills needs nothing of its own to be readable in the past.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

EVERY = 1_000
"""Entries from one keyframe to the next: bounds what is folded to read a past point."""
_NOT_VIEWS = frozenset({"meta", "log", "idempotency", "keyframes"})
_CURRENT = "(SELECT seq FROM keyframes ORDER BY seq DESC LIMIT 1)"
_INDEXES = (
    "CREATE INDEX deliveries_past_open ON deliveries_past (agent_id, kept_at) WHERE open = 1",
    "CREATE INDEX deliveries_past_fault ON deliveries_past (kept_at) WHERE fault = 1",
    "CREATE INDEX members_past_agent ON members_past (agent_id, kept_at)",
    "CREATE INDEX messages_past_id ON messages_past (id)",
)


@dataclass(slots=True, frozen=True)
class Shape:
    """A table of the views. `key` and `columns` are quoted names."""

    name: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    types: tuple[str, ...]

    @property
    def appended(self) -> bool:
        """Its rows carry the `seq` they were written at, so that no mark of their birth is needed."""
        return self.key == ('"seq"',)

    def same(self, one: str, other: str) -> str:
        """The condition that two rows are of one record."""
        return " AND ".join(f"{one}.{column} = {other}.{column}" for column in self.key)


def shapes(db: sqlite3.Connection) -> list[Shape]:
    """Every table of the views, read from the file itself."""
    names = [str(row[0]) for row in db.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")]
    return [_shape(db, name) for name in names if name not in _NOT_VIEWS and not name.endswith("_past")]


def create(db: sqlite3.Connection) -> None:
    """Make the `…_past` tables and their triggers for a file whose views were just made."""
    for shape in shapes(db):
        # The declared types matter: ids are asked for as text, and compared as integers.
        typed = [f"{column} {kind}" for column, kind in zip(shape.columns, shape.types, strict=True)]
        past = ", ".join([*typed, "kept_at INTEGER", "gone INTEGER"])
        key = ", ".join([*shape.key, "kept_at"])
        db.execute(f"CREATE TABLE {shape.name}_past ({past}, PRIMARY KEY ({key})) WITHOUT ROWID")
        for trigger in _triggers(shape):
            db.execute(trigger)
    for index in _INDEXES:
        db.execute(index)


class Keyframes:
    """Says in the writer's transactions where the views can be had again."""

    def __init__(self, db: sqlite3.Connection, every: int | None = None) -> None:
        self._db = db
        self._every = every or EVERY
        self._last = int(db.execute("SELECT max(seq) FROM keyframes").fetchone()[0])

    def mark(self, seq: int) -> None:
        """The views are written as of `seq`; the transaction is about to be committed."""
        if seq - self._last >= self._every:
            newest = "coalesce((SELECT id FROM messages ORDER BY seq DESC LIMIT 1), 0)"
            self._db.execute(f"INSERT INTO keyframes (seq, message_id) SELECT ?, {newest}", (seq,))
            self._last = seq


def _shape(db: sqlite3.Connection, name: str) -> Shape:
    info = db.execute(f"PRAGMA main.table_info({name})").fetchall()
    key = sorted((row[5], f'"{row[1]}"') for row in info if row[5])
    return Shape(
        name, tuple(column for _, column in key), tuple(f'"{row[1]}"' for row in info), tuple(row[2] for row in info)
    )


def _triggers(shape: Shape) -> Sequence[str]:
    """Before a row changes for the first time since the keyframe: what it was, or that there was none."""
    name, columns = shape.name, ", ".join(shape.columns)
    found: list[str] = []
    for deed, row in (("INSERT", "NEW"), ("UPDATE", "OLD"), ("DELETE", "OLD")):
        kept = f"SELECT 1 FROM {name}_past AS p WHERE {shape.same('p', row)} AND p.kept_at = {_CURRENT}"
        when = f"NOT EXISTS ({kept})"
        body = (
            f"INSERT INTO {name}_past (kept_at, gone, {columns}) SELECT {_CURRENT}, 0, {columns}"
            f" FROM {name} AS p WHERE {shape.same('p', row)};"
        )
        if deed == "INSERT" and shape.appended:
            when = f"EXISTS (SELECT 1 FROM {name} AS p WHERE {shape.same('p', row)}) AND {when}"
        elif deed == "INSERT":
            key = ", ".join(shape.key)
            values = ", ".join(f"NEW.{column}" for column in shape.key)
            body += f" INSERT INTO {name}_past (kept_at, gone, {key}) SELECT {_CURRENT}, 1, {values} WHERE {when};"
            if name == "mentions":  # of a newer message it cannot have been there: nothing to mark
                when = f"NEW.message_id <= (SELECT message_id FROM keyframes ORDER BY seq DESC LIMIT 1) AND {when}"
        found.append(f"CREATE TRIGGER {name}_{deed.lower()} BEFORE {deed} ON {name} WHEN {when} BEGIN {body} END")
    return found
