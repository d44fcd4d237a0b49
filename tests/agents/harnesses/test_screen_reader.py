from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from relay_tui.agents.harnesses.screen_reader import read_screen
from relay_tui.agents.harnesses.spec import GENERIC, InputBox, ScreenRules
from relay_tui.core.model import State

RULES = ScreenRules(
    name="sample",
    idle=["^  idle"],
    working=["^  working"],
    dialogs={"approval": "^  waiting"},
    queued=["^  queued"],
    input=InputBox(edge="^─{3}", indent=2),
)


def screen(*rows: str) -> list[str]:
    return [*rows, "", ""]


def test_an_empty_box_is_no_draft_and_a_full_one_is_its_text_without_white_space() -> None:
    assert read_screen(screen("─────", "❯ ", "─────", "  idle"), RULES).draft == ""
    full = read_screen(screen("─────", "❯ two words", "  and more", "─────", "  idle"), RULES)
    assert full.draft == "twowordsandmore"


def test_only_the_last_two_edges_are_the_box() -> None:
    rows = screen("─────", "❯ quoted", "─────", "text", "─────", "❯ real", "─────", "  idle")
    assert read_screen(rows, RULES).draft == "real"


def test_a_dialog_wins_over_every_other_sign() -> None:
    found = read_screen(screen("  waiting", "  idle", "  working"), RULES)
    assert (found.state, found.dialog) == (State.WAITING, "approval")


def test_work_wins_over_idleness() -> None:
    assert read_screen(screen("  idle", "  working"), RULES).state == State.WORKING


def test_without_rules_nothing_is_claimed() -> None:
    found = read_screen(screen("$ ls", "─────", "─────"), GENERIC)
    assert (found.state, found.dialog, found.draft, found.queued) == (None, "", None, False)


def test_rules_with_a_broken_pattern_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text('name = "x"\nidle = ["("]\n')
    with pytest.raises(ValidationError):
        ScreenRules.load(path)
