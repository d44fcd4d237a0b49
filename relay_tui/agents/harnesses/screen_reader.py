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

Box = Literal["empty", "holds", "joined", "folded", "other", "hidden"]
"""The input box, asked for one attempt: nothing in it; the attempt's text; that text among somebody's words; one paste
that is not shown, whosever it is; something else; not on the screen."""


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
    folded: bool = False
    """In the input box stands one paste that is not shown, and nothing else."""

    at_work: str = ""
    """The row that says that it works; empty: none does."""

    @property
    def sign_of_work(self) -> str | None:
        """A part of that row that stays as it is from one moment to the next, so that tmux can look for it."""
        found = [part.strip() for part in re.findall(r"[A-Za-z /=]+", self.at_work)]
        longest = max(found, key=len, default="")
        return longest if len(longest) >= 4 else None

    def box(self, nonce: str) -> Box:
        """What the input box holds of the attempt with this outer key. Needs rules that show the box."""
        if self.draft is None:
            return "hidden"
        if not self.draft:
            return "empty"
        if self.folded:
            return "folded"
        if f"key={nonce}]" not in self.draft:
            return "other"
        if not self.draft.endswith(bare(fence(nonce))):
            return "joined"
        # Of a long text only its end is shown; without the header nothing can stand before it that we could see.
        header = re.search(rf"\[relay(?:msg|digest)=[^\[\]]*key={nonce}\]", self.draft)
        return "joined" if header is not None and header.start() > 0 else "holds"

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
    typed = None if box is None or dialog else _draft(lines[box[0] + 1 : box[1]], rules)
    waiting = _right_above(lines, box[0]) if box else lines
    at_work = next((line for line in foot if _any((line,), rules.working)), "") if rules.working else ""
    return Screen(
        state,
        dialog,
        None if typed is None else bare("".join(typed)),
        _any(waiting, rules.queued),
        bare("".join(lines)),
        lines,
        folded=bool(typed and rules.input and rules.input.folded and _any(["".join(typed)], (rules.input.folded,))),
        at_work=at_work,
    )


def bare(text: str) -> str:
    """Without white space: programs wrap and indent what they show."""
    return "".join(text.split())


def _box(lines: Sequence[str], rules: ScreenRules) -> tuple[int, int] | None:
    """The rows of the input box's edges, or None when it is not to be seen."""
    if rules.input is None:
        return None
    if rules.input.edge is not None:
        edges = _rows_like(lines, rules.input.edge)
        return (edges[-2], edges[-1]) if len(edges) >= 2 else None
    prompts = _rows_like(lines, rules.input.prompt or "")
    if not prompts:
        return None
    end = next((i for i in range(prompts[-1], len(lines)) if not lines[i]), len(lines))
    return prompts[-1] - 1, end


def _rows_like(lines: Sequence[str], pattern: str) -> list[int]:
    return [i for i, line in enumerate(lines) if _compiled(pattern).search(line)]


def _right_above(lines: Sequence[str], top: int) -> Sequence[str]:
    """The rows above the input box up to an empty one: there a program shows what waits."""
    start = max(top, 0)
    while start > 0 and lines[start - 1]:
        start -= 1
    return lines[start : max(top, 0)]


def _draft(inside: Sequence[str], rules: ScreenRules) -> list[str]:
    """The rows of the input box's text; none: it is empty."""
    if rules.input is None:
        return []
    margin, empty = rules.input.margin, rules.input.placeholder
    if margin is not None:
        rows = [_compiled(margin).sub("", line) for line in inside]
    else:
        rows = [line[rules.input.indent :] for line in inside]
    return [] if empty is not None and rows and _compiled(empty).search(rows[0]) else rows


def _any(lines: Sequence[str], patterns: Sequence[str]) -> bool:
    return bool(patterns) and any(_compiled(pattern).search(line) for pattern in patterns for line in lines)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
