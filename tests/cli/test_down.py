from __future__ import annotations

import io
import json
import subprocess
from collections.abc import Callable, Iterator

import pytest

from relay_tui.core.log.owner import OwnerLock
from relay_tui.core.relay import LOCK_NAME
from tests.cli.conftest import RELAY_TUI, Inside, Place
from tests.e2e.terminal import terminal


class Typed(io.StringIO):
    """What a person at a terminal answers."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def ground(place: Place, inside: Callable[[Place], Inside]) -> Iterator[Inside]:
    """A project whose tmux server is ended afterwards."""
    yield inside(place)
    subprocess.run(["tmux", "-L", f"relay-{place.state.name}", "kill-server"], check=False, capture_output=True)


def test_it_tells_the_process_that_ended_and_the_workspace_is_free_when_it_returns(
    place: Place, inside: Callable[[Place], Inside]
) -> None:
    here = inside(place)
    assert here.run("down").code == 3, "there is no workspace"
    with place.up("--port", "0") as up:
        done = here.run("down", "--json")
        lock = OwnerLock(place.state / LOCK_NAME)
        lock.take()
        lock.release()
        assert done.code == 0, done.err
        assert json.loads(done.out)["pid"] == up.ready["pid"]
        ended = up.end()
    assert (ended.code, ended.err) == (0, "")
    nothing = here.run("down")
    assert nothing.code == 3
    assert "No relay runs" in nothing.sentence
    assert "There is nothing to end." in nothing.sentence


@pytest.mark.tmux
def test_agents_live_on_unless_it_is_asked_to_end_them_and_that_is_confirmed(
    ground: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ground.up("--port", "0"):
        assert ground.run("agent", "new", "echo", "--", "cat", "-u").code == 0
        done = ground.run("down")
        assert (done.code, "live on: echo" in done.out) == (0, True), done.err
    with ground.up("--port", "0") as up:
        [row] = json.loads(ground.run("agent", "list", "--json").out)
        assert (row["generation"], row["state"] in ("exited", "lost")) == (1, False)
        refused = ground.run("down", "--agents", "--json")
        assert (refused.code, json.loads(refused.out)["error"]["code"]) == (1, "not_confirmed")
        monkeypatch.setattr("sys.stdin", Typed("\n"))
        asked = ground.run("down", "--agents")
        assert "That ends 1 program: echo. Sure? [y/N]" in asked.err
        assert (asked.code, "Nothing was ended." in asked.err) == (1, True)
        assert ground.run("status").code == 0
        ended = ground.run("down", "--agents", "--yes", "--json")
        assert ended.code == 0, ended.err
        said = json.loads(ended.out)
        assert (said["pid"], said["agents"], said["agents_ended"]) == (up.ready["pid"], ["echo"], True)
    socket = f"relay-{ground.state.name}"
    panes = subprocess.run(["tmux", "-L", socket, "list-panes", "-a"], capture_output=True, check=False)
    assert panes.returncode != 0, "its program runs on, in its tmux server"


@pytest.mark.tmux
def test_a_deck_is_ended_by_its_own_quit_only(place: Place) -> None:
    with terminal([str(RELAY_TUI)], place.project, env=place.environment(), size=(100, 30)) as deck:
        deck.until(lambda frame: "keys" in frame, "the deck")
        deck.until(lambda _: place.run("status").code == 0, "its relay")
        refused = place.run("down")
        assert refused.code == 1
        assert "A deck runs this relay (process " in refused.sentence
        assert "ctrl+q" in refused.sentence
        assert json.loads(place.run("status", "--json").out)["screen"] is True
