from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from relay_tui.core.views import bulk


@pytest.mark.parametrize("count", [0, 1, 2, 63, 64, 65, 127, 200])
def test_every_row_is_written_once_and_in_its_order(count: int) -> None:
    rows = [(n, f"row {n}") for n in range(count)]
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE TABLE t (n INTEGER, text TEXT)")
        bulk.insert(db, "INSERT INTO t (n, text) VALUES (?, ?)", rows)
        assert db.execute("SELECT n, text FROM t ORDER BY rowid").fetchall() == rows


def test_rows_may_be_asked_about_on_their_way_in() -> None:
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE TABLE t (n INTEGER)")
        db.execute("CREATE TABLE seen (n INTEGER PRIMARY KEY)")
        db.execute("INSERT INTO seen VALUES (3)")
        statement = "INSERT INTO t SELECT k.column1 FROM (VALUES (?)) AS k JOIN seen AS s ON s.n = k.column1"
        bulk.insert(db, statement, [(n,) for n in range(5)])
        assert db.execute("SELECT n FROM t").fetchall() == [(3,)]


def test_a_statement_that_cannot_be_widened_is_a_mistake_of_ours() -> None:
    with closing(sqlite3.connect(":memory:")) as db, pytest.raises(AssertionError):
        bulk.insert(db, "INSERT INTO t VALUES (?, 0)", [(1,), (2,)])
