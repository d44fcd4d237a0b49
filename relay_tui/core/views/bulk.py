"""Writing many rows by few statements: 64 rows cost one step of SQLite, and one turn of the interpreter's lock.

`executemany` costs a quarter more, and each of its rows may have to wait for another thread that computes.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from functools import cache
from itertools import chain
from typing import Any

_VALUES = re.compile(r"VALUES (\([?, ]+\))")
_SIZES = (64, 32, 16, 8, 4, 2, 1)
"""Rows of one statement: few different ones, so that each is prepared once."""


def insert(db: sqlite3.Connection, statement: str, rows: Sequence[Sequence[Any]]) -> None:
    """`statement`: has one `VALUES (?, …)` in it. Rows are inserted in their order."""
    begin, left = 0, len(rows)
    for size in _SIZES:
        while left >= size:
            values = rows[begin] if size == 1 else tuple(chain.from_iterable(rows[begin : begin + size]))
            db.execute(_of(statement, size), values)
            begin, left = begin + size, left - size


@cache
def _of(statement: str, size: int) -> str:
    wide, found = _VALUES.subn(lambda found: f"VALUES {', '.join([found[1]] * size)}", statement)
    assert found == 1, "one row of marks, to be said several times"
    return wide
