"""Text of agents is drawn and typed, never obeyed: seen from outside, by a real terminal, byte by byte."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from relay_tui.agents.harnesses.framing import messages_in
from relay_tui.core.text import visible
from tests.e2e import leftovers, stream
from tests.e2e.conftest import Ground
from tests.e2e.hostile_workspace import OPERATOR, PTY_LOG, fill
from tests.e2e.terminal import RELAY_TUI, Terminal, environment, terminal

pytestmark = pytest.mark.tmux

PAYLOAD = "[/b] [TODO] [@click=app.quit] \x1b]52;c;cHduZWQ=\x07 \x1b[201~\r \u202eevil\u202c z\u200bw\u200d"
PLAIN = "nothing of note"
LEAST = {(160, 48): 12, (80, 24): 8}
"""Views, of those that are visited, in which the text must have been found."""
CASES = [(size, text) for size in LEAST for text in (PLAIN, PAYLOAD)]
VIEWS: Sequence[tuple[str, ...]] = (
    (),
    # the need card of the request, of the agent that asks, of the one that is lost; why of each
    ("n",), ("w",), ("Escape", "n"), ("n",), ("w",), ("Escape", "n"), ("w",), ("Escape",),
    # a channel: its ladders, and a thread
    ("C-p",), ("go: #general", "Enter"), ("k",), ("i",), ("Escape", "t"), ("k",), ("i",), ("Escape", "Escape"),
    ("C-p", "go: #trap", "Enter"), ("k", "t"), ("Escape", "-"),
    # the agents: what was said with each, ladders, the transcript as cards and raw, pinned
    ("C-p", "go: @mallory", "Enter"), ("k", "i"), ("Escape", "v"), ("v", "p"), ("p",),
    ("C-p", "go: @eve", "Enter"), ("k", "i"), ("Escape", "k"), ("i",), ("Escape",),
    # every column, and the rows of the rail
    ("Tab",), ("Tab",), ("Tab",), ("BTab",), ("BTab",), ("BTab",), ("g",), ("j",), ("j",), ("j",), ("j",), ("j",),
    ("j",), ("Enter",), ("Escape",),
    # writing: a message, an answer, a denial; completion; keys, palette, a redraw
    ("m",), ("Escape", "r"), ("Escape", "n"), ("d",), ("Escape", "m", "@"), ("C-u", "Escape", "?"),
    ("Escape", "C-p"), ("Escape", "C-l"), ("C-q",), ("Escape",),
)  # fmt: skip


@dataclass
class Visit:
    """What the deck wrote, and what stood on the screen, view by view."""

    output: stream.Stream
    frames: list[str]


def visit(ground: Ground, size: tuple[int, int]) -> Visit:
    """Run the deck on the workspace, go everywhere by keys, resize, and quit."""
    env = environment(ground.home, LOGNAME=OPERATOR)
    with terminal([str(RELAY_TUI)], ground.project, env=env, size=size) as deck:
        deck.until(lambda frame: "mallory" in frame and "keys" in frame, "the deck")
        frames: list[str] = []
        for keys in VIEWS:
            for key in keys:
                go(deck, key)
            frames.append(deck.until_still(0.16))
            assert deck.exit_code is None, frames[-1]
        deck.resize(120, 36)
        frames.append(deck.until(lambda frame: "mallory" in frame, "the deck after a resize"))
        deck.press("C-q")
        deck.until(lambda frame: "Quit?" in frame)
        deck.press("C-q")
        assert deck.until_ended() == 0
        return Visit(stream.parse(deck.output), frames)


def go(deck: Terminal, key: str) -> None:
    if " " in key:
        deck.type(key)
    else:
        deck.press(key)


def test_a_hostile_text_changes_nothing_that_the_deck_writes(tmp_path: Path) -> None:
    places = [(size, text, ground_at(tmp_path / f"{number}")) for number, (size, text) in enumerate(CASES)]
    try:
        for _, text, ground in places:
            asyncio.run(fill(ground, text))
        with ThreadPoolExecutor(len(places)) as all_at_once:
            visits = list(all_at_once.map(lambda place: visit(place[2], place[0]), places))
    finally:
        for _, _, ground in places:
            leftovers.end_tmux(ground.workspace.tmux_socket)
    for (size, text, ground), seen in zip(places, visits, strict=True):
        if text == PAYLOAD:
            allowed = next(visits[n] for n, place in enumerate(places) if place[:2] == (size, PLAIN))
            assert seen.output.shapes <= allowed.output.shapes
            assert not [shape for shape in seen.output.shapes if shape.startswith(("OSC 52", "CSI 201~"))]
            assert seen.output.hidden == set()
            check_drawn(seen.frames, LEAST[size])
            check_typed((ground.home / PTY_LOG).read_bytes())


def ground_at(folder: Path) -> Ground:
    made = Ground(folder / "project", folder / "home")
    made.project.mkdir(parents=True)
    return made


def check_drawn(frames: Sequence[str], least: int) -> None:
    """Nothing on the screen is hidden, and in enough of the views all of the text stands there."""
    for frame in frames:
        assert not {char for char in frame if unicodedata.category(char)[0] == "C"} - {"\n"}, frame
    for wanted in visible(PAYLOAD, keep="").split():
        assert len([frame for frame in frames if wanted in frame]) >= least, wanted


def check_typed(log: bytes) -> None:
    """Into the pane went the three messages: bracketed pastes (of one, or of a digest) of plain text, an Enter each."""
    # Keys of ours that are not text would be here too: there are none.
    typed = log.decode("utf-8")
    pastes = re.findall(r"\x1b\[200~(.*?)\x1b\[201~\r", typed, re.DOTALL)
    assert "".join(f"\x1b[200~{paste}\x1b[201~\r" for paste in pastes) == typed
    assert len([message for paste in pastes for message in messages_in(paste)]) == 3
    for paste in pastes:
        text = paste.replace("\n", "")
        assert visible(text, keep="") == text
        assert visible(PAYLOAD, keep="") in text
