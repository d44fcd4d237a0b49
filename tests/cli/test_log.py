"""`relay-tui log`: on a real workspace, beside a relay that runs where that is promised."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import RELAY_TUI, Place


@pytest.fixture
def log(place: Place) -> Path:
    """The log of a workspace that was made and closed again."""
    with place.up() as up:
        up.end()
    return place.state / "log.db"


def test_verify_names_the_head_of_a_log_that_nobody_touched(place: Place, log: Path) -> None:
    ended = place.run("log", "verify", "--json")
    answer = json.loads(ended.out)
    assert (ended.code, answer["ok"], answer["bad_seq"]) == (0, True, None)
    assert len(answer["head"]) == 64
    assert answer["head"] in place.run("log", "verify").out


def test_verify_names_the_first_entry_that_was_changed(place: Place, log: Path) -> None:
    with closing(sqlite3.connect(log, isolation_level=None)) as db:
        db.execute("UPDATE log SET at = at + 1 WHERE seq = 2")
    ended = place.run("log", "verify", "--json")
    assert (ended.code, json.loads(ended.out)["bad_seq"]) == (1, 2)
    assert place.run("log", "verify").out.startswith("entry 2: it is not what was written")


def test_export_is_a_line_of_json_for_each_entry(place: Place, log: Path) -> None:
    entries = [json.loads(line) for line in place.run("log", "export").out.splitlines()]
    assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1))
    assert entries[0]["type"] == "workspace.created"
    assert [json.loads(line) for line in place.run("log", "tail", "-n", "2", "--json").out.splitlines()] == entries[-2:]
    assert len(place.run("log", "export", "--from", "2", "--to", "2").out.splitlines()) == 1
    target = place.project / "log.jsonl"
    assert place.run("log", "export", str(target)).code == 0
    assert target.stat().st_mode & 0o777 == 0o600
    again = place.run("log", "export", str(target))
    assert (again.code, "there already" in again.sentence) == (3, True)


def test_what_only_reads_works_beside_a_relay_that_runs_and_rebuild_does_not(place: Place) -> None:
    with place.up() as up:
        assert place.run("log", "verify").code == 0
        assert place.run("log", "tail").out.count("\n") >= 3
        copy = place.project / "copy.db"
        assert json.loads(place.run("log", "backup", str(copy), "--json").out)["seq"] >= 3
        refused = place.run("log", "rebuild")
        assert refused.code == 3
        assert f"process {up.ready['pid']}" in refused.sentence
        up.end()
    done = place.run("log", "rebuild", "--json")
    assert (done.code, json.loads(done.out)["entries"] >= 3) == (0, True)
    assert place.run("log", "verify").code == 0


@pytest.mark.parametrize("verb", ["", "verify", "tail", "export", "rebuild"])
def test_where_there_is_no_workspace_none_is_made(place: Place, verb: str) -> None:
    ended = place.run("log", *([verb] if verb else []))
    assert (ended.code, "no log" in ended.sentence) == (3, True)
    assert list(place.project.iterdir()) == []


@pytest.mark.parametrize("words", [("mend",), ("tail", "-n", "0"), ("tail", "-n", "-3"), ("backup",)], ids=" ".join)
def test_wrong_words_are_a_sentence_and_exit_code_2(place: Place, words: tuple[str, ...]) -> None:
    ended = place.run("log", *words)
    assert ended.code == 2
    assert "error:" in ended.sentence


def test_what_is_new_is_printed_as_it_comes_and_only_what_was_asked_for(place: Place) -> None:
    with place.up("--port", "0"):
        following = subprocess.Popen(
            [RELAY_TUI, "log", "--follow", "--type", "message.*", "--channel", "general", "--json"],
            cwd=place.project, env=place.environment(), stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            assert following.stdout is not None
            for text in ("one", "two"):
                assert place.run("send", "general", text).code == 0
                assert json.loads(following.stdout.readline())["data"]["text"] == text
        finally:
            following.kill()
            following.communicate()
