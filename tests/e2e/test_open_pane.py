"""`o` brings a person to an agent's real pane and back to the deck as it was; the relay goes on meanwhile."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import sys
import time
from pathlib import Path

import pytest

from relay_tui.agents.harnesses.spec import AgentSpec, ScreenRules
from relay_tui.client import RelayClient
from relay_tui.core.model import Evidence, Reached, State
from relay_tui.demo import swarm
from relay_tui.host import Host
from tests.e2e.conftest import Ground
from tests.e2e.terminal import LOOK_EVERY, PATIENCE, RELAY_TUI, Terminal, environment, settings, terminal

pytestmark = pytest.mark.tmux

AGENTS = ("alpha", "beta")
SAID = "while you look elsewhere"


async def launch(ground: Ground) -> str:
    """Two agents that live on, idle; the token of a third that can write to them."""
    async with Host.open(ground.workspace, operator="operator") as host:
        url = await host.serve()
        await host.find_agents()
        for name in AGENTS:
            await host.launch(
                AgentSpec(
                    name=name,
                    argv=[sys.executable, "-m", "relay_tui.demo.program", name],
                    cwd=ground.project,
                    env={"RELAY_PACE": "0.2"},
                    rules=ScreenRules.load(Path(swarm.__file__).parent / "screen.toml"),
                    writes_transcript=True,
                )
            )
        changed = asyncio.Event()
        host.relay.on_commit(lambda _: changed.set())
        async with asyncio.timeout(PATIENCE):
            while any(s.state != State.IDLE for s in (await host.relay.queries.sessions()).values()):
                await changed.wait()
                changed.clear()
        async with await RelayClient.join(url, ground.key, "ann") as ann:
            return ann.token


async def say_to_alpha(ground: Ground, token: str) -> str:
    """Over the socket of the relay that the deck runs; the message's id."""
    port = (ground.workspace.state_dir / "port").read_text().strip()
    async with RelayClient(f"http://127.0.0.1:{port}", token) as ann:
        return (await ann.dm("@alpha", SAID)).id


def until_proven(ground: Ground, message_id: str) -> None:
    """Until the log says that alpha has it, by its own transcript."""
    db = sqlite3.connect(f"file:{ground.workspace.state_dir / 'log.db'}?mode=ro", uri=True)
    wanted = "SELECT count(*) FROM deliveries WHERE message_id = ? AND reached >= ? AND evidence = ?"
    deadline = time.monotonic() + PATIENCE
    try:
        while not db.execute(wanted, (message_id, Reached.DELIVERED, Evidence.TRANSCRIPT)).fetchone()[0]:
            assert time.monotonic() < deadline, "nothing was delivered while the pane was open"
            time.sleep(LOOK_EVERY)  # between two looks at another process's file
    finally:
        db.close()


def timeless(frame: str) -> str:
    """The frame without clock and ages."""
    return re.sub(r" *\d+(?:[smhd]|:\d\d)\b", "", frame)


def beta_under_cursor(deck: Terminal) -> str:
    """The rail's last row is the agent beta; the frame once all is quiet."""
    deck.until(lambda frame: "beta" in frame and "idle" in frame and "keys" in frame, "the deck")
    deck.press("G")
    deck.until(lambda frame: "o pane" in frame, "an agent with a pane")
    return deck.until_still()


def in_the_pane(frame: str) -> bool:
    return "beta, a scripted agent" in frame and "returns" in frame and "o pane" not in frame


@pytest.mark.parametrize("inside", [False, True], ids=["outside tmux", "inside tmux"])
def test_o_lands_in_the_real_pane_and_comes_back_to_the_deck_as_it_was(ground: Ground, inside: bool) -> None:
    token = asyncio.run(launch(ground))
    env = environment(ground.home, LOGNAME="operator")
    with terminal([str(RELAY_TUI)], ground.project, env=env, size=(120, 36), inside=inside) as deck:
        before = beta_under_cursor(deck)
        deck.press("o")
        deck.until(in_the_pane, "the pane of beta")
        until_proven(ground, asyncio.run(say_to_alpha(ground, token)))
        deck.type("typed by a person")
        deck.until(lambda frame: "typed by a person" in frame, "what was typed, in beta's input box")
        deck.press("C-u")
        deck.until(lambda frame: "typed by a person" not in frame)
        deck.press("F12")
        deck.until(lambda frame: "o pane" in frame, "the deck after F12")
        assert timeless(deck.until_still()) == timeless(before)
        deck.press("o")
        deck.until(in_the_pane, "the pane of beta again")
        deck.press("C-b", "d")
        deck.until(lambda frame: "o pane" in frame, "the deck after prefix d")
        assert timeless(deck.until_still()) == timeless(before)
        deck.press("C-q")
        deck.until(lambda frame: "Quit?" in frame)
        deck.press("Enter")
        assert deck.until_ended() == 0


def test_o_inside_the_agents_own_tmux_switches_and_comes_back(ground: Ground) -> None:
    token = asyncio.run(launch(ground))
    socket = ground.workspace.tmux_socket
    env = environment(ground.home, LOGNAME="operator")
    inner = ["tmux", "-u", "-L", socket, "new-session", "-s", "mine", "env", *settings(env), str(RELAY_TUI)]
    with terminal(inner, ground.project, env=env, size=(120, 36)) as deck:
        before = beta_under_cursor(deck)
        deck.press("o")
        deck.until(in_the_pane, "the pane of beta")
        until_proven(ground, asyncio.run(say_to_alpha(ground, token)))
        deck.press("F12")
        deck.until(lambda frame: "o pane" in frame, "the deck after F12")
        assert timeless(deck.until_still()) == timeless(before)
