"""The real deck where something is missing: it runs, says what, and ends as it should."""

from __future__ import annotations

import socket
import sqlite3
from pathlib import Path

import pytest

from relay_tui.agents.tmux.backend import find_tmux
from tests.e2e.conftest import Ground
from tests.e2e.terminal import RELAY_TUI, Terminal, environment, terminal

pytestmark = pytest.mark.tmux


def quit_deck(deck: Terminal) -> None:
    deck.press("C-q")
    assert deck.until_ended() == 0


@pytest.mark.parametrize("size", [(160, 48), (120, 36), (80, 24)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_without_tmux_the_deck_runs_and_says_how_to_get_it(ground: Ground, size: tuple[int, int]) -> None:
    find_tmux()
    env = environment(ground.home, LOGNAME="operator", PATH=str(ground.home))
    with terminal([str(RELAY_TUI)], ground.project, env=env, size=size) as deck:
        deck.until(lambda frame: "tmux is not installed." in frame and "brew install tmux" in frame, "how to get tmux")
        deck.press("m")
        deck.until(lambda frame: "TYPING" in frame)
        deck.type("anybody there?")
        deck.press("Enter")
        deck.until(lambda frame: "you → #general" in frame, "the message")
        deck.press("Escape")
        deck.until(lambda frame: "DECK" in frame)
        quit_deck(deck)
    assert messages(ground) == ["anybody there?"]


def test_a_terminal_of_40_by_10_is_a_sentence_until_it_grows(ground: Ground) -> None:
    env = environment(ground.home, LOGNAME="operator")
    with terminal([str(RELAY_TUI)], ground.project, env=env, size=(40, 10)) as deck:
        frame = deck.until(lambda frame: "40×10" in frame, "what is wrong with the terminal")
        assert "60×15" in frame
        assert "quits" in frame
        deck.resize(120, 36)
        deck.until(lambda frame: "#general" in frame and "×10" not in frame, "the deck")
        deck.resize(40, 10)
        deck.until(lambda frame: "40×10" in frame)
        quit_deck(deck)


def test_a_message_to_nobody_is_not_sent_and_not_lost(ground: Ground) -> None:
    env = environment(ground.home, LOGNAME="operator")
    with terminal([str(RELAY_TUI)], ground.project, env=env, size=(120, 36)) as deck:
        deck.until(lambda frame: "m message" in frame, "the deck")
        deck.press("m")
        deck.until(lambda frame: "TYPING" in frame)
        deck.type("hello @nobody, are you there?")
        deck.press("Enter")
        frame = deck.until(lambda frame: "there is no @nobody" in frame, "why it was not sent")
        assert "hello @nobody, are you there?" in frame
        deck.press("Escape")
        deck.until(lambda frame: "DECK" in frame)
        quit_deck(deck)
    assert messages(ground) == []


def test_a_port_that_was_asked_for_and_is_taken_is_said_before_the_screen_opens(ground: Ground) -> None:
    env = environment(ground.home, LOGNAME="operator")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        with terminal([str(RELAY_TUI), "--port", port], ground.project, env=env) as deck:
            assert deck.until_ended() == 3
            assert f"Port {port}" in deck.frame
            assert b"\x1b[?1049h" not in deck.output


def test_a_remembered_port_that_is_taken_leaves_the_deck_open_with_a_sentence(ground: Ground) -> None:
    env = environment(ground.home, LOGNAME="operator")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        Path(ground.workspace.state_dir / "port").write_text(port)
        with terminal([str(RELAY_TUI)], ground.project, env=env) as deck:
            deck.until(lambda frame: f"Port {port}" in frame, "what is taken")
            quit_deck(deck)


def messages(ground: Ground) -> list[str]:
    db = sqlite3.connect(ground.workspace.state_dir / "log.db")
    try:
        return [text for (text,) in db.execute("SELECT text FROM messages")]
    finally:
        db.close()
