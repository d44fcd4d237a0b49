"""A connection on which every query of the views answers as of a past entry of the log.

Its temporary schema stands before the file's own: for each table of the views it holds one of the same name and
columns, as of the newest keyframe at or before that entry, with the entries behind the keyframe folded on top by the
same projector that folds them live. So whatever reads the views reads the past, unchanged.
"""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import Any

from relay_tui.core.log import codec
from relay_tui.core.log.store import read_only
from relay_tui.core.model import Agent
from relay_tui.core.views import projector
from relay_tui.core.views.history import Shape, shapes
from relay_tui.core.views.rows import AGENTS, Table
from relay_tui.core.views.state import State

_COPIED = frozenset({"workspace", "agents", "sessions", "channels", "members", "actions"})
"""Small tables that the joins turn around are copied; of the others only what is asked for is read."""
_HINT = re.compile(r"\bINDEXED BY \w+")
_Keyframe = tuple[int, int]
_known: tuple[Shape, ...] = ()


class _Agents(dict[str, Agent]):
    """By id, each loaded when it is asked for: there may be a thousand, and few entries change one."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __missing__(self, agent_id: str) -> Agent:
        query = f"SELECT {AGENTS.columns} FROM agents WHERE id = ?"
        self[agent_id] = found = AGENTS.read(self._db.execute(query, (agent_id,)).fetchone())
        return found


class _Then(State):
    """What is needed to fold a few entries: no agents at once, and no messages that read today as they did then."""

    def __init__(self, db: sqlite3.Connection, changed: frozenset[int]) -> None:
        """`changed`: the `seq` of the messages among those entries that read differently today."""
        super().__init__(db)
        self._changed = changed
        self.agents = _Agents(db)

    def flush(self) -> None:
        self._unwritten = [message for message in self._unwritten if message.seq in self._changed]
        super().flush()

    def _all(self, table: Table[Any], where: str, *values: Any) -> list[Any]:
        return [] if table is AGENTS and not where else super()._all(table, where, *values)


class PastConnection(sqlite3.Connection):
    def execute(self, sql: str, parameters: object = (), /) -> sqlite3.Cursor:
        """Which index a query names is a matter of the tables of today."""
        if "INDEXED BY" in sql:
            sql = _HINT.sub("", sql)
        return super().execute(sql, parameters)  # pyright: ignore[reportArgumentType]


def open_past(path: Path, seq: int) -> sqlite3.Connection:
    """`path`: the log; `seq`: 0 up to its newest entry. The connection may move between threads, one at a time.

    It reads one snapshot of the file until it is closed.
    """
    db = sqlite3.connect(
        read_only(path), uri=True, isolation_level=None, check_same_thread=False, factory=PastConnection
    )
    try:
        db.execute("PRAGMA temp_store = MEMORY")
        db.execute("BEGIN")
        query = "SELECT seq, message_id FROM keyframes WHERE seq <= ? ORDER BY seq DESC LIMIT 1"
        keyframe: _Keyframe = db.execute(query, (seq,)).fetchone()
        every = _shapes(db)
        for shape in every:
            _stand_in(db, shape, keyframe)
        _fold(db, keyframe[0], seq)
        for shape in every:
            if shape.name in _COPIED:
                _index(db, shape)
            elif shape.appended:
                db.execute(f"DROP VIEW temp.{shape.name}")
                db.execute(_appended(db, shape, seq))
        db.execute(f"CREATE TEMP VIEW log AS SELECT * FROM main.log WHERE seq <= {int(seq)}")
    except BaseException:
        db.close()
        raise
    return db


def _shapes(db: sqlite3.Connection) -> tuple[Shape, ...]:
    """As the file has them. It is of this program's schema: an older one is brought up to date when it is opened."""
    global _known
    if not _known:
        _known = tuple(shapes(db))
    return _known


def _stand_in(db: sqlite3.Connection, shape: Shape, keyframe: _Keyframe) -> None:
    name, columns = shape.name, ", ".join(shape.columns)
    copied = name in _COPIED
    local = name if copied else f"{name}_now"
    (sql,) = db.execute("SELECT sql FROM main.sqlite_master WHERE type = 'table' AND name = ?", (name,)).fetchone()
    db.execute(re.sub(rf"^CREATE TABLE {name}\b", f"CREATE TEMP TABLE {local}", sql))
    if copied:
        db.execute(f"INSERT INTO temp.{name} ({columns}) {_copy(shape, keyframe)}")
        return
    new = ", ".join(f"NEW.{column}" for column in shape.columns)
    put = (
        f"CREATE TEMP TRIGGER {name}_put INSTEAD OF INSERT ON temp.{name} BEGIN"
        f" INSERT OR REPLACE INTO {local} ({columns}) VALUES ({new}); END"
    )
    if shape.appended:
        changed = f"{_changed(shape, keyframe)} AND p.seq <= {keyframe[0]}"
        db.execute(f"INSERT INTO temp.{local} ({columns}) {changed}")
        db.execute(_appended(db, shape, keyframe[0]))
        db.execute(put)
        return
    if name == "mentions":
        db.execute(_mentions(shape, keyframe))
        db.execute(put)
        return
    beneath = _as_of(shape, keyframe, f" AND NOT EXISTS (SELECT 1 FROM temp.{local} AS n WHERE {shape.same('n', 'p')})")
    db.execute(f"CREATE TEMP VIEW {name} AS SELECT {columns} FROM temp.{local} UNION ALL {beneath}")
    db.execute(put)


