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


def test_the_sign_of_work_is_what_of_it_does_not_change_from_one_moment_to_the_next() -> None:
    seen = read_screen(screen("working 3s", "─────", "❯", "─────", "  working 3s · esc to interrupt"), RULES)
    assert seen.sign_of_work == "esc to interrupt"
    assert read_screen(screen("─────", "❯", "─────", "  idle"), RULES).sign_of_work is None


def test_without_rules_nothing_is_claimed() -> None:
    found = read_screen(screen("$ ls", "─────", "─────"), GENERIC)
    assert (found.state, found.dialog, found.draft, found.queued) == (None, "", None, False)


def test_rules_with_a_broken_pattern_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text('name = "x"\nidle = ["("]\n')
    with pytest.raises(ValidationError):
        ScreenRules.load(path)


def test_only_the_foot_of_the_screen_tells_the_state() -> None:
    rules = RULES.model_copy(update={"foot": 1})
    printed = screen("  waiting · is what an agent printed", "─────", "❯ ", "─────", "  idle")
    assert read_screen(printed, RULES).dialog == "approval"
    assert (read_screen(printed, rules).dialog, read_screen(printed, rules).state) == ("", State.IDLE)


def test_what_waits_is_shown_right_above_the_box_and_nowhere_else() -> None:
    assert read_screen(screen("", "  queued  this", "─────", "❯ ", "─────", "  idle"), RULES).queued
    assert not read_screen(screen("  queued  is a word", "", "─────", "❯ ", "─────", "  idle"), RULES).queued


@pytest.mark.parametrize(
    ("inside", "box"),
    [
        (["❯ "], "empty"),
        (["❯ [relay msg=7 from=a to=@b key=aa]", "  hi", "  [/relay key=aa]"], "holds"),
        (["❯ the end of a long one", "  [/relay key=aa]"], "holds"),
        (["❯ so [relay msg=7 from=a to=@b key=aa]", "  hi", "  [/relay key=aa]"], "joined"),
        (["❯ [relay msg=7 from=a to=@b key=aa]", "  hi", "  [/relay key=aa] and"], "joined"),
        (["❯ [relay msg=8 from=a to=@b key=bb]", "  hi", "  [/relay key=bb]"], "other"),
        (["❯ [relay digest=1 key=aa]", "  [relay msg=8 from=a to=@b key=aa01]", "  [/relay key=aa]"], "holds"),
        (["❯ so [relay digest=1 key=aa]", "  [relay msg=8 from=a to=@b key=aa01]", "  [/relay key=aa]"], "joined"),
        (["❯ x", "  [relay msg=8 from=a to=@b bell key=aa09]", "  hi", "  [/relay key=aa]"], "holds"),
        (["❯ [relay msg=8 from=a to=@b bell key=aa]", "  hi", "  [/relay key=aa]"], "holds"),
    ],
)
def test_the_box_is_asked_for_one_attempt(inside: list[str], box: str) -> None:
    assert read_screen(screen("─────", *inside, "─────", "  idle"), RULES).box("aa") == box
