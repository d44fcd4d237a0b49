"""A workspace that cannot be used is refused in a sentence, and is afterwards what it was before, byte by byte."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest

from tests.cli.conftest import Place


def newer_file(place: Place) -> None:
    path = place.project / ".relay" / "workspace.toml"
    path.write_text(path.read_text().replace("version = 1", "version = 2"))


def garbled_file(place: Place) -> None:
    (place.project / ".relay" / "workspace.toml").write_text("]]]")


def no_database(place: Place) -> None:
    (place.state / "log.db").write_bytes(b"these are not the bytes of a database\n" * 500)


def torn_database(place: Place) -> None:
    path = place.state / "log.db"
    path.write_bytes(path.read_bytes()[:5000])


def another_database(place: Place) -> None:
    path = place.state / "log.db"
    path.unlink()
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE photos (id INTEGER)")
    db.close()


def newer_schema(place: Place) -> None:
    db = sqlite3.connect(place.state / "log.db")
    db.execute("PRAGMA user_version = 99")
    db.close()


def a_folder(place: Place) -> None:
    path = place.state / "log.db"
    path.unlink()
    path.mkdir()


Spoil = Callable[[Place], None]


@pytest.fixture
def used(place: Place) -> Place:
    """A workspace that was open once."""
    with place.up("--port", "0") as up:
        up.end()
    return place


@pytest.mark.parametrize("command", ["up", "deck"])
@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (newer_file, "version 2"),
        (garbled_file, "is not TOML"),
        (no_database, "log.db"),
        (torn_database, "log.db"),
        (another_database, "log.db"),
        (newer_schema, "schema version 99"),
        (a_folder, "log.db"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_what_cannot_be_used_is_refused_and_left_alone(used: Place, spoil: Spoil, says: str, command: str) -> None:
    spoil(used)
    before = used.on_disk()
    ended = used.run("up") if command == "up" else used.run_in_terminal()
    assert ended.code == 3
    assert says in ended.sentence
    assert len(ended.sentence.splitlines()) == 2
    assert used.on_disk() == before
