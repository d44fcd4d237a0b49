"""`agent open` brings a person to an agent's pane from a shell, and back."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator

import pytest

from tests.cli.conftest import RELAY_TUI, Inside, Place
from tests.e2e.terminal import settings, terminal

pytestmark = pytest.mark.tmux
OPEN = [str(RELAY_TUI), "agent", "open", "@echo"]


@pytest.fixture
def ground(place: Place, inside: Callable[[Place], Inside]) -> Iterator[Inside]:
    """A relay with an agent that says something on its screen."""
    with place.up("--port", "0") as up:
        here = inside(place)
        started = here.run("agent", "new", "echo", "--", "sh", "-c", "echo in here; exec cat")
        assert started.code == 0, started.err
        yield here
        up.end()
    subprocess.run(["tmux", "-L", socket(place), "kill-server"], check=False, capture_output=True)


def socket(place: Place) -> str:
    return f"relay-{place.state.name}"


def size(place: Place) -> str:
    pane = json.loads(place.run("agent", "open", "echo", "--json").out)["pane"]["pane_id"]
    asked = ["display-message", "-p", "-t", pane, "#{pane_width}x#{pane_height}"]
    return subprocess.run(
        ["tmux", "-L", socket(place), *asked], capture_output=True, text=True, check=True
    ).stdout  # fmt: skip


@pytest.mark.parametrize("nested", [False, True], ids=["outside tmux", "in another tmux"])
def test_from_a_shell_tmux_is_attached_until_the_person_leaves(ground: Inside, nested: bool) -> None:
    before = size(ground)
    with terminal(OPEN, ground.project, env=ground.environment(), size=(90, 20), inside=nested) as shell:
        shell.until(lambda frame: "in here" in frame and "F12 or prefix d returns" in frame, "the pane")
        shell.type("by hand")
        shell.press("Enter")
        shell.until(lambda frame: frame.count("by hand") == 2, "the program's answer")
        shell.press("F12")
        assert shell.until_ended() == 0
    assert size(ground) == before


def test_inside_the_agents_own_tmux_the_terminal_is_switched(ground: Inside) -> None:
    env = ground.environment()
    words = ["tmux", "-u", "-L", socket(ground), "new-session", "-s", "mine", "env", *settings(env), "sh"]
    with terminal(words, ground.project, env=env, size=(90, 20)) as shell:
        shell.type(f"PS1='shell'; {' '.join(OPEN)}")
        shell.press("Enter")
        shell.until(lambda frame: "in here" in frame and "agent open" not in frame, "the pane")
        shell.press("F12")
        shell.until(lambda frame: "agent open" in frame, "the shell again")


def test_without_a_pane_or_a_terminal_it_says_so(ground: Inside) -> None:
    nobody = ground.run("agent", "open", "operator", "--json")
    assert (nobody.code, json.loads(nobody.out)["error"]["code"]) == (1, "no_pane")
    assert json.loads(nobody.out)["error"]["hint"]
    piped = ground.run("agent", "open", "echo")
    assert (piped.code, "needs a terminal" in piped.sentence) == (3, True)