def _index(db: sqlite3.Connection, shape: Shape) -> None:
    """As in the file; behind the fold, because an index that is made in one go costs less."""
    query = "SELECT name, sql FROM main.sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL"
    for own, sql in db.execute(query, (shape.name,)).fetchall():
        db.execute(re.sub(rf"^(CREATE.* INDEX) {own} ON", rf"\1 temp.{own}_now ON", sql))


def _appended(db: sqlite3.Connection, shape: Shape, seq: int) -> str:
    """A view of a table whose rows carry their `seq`: those up to it, and what differs then is looked up beside them.

    No union, so that a query that counts in it uses the indexes too; what is indexed comes from the row itself.
    """
    name, local = shape.name, f"{shape.name}_now"
    indexes = [row[1] for row in db.execute(f"PRAGMA main.index_list({name})")]
    fixed = {f'"{row[2]}"' for index in indexes for row in db.execute(f"PRAGMA main.index_info({index})")} | set(
        shape.key
    )
    then = f"FROM temp.{local} AS n WHERE n.seq = p.seq"
    # Cast to the column's own type: an expression has none, and ids that are asked for as text would equal no number.
    shown = [
        column
        if column in fixed
        else f"CAST(CASE WHEN EXISTS (SELECT 1 {then}) THEN (SELECT {column} {then}) ELSE {column} END AS {kind})"
        f" AS {column}"
        for column, kind in zip(shape.columns, shape.types, strict=True)
    ]
    return f"CREATE TEMP VIEW {name} AS SELECT {', '.join(shown)} FROM main.{name} AS p WHERE p.seq <= {int(seq)}"


def _mentions(shape: Shape, keyframe: _Keyframe) -> str:
    """Mentions only come to be, most of them with their message: no union here either."""
    seq, newest = keyframe
    later = f"SELECT 1 FROM main.mentions_past AS q WHERE {shape.same('q', 'p')} AND q.kept_at >= {seq} AND q.gone = 1"
    since = f"SELECT 1 FROM temp.mentions_now AS n WHERE {shape.same('n', 'p')}"
    return (
        f"CREATE TEMP VIEW mentions AS SELECT {', '.join(shape.columns)} FROM main.mentions AS p"
        f" WHERE (p.message_id <= {newest} AND NOT EXISTS ({later})) OR EXISTS ({since})"
    )


def _old_enough(shape: Shape, keyframe: _Keyframe) -> str:
    """The condition that a row does not belong to a message that is newer than the keyframe: those leave no mark."""
    return "" if shape.message is None else f" AND p.{shape.message} <= {keyframe[1]}"


def _changed(shape: Shape, keyframe: _Keyframe) -> str:
    """What those rows were at a keyframe that have changed since."""
    seq = keyframe[0]
    columns = ", ".join(shape.columns)
    earlier = f"SELECT 1 FROM main.{shape.name}_past AS q WHERE {shape.same('q', 'p')} AND q.kept_at >= {seq}"
    return (
        f"SELECT {columns} FROM main.{shape.name}_past AS p WHERE p.kept_at >= {seq} AND p.gone = 0"
        f" AND NOT EXISTS ({earlier} AND q.kept_at < p.kept_at){_old_enough(shape, keyframe)}"
    )


def _copy(shape: Shape, keyframe: _Keyframe) -> str:
    """As `_as_of`, record by record: none of these is ever deleted, and each changes at many keyframes."""
    past = f"{shape.name}_past"
    columns = ", ".join(f"CASE WHEN q.kept_at IS NULL THEN p.{c} ELSE q.{c} END" for c in shape.columns)
    first = f"SELECT min(r.kept_at) FROM main.{past} AS r WHERE {shape.same('r', 'p')} AND r.kept_at >= {keyframe[0]}"
    return (
        f"SELECT {columns} FROM main.{shape.name} AS p LEFT JOIN main.{past} AS q"
        f" ON {shape.same('q', 'p')} AND q.kept_at = ({first}) WHERE q.gone IS NOT 1"
        # In the order in which both lie, and in which the copy is to lie.
        f" ORDER BY {', '.join(f'p.{column}' for column in shape.key)}"
    )


def _as_of(shape: Shape, keyframe: _Keyframe, besides: str) -> str:
    """The rows of a table at a keyframe: today's that have not changed since, and what the others were."""
    seq = keyframe[0]
    name, columns = shape.name, ", ".join(shape.columns)
    later = f"SELECT 1 FROM main.{name}_past AS q WHERE {shape.same('q', 'p')} AND q.kept_at >= {seq}"
    return (
        f"SELECT {columns} FROM main.{name} AS p WHERE NOT EXISTS ({later}){_old_enough(shape, keyframe)}{besides}"
        f" UNION ALL {_changed(shape, keyframe)}{besides}"
    )


def _fold(db: sqlite3.Connection, after: int, up_to: int) -> None:
    query = f"SELECT {codec.COLUMNS} FROM main.log WHERE seq > ? AND seq <= ? ORDER BY seq"
    entries = [codec.from_row(row) for row in db.execute(query, (after, up_to))]
    if entries:
        changed = "SELECT seq FROM main.messages WHERE seq > ? AND seq <= ? "
        changed += " AND (edited_at IS NOT NULL OR deleted_at IS NOT NULL)"
        state = _Then(db, frozenset(row[0] for row in db.execute(changed, (after, up_to))))
        for entry in entries:
            projector.apply(state, entry)
        state.flush()
