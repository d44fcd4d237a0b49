"""What holds for each command there is, also for those to come: whatever is typed, it ends with one of the four exit
codes, says why in a sentence, writes nothing raw to a terminal, and what it refuses has changed nothing."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from relay_tui.cli.main import USAGE, build_parser
from relay_tui.cli.tree import Node, tree

from .conftest import Ended, Inside, Place

RUNNING = {"/demo", "/up", "/down"}
"""They go on until they are ended, or end what runs; their own tests give them bad input."""
HOSTILE = ("", "999", "-1", "\x1b]52;c;eA==\x07\u202e@nobody", "a\udcffb", "x" * 70_000)
LEAVES = [node for node in tree(build_parser()).walk() if node.words and not node.children and node.path not in RUNNING]
Enter = Callable[[Place], Inside]


@pytest.fixture(scope="module")
def placed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("every")
    (folder / "project").mkdir()
    place = Place(folder / "project", folder / "home")
    with place.up():
        yield place


def newest(place: Place) -> int:
    with closing(sqlite3.connect(f"{(place.state / 'log.db').as_uri()}?mode=ro", uri=True)) as db:
        return db.execute("SELECT max(seq) FROM log").fetchone()[0]


def files(place: Place) -> set[Path]:
    return set(place.project.rglob("*"))


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf.path)
def test_whatever_is_typed_is_done_or_explained(leaf: Node, placed: Place, inside: Enter) -> None:
    here = inside(placed)
    fitting = [count for count in range(4) if attempt(here, [*leaf.words, *["general"] * count]) != USAGE]
    for value in HOSTILE:
        for count in fitting or [1]:
            attempt(here, [*leaf.words, *[value] * count])
    for option in leaf.options:
        if option.takes_value and not option.files:
            for value in HOSTILE[1:4]:
                attempt(here, [*leaf.words, f"{option.names[-1]}={value}", *["general"] * (fitting or [1])[-1]])


def attempt(here: Inside, words: list[str]) -> int:
    before, there = newest(here), files(here)
    done = here.run(*words)
    said = f"{[word[:40] for word in words]} → {done.code} {done.out[:300]} {done.err[:300]}"
    assert done.code in (0, 1, 2, 3), said
    assert "fault of its own" not in done.err, said
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\x9b\u202e]", done.out + done.err), said
    if done.code:
        assert (done.out + done.err).strip(), said
        assert newest(here) == before, said
        assert files(here) == there, said
    return done.code


def test_a_refusal_with_json_is_one_document_with_code_and_hint(placed: Place, inside: Enter) -> None:
    done: Ended = inside(placed).run("reply", "999", "hello", "--json")
    error = json.loads(done.out)["error"]
    assert done.code == 1
    assert error["code"] == "message_not_found"
    assert error["message"].endswith(".")
    assert error["hint"].endswith(".")
