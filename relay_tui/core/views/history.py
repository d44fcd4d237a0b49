"""What the views were: the rows that a past point needs, kept as they are overwritten.

The log says what changed, so any past point is the views at a *keyframe* with the few entries behind it folded on top.
And the views at a keyframe are today's rows, but for those changed since: of each row, its content at the keyframe is
put aside in a `…_past` table the first time that it changes afterwards, by whoever writes the views back. Writing thus
costs one small row per record and keyframe, and nothing for what came to be with a message after it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from relay_tui.core.views import bulk

EVERY = 500
"""Entries from one keyframe to the next: bounds what is folded to read a past point."""
_NOT_VIEWS = frozenset({"meta", "log", "idempotency", "keyframes"})
_OF_MESSAGES = {
    **dict.fromkeys(("mentions", "deliveries", "reactions", "pins", "expectations"), '"message_id"'),
    **dict.fromkeys(("threads", "thread_reads"), '"root_id"'),
}
"""Tables whose rows belong to a message: of one newer than a keyframe none was there, and no row need say so."""
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

    @property
    def message(self) -> str | None:
        """The column that names the message a row belongs to; rows of a newer one than the keyframe's are newer too."""
        return _OF_MESSAGES.get(self.name)

    def same(self, one: str, other: str) -> str:
        """The condition that two rows are of one record."""
        return " AND ".join(f"{one}.{column} = {other}.{column}" for column in self.key)


def shapes(db: sqlite3.Connection) -> list[Shape]:
    """Every table of the views, read from the file itself."""
    names = [str(row[0]) for row in db.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")]
    return [_shape(db, name) for name in names if name not in _NOT_VIEWS and not name.endswith("_past")]


def create(db: sqlite3.Connection) -> None:
    """Make the `…_past` tables for a file whose views were just made."""
    for shape in shapes(db):
        # The declared types matter: ids are asked for as text, and compared as integers.
        typed = [f"{column} {kind}" for column, kind in zip(shape.columns, shape.types, strict=True)]
        past = ", ".join([*typed, "kept_at INTEGER", "gone INTEGER"])
        key = ", ".join([*shape.key, "kept_at"])
        db.execute(f"CREATE TABLE {shape.name}_past ({past}, PRIMARY KEY ({key})) WITHOUT ROWID")
    for index in _INDEXES:
        db.execute(index)


class Keyframes:
    """Where the views can be had again, and what changes behind the newest of them; in the writer's transactions.

    After a roll-back a new one is made: what was put aside before is not known then, and is found to be there.
    """

    def __init__(self, db: sqlite3.Connection, every: int | None = None) -> None:
        self._db = db
        self._every = every or EVERY
        self._keepers = {shape.name: _Keeper(shape) for shape in shapes(db)}
        query = "SELECT seq, message_id FROM keyframes ORDER BY seq DESC LIMIT 1"
        self._seq, self._message_id = (int(value) for value in db.execute(query).fetchone())

    def keep(self, table: str, keys: Iterable[Any]) -> None:
        """Put aside what these rows are in the file, which is about to change; those that are not there are marked so.

        `keys`: values of the key's columns, in their order; of a key of one column the value itself.
        """
        keeper = self._keepers[table]
        fresh: set[Any] = {*keys} - keeper.kept
        if not fresh:
            return
        keeper.kept |= fresh  # also what was born since: it is asked about once
        found: list[tuple[Any, ...]] = [key if isinstance(key, tuple) else (key,) for key in fresh]
        if keeper.born is not None:
            newest = self._seq if keeper.by_seq else self._message_id
            found = [key for key in found if int(key[keeper.born]) <= newest]
        bulk.insert(self._db, keeper.statement, [(self._seq, *key) for key in found])

    def mark(self, seq: int) -> None:
        """The views are written as of `seq`; the transaction is about to be committed."""
        if seq - self._seq < self._every:
            return
        newest = self._db.execute("SELECT id FROM messages ORDER BY seq DESC LIMIT 1").fetchone()
        self._seq, self._message_id = seq, 0 if newest is None else int(newest[0])
        self._db.execute("INSERT INTO keyframes (seq, message_id) VALUES (?, ?)", (self._seq, self._message_id))
        for keeper in self._keepers.values():
            keeper.kept.clear()


class _Keeper:
    """How the rows of one table are put aside, and which were since the keyframe."""

    def __init__(self, shape: Shape) -> None:
        self.kept: set[Any] = set()
        self.by_seq = shape.appended
        born = '"seq"' if shape.appended else shape.message
        self.born = None if born is None else shape.key.index(born)
        """Where the key says when the row came to be, by its `seq` or its message; None: it does not."""
        rest = [column for column in shape.columns if column not in shape.key]
        asked = {column: f"k.column{n}" for n, column in enumerate(shape.key, start=2)}
        same = " AND ".join(f"p.{column} = {value}" for column, value in asked.items())
        # Whoever was first since the keyframe saw the row as it was there.
        self.statement = (
            f"INSERT OR IGNORE INTO {shape.name}_past (kept_at, {', '.join([*shape.key, *rest])}, gone)"
            f" SELECT k.column1, {', '.join([*asked.values(), *(f'p.{c}' for c in rest)])}, p.{shape.key[0]} IS NULL"
            f" FROM (VALUES ({', '.join('?' * (1 + len(asked)))})) AS k LEFT JOIN {shape.name} AS p ON {same}"
        )


def _shape(db: sqlite3.Connection, name: str) -> Shape:
    info = db.execute(f"PRAGMA main.table_info({name})").fetchall()
    key = sorted((row[5], f'"{row[1]}"') for row in info if row[5])
    return Shape(
        name, tuple(column for _, column in key), tuple(f'"{row[1]}"' for row in info), tuple(row[2] for row in info)
    )
