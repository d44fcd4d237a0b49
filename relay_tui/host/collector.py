"""How often the program that hosts a relay looks for garbage: what it makes lives for one paint or one batch, and
little of it refers to itself in circles. Python's own settings take about a tenth of the rate of sending, and now and
then 100 ms of a key's time."""

from __future__ import annotations

import gc

COLLECT_AFTER = (5_000, 5, 100)
"""Objects that are new before they are looked through, and how often that is before older ones are."""


def set_aside() -> None:
    """Once all is loaded: that stays, and is not looked through again. Turns the collector on, if it was off."""
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    gc.enable()
