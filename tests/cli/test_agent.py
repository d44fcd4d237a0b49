from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Place


@pytest.fixture
def running(place: Place) -> Iterator[Place]:
    """A workspace whose relay runs; its tmux server is ended afterwards."""
    with place.up("--port", "0") as up:
        yield place
        up.end()
    socket = f"relay-{place.state.name}"
    subprocess.run(["tmux", "-L", socket, "kill-server"], check=False, capture_output=True)


@pytest.mark.tmux
def test_an_agent_is_started_listed_restarted_and_released(running: Place) -> None:
    started = running.run("agent", "new", "echo", "--json", "--", "cat", "-u")
    assert started.code == 0, started.err
    made = json.loads(started.out)
    assert (made["name"], made["harness"], made["generation"]) == ("echo", "terminal", 1)
    assert running.run("agent", "list").out.startswith("echo  ")
    assert running.run("agent", "restart", "echo").code == 0
    [row] = json.loads(running.run("agent", "list", "--json").out)
    assert row["generation"] == 2
    released = json.loads(running.run("agent", "release", "@echo", "--json").out)
    assert (released["state"], released["detail"]) == ("exited", "released by the operator")


@pytest.mark.tmux
def test_an_agent_in_a_tmux_of_ones_own_is_listed_adopted_and_let_go(running: Place) -> None:
    socket = f"relay-test-adopt-{os.getpid()}"

    def tmux(*args: str) -> str:
        done = subprocess.run(["tmux", "-L", socket, *args], capture_output=True, text=True, timeout=10, check=True)
        return done.stdout.strip()

    pane = tmux("-f", "/dev/null", "new-session", "-d", "-s", "mine", "-P", "-F", "#{pane_id}", "exec cat")
    try:
        listed = running.run("agent", "adopt", "--list", "--socket", socket, "--json")
        assert listed.code == 0, listed.out
        [row] = json.loads(listed.out)
        assert (row["pane_id"], row["place"], row["shell"], row["refusal"]) == (pane, "mine:0.0", "", "")
        assert running.run("agent", "adopt", "--list", "--socket", socket).out.startswith(pane)
        refused = running.run("agent", "adopt", "pet", "--socket", socket)
        assert (refused.code, "There is no agent that could be taken in." in refused.err) == (1, True)
        adopted = running.run("agent", "adopt", "pet", "--pane", pane, "--socket", socket, "--json")
        assert json.loads(adopted.out)["adopted"] is True, adopted.err
        released = running.run("agent", "release", "pet")
        assert "released by the operator; its program goes on in its pane" in released.out
        assert tmux("display-message", "-p", "-t", pane, "#{pane_current_command}") == "cat"
    finally:
        tmux("kill-server")


@pytest.mark.tmux
def test_it_runs_where_it_was_told_to(running: Place, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    written = tmp_path / "written"
    words = ["sh", "-c", f'pwd > "{written}.part"; mv "{written}.part" "{written}"; exec cat']
    assert running.run("agent", "new", "there", "--cwd", str(elsewhere), "--", *words).code == 0
    assert running.run("agent", "list").out.startswith("there  ")
    assert written.read_text().strip() == str(elsewhere)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("new", "a b", "--", "cat"), "'a b' is no name for an agent."),
        (("new", "x", "--", "no-such-program"), "There is no program 'no-such-program' on this machine."),
        (("new", "operator", "--", "cat"), "operator is not an agent's name here."),
        (("new", "x", "--cwd", "/no/such", "--", "cat"), "There is no directory /no/such."),
        (("adopt", "x", "--socket", "relay-test-nobody"), "No tmux server of yours listens on"),
        (("adopt", "x", "--socket", "a/b"), "a/b: must be a name or an absolute path."),
        (("adopt", "x", "--pane", "3"), "pane: String should match pattern"),
        (("adopt", "a b"), "'a b' is no name for an agent."),
        (("adopt",), "What is it to be called?"),
        (("restart", "nobody"), "There is no agent of this name."),
        (("release", "nobody"), "There is no agent of this name."),
    ],
)
def test_what_cannot_be_done_is_a_sentence_and_nobody_is_registered(
    running: Place, words: tuple[str, ...], sentence: str
) -> None:
    ended = running.run("agent", *words)
    assert ended.code == 1
    assert sentence in ended.sentence
    assert running.run("agent", "list").out.startswith("No agents yet.")


def test_without_a_running_relay_it_says_what_to_start(place: Place) -> None:
    before = place.run("agent", "list")
    assert before.code == 3
    assert "There is no workspace in" in before.sentence
    with place.up("--port", "0") as up:
        up.end()
    ended = place.run("agent", "new", "x", "--", "cat")
    assert ended.code == 3
    assert "No relay runs for" in ended.sentence
    assert "Start `relay-tui` or `relay-tui up` there first." in ended.sentence


def test_words_that_are_missing_are_said(place: Place) -> None:
    ended = place.run("agent", "new", "x")
    assert ended.code == 2
    assert "COMMAND" in ended.sentence
