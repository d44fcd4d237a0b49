"""What a captured screen says by a program's rules: state, dialog, and what stands in the input box."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from relay_tui.agents.harnesses.framing import fence
from relay_tui.agents.harnesses.spec import ScreenRules
from relay_tui.core.model import State

Box = Literal["empty", "holds", "joined", "other", "hidden"]
"""The input box, asked for one attempt: nothing in it; the attempt's text; that text among somebody's words; something
else; not on the screen."""


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
    rows: Sequence[str] = ()

    def box(self, nonce: str) -> Box:
        """What the input box holds of the attempt with this nonce. Needs rules that show the box."""
        if self.draft is None:
            return "hidden"
        if not self.draft:
            return "empty"
        if f"key={nonce}]" not in self.draft:
            return "other"
        if not self.draft.endswith(bare(fence(nonce))):
            return "joined"
        # Of a long text only its end is shown; without the header nothing can stand before it that we could see.
        header = self.draft.find(f"key={nonce}]")
        start = self.draft.rfind("[relaymsg=", 0, header) if header >= 0 else 0
        return "joined" if start > 0 else "holds"

    def shows_end_of(self, nonce: str) -> bool:
        """Is the attempt's last line on one row, so that tmux can look for it?"""
        return any(fence(nonce) in row for row in self.rows)


def read_screen(rows: Sequence[str], rules: ScreenRules) -> Screen:
    lines = [row.rstrip() for row in rows]
    filled = [line for line in lines if line]
    foot = filled[-rules.foot :] if rules.foot else filled
    dialog = next((name for name, pattern in rules.dialogs.items() if _any(foot, (pattern,))), "")
    state: State | None = None
    if dialog:
        state = State.WAITING
    elif _any(foot, rules.working):
        state = State.WORKING
    elif _any(foot, rules.idle):
        state = State.IDLE
    box = _box(lines, rules)
    # A dialog takes the place of the input box; what looks like one then is an agent's words.
    draft = None if box is None or dialog else _draft(lines[box[0] + 1 : box[1]], rules)
    waiting = _right_above(lines, box[0]) if box else lines
    return Screen(state, dialog, draft, _any(waiting, rules.queued), bare("".join(lines)), lines)


def bare(text: str) -> str:
    """Without white space: programs wrap and indent what they show."""
    return re.sub(r"\s+", "", text)


def _box(lines: Sequence[str], rules: ScreenRules) -> tuple[int, int] | None:
    """The rows of the input box's edges, or None when it is not to be seen."""
    if rules.input is None:
        return None
    edge = _compiled(rules.input.edge)
    edges = [i for i, line in enumerate(lines) if edge.search(line)]
    return (edges[-2], edges[-1]) if len(edges) >= 2 else None


def _right_above(lines: Sequence[str], top: int) -> Sequence[str]:
    """The rows above the input box up to an empty one: there a program shows what waits."""
    start = top
    while start > 0 and lines[start - 1]:
        start -= 1
    return lines[start:top]


def _draft(inside: Sequence[str], rules: ScreenRules) -> str:
    indent = rules.input.indent if rules.input else 0
    return bare("".join(line[indent:] for line in inside))


def _any(lines: Sequence[str], patterns: Sequence[str]) -> bool:
    return any(_compiled(pattern).search(line) for pattern in patterns for line in lines)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
