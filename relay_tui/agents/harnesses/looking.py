"""Whether a program that tells nothing works or rests: by its rules, else by whether its screen moves.

Decides without I/O which panes need to be captured at all: one in which nothing was drawn does not, and of a program
that no rule reads only one where something was drawn in place.
"""

from __future__ import annotations

from relay_tui.agents.harnesses.screen_reader import Screen
from relay_tui.agents.harnesses.spec import ScreenRules
from relay_tui.agents.tmux.stamps import Stamp
from relay_tui.core.model import State

QUIET = 2
"""Looks without a change after which a program that no rule reads counts as idle."""


class Watcher:
    """One pane's screen from look to look. Each look: `look`, and if that asks for the screen, `saw`."""

    def __init__(self, rules: ScreenRules) -> None:
        self._tells_state = rules.tells_state
        self._screen: Screen | None = None
        self._stamp: Stamp | None = None
        self._settled = False
        """Nothing can have been drawn since the screen was seen without changing the stamp."""
        self._stood = False
        """Nothing was drawn since the last look, unless in place and in the same second."""
        self._quiet = 0
        """Looks since it moved."""

    @property
    def state(self) -> State:
        said = self._screen.state if self._screen is not None else None
        return said or (State.IDLE if self._quiet >= QUIET else State.WORKING)

    @property
    def dialog(self) -> str:
        return self._screen.dialog if self._screen is not None else ""

    def look(self, stamp: Stamp | None) -> bool:
        """Take the stamp of the pane (None: it says nothing); whether the screen itself must be seen."""
        before, self._stamp = self._stamp, stamp
        self._stood = stamp is not None and stamp == before
        if stamp and before and not self._tells_state and stamp.lines != before.lines:
            # Lines went by: it moves, whatever stands there now.
            self._screen, self._settled, self._quiet = None, False, 0
            return False
        if self._stood and self._settled:
            self._quiet += 1
            return False
        self._settled = False
        return True

    def saw(self, screen: Screen, now: float) -> None:
        """Take the screen that `look` asked for, seen after `now`, in seconds since the epoch."""
        same = self._stood if self._screen is None else screen.text == self._screen.text
        self._quiet = self._quiet + 1 if same else 0
        self._screen = screen
        # What is drawn within the second that was looked at is not told by the stamp.
        self._settled = self._stamp is not None and self._stamp.settled(now)
