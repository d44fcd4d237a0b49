"""Lines are as wide as terminals draw them, whatever emoji are in them."""

from __future__ import annotations

import pytest

from relay_tui.tui.drawing.ink import said, wrap

SKIN = "\U0001f3fd"


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        (f"👍{SKIN} yes", "👍 yes"),
        (f"👋{SKIN}{SKIN}", "👋"),
        (f"a{SKIN}b", "a‹U+1F3FD›b"),
        (SKIN, "‹U+1F3FD›"),
        ("plain 👀", "plain 👀"),
    ],
    ids=["on an emoji", "twice", "on a letter", "alone", "none"],
)
def test_a_skin_tone_takes_no_cell_that_a_terminal_may_draw_or_not(text: str, drawn: str) -> None:
    assert said(text).text == drawn
    assert wrap(text, 40) == [drawn]


def test_where_every_character_counts_a_skin_tone_is_spelled() -> None:
    assert wrap(f"rm 👍{SKIN}", 40, exact=True) == ["rm 👍‹U+1F3FD›"]
