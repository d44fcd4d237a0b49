"""What is known of agents and channels, and what comes along with messages, from a script."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.cli.conftest import PATIENCE, RELAY_TUI, Inside, Place, asked, place_in


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    place = place_in(tmp_path_factory.mktemp("describing"))
    with place.up("--port", "0") as up:
        key = {"Authorization": f"Bearer {up.key}"}
        for name in ("helper", "second"):
            httpx.post(f"{up.url}/v1/agents", json={"name": name}, headers=key).raise_for_status()
        yield place
        up.end()


@pytest.fixture
def place(running: Place, inside: Callable[[Place], Inside]) -> Place:
    return inside(running)


def test_a_group_is_mentioned_by_its_name_until_it_is_left(place: Place) -> None:
    asked(place, "agent", "set", "helper", "--group", "reviewers", "--group", "@Docs", "--persona", "it reviews")
    asked(place, "agent", "set", "@second", "--group", "Reviewers")
    assert sorted(asked(place, "send", "general", "@reviewers: look")["mentions"]) == ["helper", "second"]
    shown = place.run("agent", "set", "helper", "--no-group", "REVIEWERS", "--meta", 'limits:={"cpu": 2}').out
    assert shown.splitlines() == [
        "helper  agent  online",
        "  for       it reviews",
        "  groups    @Docs",
        "  in        #general",
        "  due       1",
        '  limits:={"cpu": 2}',
    ]
    assert asked(place, "send", "general", "@reviewers: look")["mentions"] == ["second"]
    assert asked(place, "agent", "set", "helper", "--meta", "limits=")["metadata"] == {"groups": ["Docs"]}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["set", "helper"], "invalid_request"),
        (["set", "helper", "--meta", "nothing"], "invalid_request"),
        (["set", "helper", "--meta", "a:={"], "invalid_request"),
        (["set", "helper", "--group", "two words"], "invalid_name"),
        (["set", "nobody", "--group", "a"], "agent_not_found"),
        (["remove", "operator"], "forbidden"),
    ],
)
def test_what_makes_no_sense_changes_nothing(place: Place, words: list[str], code: str) -> None:
    before = asked(place, "agent", "show", "helper")
    ended = place.run("agent", *words, "--json")
    assert ended.code == 1
    assert json.loads(ended.out)["error"]["code"] == code
    assert asked(place, "agent", "show", "helper") == before


def test_an_agent_that_is_gone_is_taken_out_and_its_name_is_free(place: Place) -> None:
    assert asked(place, "agent", "remove", "@second") == {"agent": "second", "removed": True}
    assert place.run("agent", "show", "second").code == 1


def test_a_channel_keeps_what_is_to_be_known_of_it(place: Place) -> None:
    asked(place, "channel", "create", "described")
    place.run("channel", "set", "described", "--meta", "repo=tagger", "--meta", "stage:=2")
    assert place.run("channel", "show", "#described").out.splitlines() == [
        "#described  1 member",
        "  operator  owner",
        "  repo=tagger",
        "  stage:=2",
    ]


def test_a_file_that_came_along_is_saved_whole_and_over_nothing(place: Place, tmp_path: Path) -> None:
    raw = bytes(range(256)) * 40
    (tmp_path / "raw.bin").write_bytes(raw)
    sent = asked(place, "send", "general", "see", "--attach", str(tmp_path / "raw.bin"))
    file_id = sent["attachments"][0]["file_id"]
    assert f"+ file raw.bin (application/octet-stream, 10240 bytes), id {file_id}" in place.run("read", "general").out
    assert file_id in place.run("file", "list").out
    (tmp_path / "to").mkdir()
    assert (
        place.run("file", "get", file_id, str(tmp_path / "to")).out == f"{tmp_path / 'to' / 'raw.bin'}  10240 bytes\n"
    )
    assert (tmp_path / "to" / "raw.bin").read_bytes() == raw
    again = place.run("file", "get", file_id, str(tmp_path / "raw.bin"), "--json")
    assert (again.code, json.loads(again.out)["error"]["code"]) == (1, "target_exists")


def test_a_file_goes_down_a_pipe_as_it_is(running: Place, place: Place, tmp_path: Path) -> None:
    (tmp_path / "raw.bin").write_bytes(b"\x00\xff\r\n")
    sent = asked(place, "send", "general", "see", "--attach", str(tmp_path / "raw.bin"))
    words = [RELAY_TUI, "file", "get", sent["attachments"][0]["file_id"], "-"]
    done = subprocess.run(words, capture_output=True, env=running.environment(), cwd=running.project, timeout=PATIENCE)
    assert done.stdout == b"\x00\xff\r\n"


def test_blocks_and_data_go_along_and_are_read(place: Place, tmp_path: Path) -> None:
    blocks = [{"type": "header", "text": "Build"}, {"type": "fields", "fields": [{"label": "ok", "value": "309"}]}]
    (tmp_path / "blocks.json").write_text(json.dumps(blocks))
    sent = asked(place, "send", "general", "done", "--blocks", str(tmp_path / "blocks.json"), "--data", "build:=7")
    assert (sent["blocks"], sent["metadata"]) == (blocks, {"build": 7})
    assert place.run("read", "general", "--limit", "1").out.splitlines()[2:] == ["    | Build", "    | ok: 309"]
    (tmp_path / "blocks.json").write_text("{")
    assert place.run("send", "general", "done", "--blocks", str(tmp_path / "blocks.json")).code == 1
