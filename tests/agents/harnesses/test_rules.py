"""What the rules that come with relay-tui say of screens that the real programs drew.

Claude Code 2.1.328, Codex 0.169.0, opencode 1.18.33, in 120 columns, with `[relay … key=9f3a12cd]` pasted as one line,
or key 9f3a12ce as several.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from relay_tui.agents.harnesses.screen_reader import Box, Screen, read_screen
from relay_tui.agents.harnesses.spec import GENERIC, InputBox, ScreenRules
from relay_tui.core.model import State

SCREENS = Path(__file__).with_name("screens")


def screen(program: str, name: str) -> Screen:
    rows = (SCREENS / f"{program}-{name}.txt").read_text("utf-8").splitlines()
    return read_screen(rows, ScreenRules.of(program))


@pytest.mark.parametrize("program", ["claude", "codex", "opencode"])
def test_an_idle_screen_is_idle_with_an_empty_box(program: str) -> None:
    idle = screen(program, "idle")
    assert (idle.state, idle.dialog, idle.box("9f3a12cd")) == (State.IDLE, "", "empty")


@pytest.mark.parametrize("program", ["claude", "codex", "opencode"])
def test_a_working_screen_is_working(program: str) -> None:
    working = screen(program, "working")
    assert (working.state, working.dialog, working.box("9f3a12cd")) == (State.WORKING, "", "empty")


@pytest.mark.parametrize("program", ["claude", "codex", "opencode"])
def test_a_dialog_is_waiting_and_shows_no_box(program: str) -> None:
    dialog = screen(program, "dialog")
    assert (dialog.state, dialog.dialog, dialog.box("9f3a12cf")) == (State.WAITING, "approval", "hidden")


@pytest.mark.parametrize(("program", "box"), [("claude", "holds"), ("codex", "holds"), ("opencode", "folded")])
def test_a_pasted_line_stands_in_the_box_or_is_folded_there(program: str, box: Box) -> None:
    pasted = screen(program, "pasted")
    assert pasted.box("9f3a12cd") == box
    assert pasted.box("00000000") in {"other", "folded"}


def test_pasted_lines_that_are_folded_away_are_not_taken_for_words() -> None:
    assert screen("claude", "pasted-lines").box("9f3a12ce") == "folded"


def test_a_program_that_is_not_known_gets_the_rules_for_any() -> None:
    assert ScreenRules.of("") == ScreenRules.of("vim") == GENERIC


def test_a_box_is_found_one_way() -> None:
    for given in ({}, {"edge": "─", "prompt": ">"}):
        with pytest.raises(ValidationError, match="by `edge` or by `prompt`"):
            InputBox.model_validate(given)
