"""Ink follows the theme on every screen, though no widget has component classes of its own."""

from __future__ import annotations

from relay_tui.tui.drawing.themes import DARK, LIGHT
from relay_tui.tui.screens.keys import KeysScreen
from relay_tui.tui.widgets.inked import Inked

from .frames import Desk, desk


def inks(desk: Desk) -> set[str]:
    """The colours of plain text in all that is drawn line by line on the screen that is in front."""
    found = (widget.ink("text").color for widget in desk.app.screen.query(Inked))
    return {color.name for color in found if color is not None}


async def test_ink_follows_the_theme_on_the_screen_in_front_and_on_the_one_behind_it() -> None:
    async with desk() as made:
        assert inks(made) == {DARK.foreground}
        await made.app.do_keys()
        await made.settle()
        assert isinstance(made.app.screen, KeysScreen)
        assert inks(made) == {DARK.foreground}
        made.app.do_theme()
        await made.settle()
        assert inks(made) == {LIGHT.foreground}
        await made.press("escape")
        assert made.app.screen is made.deck
        assert inks(made) == {LIGHT.foreground}
