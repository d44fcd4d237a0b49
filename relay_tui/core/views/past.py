"""A connection on which every query of the views answers as of a past entry of the log.

Its temporary schema stands before the file's own: for each table of the views it holds one of the same name and
columns, as of the newest keyframe at or before that entry, with the entries behind the keyframe folded on top by the
same projector that folds them live. So whatever reads the views reads the past, unchanged.
"""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

from relay_tui.core.log import codec
from relay_tui.core.log.store import read_only
from relay_tui.core.views import projector
from relay_tui.core.views.history import Shape, shapes
from relay_tui.core.views.state import State

_COPIED = frozenset({"workspace", "agents", "sessions", "channels", "members", "actions"})
"""Small tables that the joins turn around are copied; of the others only what is asked for is read."""
_HINT = re.compile(r"\bINDEXED BY \w+")
_Keyframe = tuple[int, int]


class PastConnection(sqlite3.Connection):
    def execute(self, sql: str, parameters: object = (), /) -> sqlite3.Cursor:
        """Which index a query names is a matter of the tables of today."""
        return super().execute(_HINT.sub("", sql), parameters)  # pyright: ignore[reportArgumentType]


def open_past(path: Path, seq: int) -> sqlite3.Connection:
    """`path`: the log; `seq`: 0 up to its newest entry. The connection may move between threads, one at a time."""
    db = sqlite3.connect(
        read_only(path), uri=True, isolation_level=None, check_same_thread=False, factory=PastConnection
    )
    try:
        db.execute("PRAGMA temp_store = MEMORY")
        db.execute("BEGIN")  # one snapshot until it stands; afterwards the past does not change
        query = "SELECT seq, message_id FROM keyframes WHERE seq <= ? ORDER BY seq DESC LIMIT 1"
        keyframe: _Keyframe = db.execute(query, (seq,)).fetchone()
        for shape in shapes(db):
            _stand_in(db, shape, keyframe)
        _fold(db, keyframe[0], seq)
        db.execute(f"CREATE TEMP VIEW log AS SELECT * FROM main.log WHERE seq <= {int(seq)}")
        db.execute("COMMIT")
    except BaseException:
        db.close()
        raise
    return db


def _stand_in(db: sqlite3.Connection, shape: Shape, keyframe: _Keyframe) -> None:
    name, columns = shape.name, ", ".join(shape.columns)
    copied = name in _COPIED
    local = name if copied else f"{name}_now"
    query = (
        "SELECT name, sql FROM main.sqlite_master WHERE tbl_name = ? AND type IN ('table', 'index') ORDER BY type DESC"
    )
    for own, sql in db.execute(query, (name,)).fetchall():
        if own == name:
            db.execute(re.sub(rf"^CREATE TABLE {name}\b", f"CREATE TEMP TABLE {local}", sql))
        elif sql:
            db.execute(re.sub(rf"^(CREATE.* INDEX) {own} ON {name}\b", rf"\1 temp.{own}_now ON {local}", sql))
    if copied:
        db.execute(f"INSERT INTO temp.{name} ({columns}) {_as_of(shape, keyframe, '')}")
        return
    beneath = _as_of(shape, keyframe, f" AND NOT EXISTS (SELECT 1 FROM temp.{local} AS n WHERE {shape.same('n', 'p')})")
    db.execute(f"CREATE TEMP VIEW {name} AS SELECT {columns} FROM temp.{local} UNION ALL {beneath}")
    new = ", ".join(f"NEW.{column}" for column in shape.columns)
    db.execute(
        f"CREATE TEMP TRIGGER {name}_put INSTEAD OF INSERT ON temp.{name} BEGIN"
        f" INSERT OR REPLACE INTO {local} ({columns}) VALUES ({new}); END"
    )


def _as_of(shape: Shape, keyframe: _Keyframe, besides: str) -> str:
    """The rows of a table at a keyframe: today's that have not changed since, and what the others were."""
    seq, message_id = keyframe
    name, columns = shape.name, ", ".join(shape.columns)
    if shape.appended:
        besides += f" AND p.seq <= {seq}"
    elif name == "mentions":
        besides += f" AND p.message_id <= {message_id}"
    later = f"SELECT 1 FROM main.{name}_past AS q WHERE {shape.same('q', 'p')} AND q.kept_at >= {seq}"
    return (
        f"SELECT {columns} FROM main.{name} AS p WHERE NOT EXISTS ({later}){besides}"
        f" UNION ALL SELECT {columns} FROM main.{name}_past AS p WHERE p.kept_at >= {seq} AND p.gone = 0"
        f" AND NOT EXISTS ({later} AND q.kept_at < p.kept_at){besides}"
    )


def _fold(db: sqlite3.Connection, after: int, up_to: int) -> None:
    query = f"SELECT {codec.COLUMNS} FROM main.log WHERE seq > ? AND seq <= ? ORDER BY seq"
    entries = [codec.from_row(row) for row in db.execute(query, (after, up_to))]
    if entries:
        state = State(db)
        for entry in entries:
            projector.apply(state, entry)
        state.flush()
