from __future__ import annotations

import signal
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.cli.conftest import PATIENCE, RELAY_TUI, Place, Up


def test_it_prints_one_line_of_json_and_ends_cleanly_on_sigterm(place: Place) -> None:
    with place.up("--port", "0") as up:
        assert list(up.ready) == ["url", "pid", "workspace", "state", "key_file"]
        assert httpx.get(f"{up.url}/health").status_code == 200
        key_file = Path(up.ready["key_file"])
        assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
        assert stat.S_IMODE(Path(up.ready["state"]).stat().st_mode) == 0o700
        assert Path(up.ready["state"]) == place.state
        assert up.key not in up.line
        began = time.monotonic()
        ended = up.end()
    assert time.monotonic() - began < 3
    assert (ended.code, ended.out, ended.err) == (0, "", "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name)
def test_other_ways_to_be_ended_are_clean_too(place: Place, number: signal.Signals) -> None:
    with place.up("--port", "0") as up:
        ended = up.end(number)
    assert (ended.code, ended.out, ended.err) == (0, "", "")


def test_a_workspace_keeps_its_port_and_its_key(place: Place) -> None:
    with place.up("--port", "0") as up:
        url, key = up.url, up.key
        up.end()
    with place.up() as up:
        assert (up.url, up.key) == (url, key)


def test_state_lies_outside_the_project(place: Place) -> None:
    with place.up("--port", "0") as up:
        up.end()
    assert [str(path.relative_to(place.project)) for path in place.project.rglob("*")] == [
        ".relay",
        ".relay/workspace.toml",
    ]


def test_words_for_a_person_instead_of_json(place: Place) -> None:
    process = subprocess.Popen(
        [RELAY_TUI, "up", "--port", "0"], cwd=place.project, env=place.environment(), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert "made just now" in line
        assert "http://127.0.0.1:" in line
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)
    assert process.returncode == 0


def test_a_port_that_is_taken_is_a_sentence(place: Place) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = place.run("up", "--port", str(port))
    assert ended.code == 3
    assert f"Port {port}" in ended.sentence
    assert "--port" in ended.sentence
    with place.up("--port", "0"):
        pass


@pytest.mark.parametrize("command", ["up", "deck"])
def test_a_workspace_that_is_open_elsewhere_is_a_sentence_that_names_the_process(place: Place, command: str) -> None:
    with place.up("--port", "0") as up:
        before = place.on_disk()
        ended = place.run("up") if command == "up" else place.run_in_terminal()
        assert place.on_disk() == before
        assert httpx.get(f"{up.url}/health").status_code == 200
    assert ended.code == 3
    assert f"process {up.ready['pid']}" in ended.sentence


@pytest.fixture
def up(place: Place) -> Iterator[Up]:
    with place.up("--port", "0") as found:
        yield found


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "unauthorized"),
        ({"Authorization": "Bearer"}, "unauthorized"),
        ({"Authorization": "Basic cm9vdDpyb290"}, "unauthorized"),
        (bearer("rk_live_" + "0" * 64), "unauthorized"),
        (bearer("at_live_" + "0" * 64), "agent_token_invalid"),
        (bearer("nt_live_" + "0" * 64), "node_token_invalid"),
    ],
    ids=["none", "empty", "not a bearer", "another key", "unknown agent's", "unknown node's"],
)
def test_a_token_that_is_missing_or_wrong_is_401_and_a_sentence(up: Up, headers: dict[str, str], code: str) -> None:
    answer = httpx.post(f"{up.url}/v1/agents", json={"name": "eve"}, headers=headers)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == code
    assert answer.json()["error"]["message"].endswith(".")
    names = [agent["name"] for agent in httpx.get(f"{up.url}/v1/agents", headers=bearer(up.key)).json()["data"]]
    assert "eve" not in names


def test_a_message_to_nobody_is_404_and_nothing_is_stored(up: Up) -> None:
    made = [
        httpx.post(f"{up.url}/v1/agents", json={"name": name}, headers=bearer(up.key)) for name in ("ann", "builder")
    ]
    ann = bearer(made[0].json()["data"]["token"])
    nobody = httpx.post(f"{up.url}/v1/dm", json={"to": "@buidler", "text": "hello"}, headers=ann)
    assert (nobody.status_code, nobody.json()["error"]["code"]) == (404, "agent_not_found")
    assert nobody.json()["error"]["message"] == "There is no agent called buidler."
    assert nobody.json()["error"]["hint"] == "Did you mean @builder?"
    nowhere = httpx.post(f"{up.url}/v1/channels/nowhere/messages", json={"text": "hello"}, headers=ann)
    assert (nowhere.status_code, nowhere.json()["error"]["code"]) == (404, "channel_not_found")
