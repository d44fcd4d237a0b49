from __future__ import annotations

from itertools import product

import pytest
from textual.color import Color
from textual.theme import Theme

from relay_tui.tui.drawing.contrast import READABLE, contrast, readable
from relay_tui.tui.drawing.themes import DARK, GROUNDS, LIGHT
from relay_tui.tui.widgets.inked import Inked
from tests.tui.frames import desk
from tests.tui.source_sample import SampleSource

BLACK, WHITE, GREY = Color(0, 0, 0), Color(255, 255, 255), Color(119, 119, 119)


def test_contrast_is_what_wcag_says() -> None:
    assert contrast(BLACK, WHITE) == pytest.approx(21)
    assert contrast(WHITE, BLACK) == pytest.approx(21)
    assert contrast(GREY, GREY) == 1
    assert contrast(GREY, WHITE) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_every_colour_of_a_program_can_be_read_on_each_ground(theme: Theme) -> None:
    text = Color.parse(theme.variables["relay-text"])
    for name in GROUNDS:
        ground = Color.parse(theme.variables[f"relay-{name}"])
        for parts in product((0, 64, 128, 192, 255), repeat=3):
            ink = Color(*parts)
            drawn = readable(ink, ground, text)
            assert contrast(drawn, ground) >= READABLE
            assert drawn == ink or contrast(ink, ground) < READABLE, "what can be read is left as it is"


@pytest.mark.parametrize(
    ("drawn", "left"),
    [
        ("raw:#1a5fb4", True),
        ("raw:#7cc5cf", False),
        ("raw:bold color(231)", False),
        ("raw:color(7)", True),
        ("raw:#ffffff on #1a1a1a", True),
        ("raw:reverse #ffffff", True),
    ],
)
async def test_a_programs_pale_words_are_drawn_darker_on_a_light_ground(drawn: str, left: bool) -> None:
    async with desk(source=SampleSource()) as d:
        d.app.theme = LIGHT.name
        await d.settle()
        widget = d.deck.query(Inked).first()
        style, wanted = widget.ink(drawn), drawn.removeprefix("raw:").split(" on ")[0].split()[-1]
        assert style.color is not None
        assert (style.color.name == wanted) is left
        assert style.bold is (True if "bold" in drawn else None)
