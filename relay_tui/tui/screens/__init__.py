"""What fills the terminal, or lies over it and is answered once; and what the verbs do there.

The deck is drawn first. What can be opened from it is had from here, as `screens.Ask(…)`, and loaded when that is first
done: all of them together, with the widgets that they alone draw, are a twentieth of the time to the first picture.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from relay_tui.tui.screens.about import AboutScreen as AboutScreen
    from relay_tui.tui.screens.ask import Ask as Ask
    from relay_tui.tui.screens.choose import Choose as Choose
    from relay_tui.tui.screens.content import ContentScreen as ContentScreen
    from relay_tui.tui.screens.create import create_form as create_form
    from relay_tui.tui.screens.find import Find as Find
    from relay_tui.tui.screens.form import Field as Field
    from relay_tui.tui.screens.form import Form as Form
    from relay_tui.tui.screens.keys import KeysScreen as KeysScreen
    from relay_tui.tui.screens.ladder import LadderScreen as LadderScreen
    from relay_tui.tui.screens.mail import MailScreen as MailScreen
    from relay_tui.tui.screens.palette import Palette as Palette
    from relay_tui.tui.screens.palette import palette_entries as palette_entries
    from relay_tui.tui.screens.pick import Pick as Pick
    from relay_tui.tui.screens.places import Places as Places
    from relay_tui.tui.screens.react import React as React
    from relay_tui.tui.screens.rules import RulesScreen as RulesScreen
    from relay_tui.tui.screens.stop import StopPanel as StopPanel
    from relay_tui.tui.screens.turn import TurnScreen as TurnScreen
    from relay_tui.tui.screens.why import WhyScreen as WhyScreen

OPENED = {
    "AboutScreen": "about",
    "Ask": "ask",
    "Choose": "choose",
    "ContentScreen": "content",
    "create_form": "create",
    "Find": "find",
    "Field": "form",
    "Form": "form",
    "KeysScreen": "keys",
    "LadderScreen": "ladder",
    "MailScreen": "mail",
    "Palette": "palette",
    "palette_entries": "palette",
    "Pick": "pick",
    "Places": "places",
    "React": "react",
    "RulesScreen": "rules",
    "StopPanel": "stop",
    "TurnScreen": "turn",
    "WhyScreen": "why",
}
"""In which module of this package each of them is."""


def __getattr__(name: str) -> Any:
    if name not in OPENED:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{OPENED[name]}"), name)
