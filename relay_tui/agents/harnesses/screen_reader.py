"""What a captured screen says by a program's rules: state, dialog, and what stands in the input box."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from relay_tui.agents.harnesses.spec import ScreenRules
from relay_tui.core.model import State


@dataclass(slots=True, frozen=True)
class Screen:
    """One look at a screen. `None` anywhere means that the rules cannot tell."""

    state: State | None
    dialog: str
    """Name of the dialog that is open; empty: none that a rule knows."""
    draft: str | None
    """What stands in the input box, without white space; empty: nothing."""
    queued: bool
    """Input waits that the program has not begun."""
    text: str
    """The whole screen without white space."""


def read_screen(rows: Sequence[str], rules: ScreenRules) -> Screen:
    lines = [row.rstrip() for row in rows]
    dialog = next((name for name, pattern in rules.dialogs.items() if _any(lines, (pattern,))), "")
    state: State | None = None
    if dialog:
        state = State.WAITING
    elif _any(lines, rules.working):
        state = State.WORKING
    elif _any(lines, rules.idle):
        state = State.IDLE
    return Screen(state, dialog, _draft(lines, rules), _any(lines, rules.queued), bare("".join(lines)))


def bare(text: str) -> str:
    """Without white space: programs wrap and indent what they show."""
    return re.sub(r"\s+", "", text)


def _draft(lines: Sequence[str], rules: ScreenRules) -> str | None:
    if rules.input is None:
        return None
    edge = _compiled(rules.input.edge)
    edges = [i for i, line in enumerate(lines) if edge.search(line)]
    if len(edges) < 2:
        return None
    inside = lines[edges[-2] + 1 : edges[-1]]
    return bare("".join(line[rules.input.indent :] for line in inside))


def _any(lines: Sequence[str], patterns: Sequence[str]) -> bool:
    return any(_compiled(pattern).search(line) for pattern in patterns for line in lines)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
