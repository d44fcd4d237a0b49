"""The need card: one need with all that is decided on, and the guard in front of its decision keys.

A decision is taken only on a card that the operator went to, whose last line has been on the screen, 350 ms after it
last changed, and not by a key that is held down. The card never moves on by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from relay_tui.core.clock import Clock
from relay_tui.tui.drawing.glyphs import Glyphs
from relay_tui.tui.drawing.ink import Line, Span, said, spread, width_of, wrap
from relay_tui.tui.view.deck import CardView
from relay_tui.tui.widgets.footer import Hint
from relay_tui.tui.widgets.lineview import Block, LineView

SETTLE_MS = 350
"""A decision sooner than this after a change is not one about what is shown."""
HELD_MS = 350
"""Two presses of one key closer than this are one press."""
OUTCOME_ROWS = 4
WIDE = 64
"""Columns from which on facts share a line."""


@dataclass(slots=True)
class Guard:
    """Whether a decision may be taken now. Pure: time comes from the clock."""

    clock: Clock
    key: str = ""
    shown: object = None
    changed_at: int = 0
    reached: bool = False
    seen_to_end: bool = False
    pressed: str = ""
    pressed_at: int = -HELD_MS

    def show(self, key: str, content: object) -> None:
        """The card shows this now. Another need has to be reached anew; another content has to settle."""
        if key != self.key:
            self.key, self.reached, self.seen_to_end = key, False, False
        if (key, content) != self.shown:
            self.shown, self.changed_at, self.seen_to_end = (key, content), self.clock(), False

    def reach(self) -> None:
        """The operator went to the card: with n, enter or a click."""
        self.reached = True

    def saw_end(self) -> None:
        """Its last line is on the screen."""
        self.seen_to_end = True

    def refuse(self, pressed: str) -> str:
        """Why a decision by this key is not taken, in a sentence; empty: it is. To be called for every press."""
        now = self.clock()
        held = pressed == self.pressed and now - self.pressed_at < HELD_MS
        self.pressed, self.pressed_at = pressed, now
        if not self.reached:
            return "n goes to the request first"
        if held:
            return "one press decides once"
        if not self.seen_to_end:
            return "read it to its end first: j or ctrl+d"
        if now - self.changed_at < SETTLE_MS:
            return "it changed just now: look again"
        return ""


class NeedCard(LineView):
    """Shown whenever something needs a person; the keys on it work once it has been reached."""

    view: CardView | None = None
    hints: Sequence[Hint] = ()
    armed = False

    def show(self, view: CardView | None, hints: Sequence[Hint], armed: bool) -> None:
        """`armed`: the keys on it work."""
        before = self.view
        changed = view is not None and (before is None or before.key != view.key)
        over = view is not None and before is not None and bool(view.outcome) and not before.outcome
        self.view, self.hints, self.armed = view, hints, armed
        if view is not None:
            hint_key = tuple((hint.key, hint.label) for hint in hints)
            self.set_blocks([Block(view.key, view, selectable=False, extra=(hint_key, armed))])
        if changed:
            self._jump(0)
        elif over:
            self._jump(self.max_scroll_y)

    def wanted_height(self, width: int) -> int:
        return len(draw_card(self.view, self.hints, self.armed, width, self)) if self.view else 0

    def draw(self, block: Block, width: int) -> list[Line]:
        assert isinstance(block.data, CardView)
        return draw_card(block.data, self.hints, self.armed, width, self)


def draw_card(view: CardView, hints: Sequence[Hint], armed: bool, width: int, card: NeedCard) -> list[Line]:
    """The card for `width` cells, its bar included."""
    glyphs = card.glyphs
    bar = [Span(glyphs.card, view.role), Span(" ")]
    inner = max(10, width - 4)
    lines = [Line([*bar, *_head(view, inner + 1, glyphs)]), Line(list(bar))]
    for text in view.literal:
        lines += [Line([*bar, Span("  "), *spans]) for spans in _literal(text, inner - 2, glyphs.wrap)]
    if view.literal:
        lines.append(Line(list(bar)))
    digest = [Span(f"#{view.digest}", "faint")] if view.digest else []
    facts = _facts(view, inner, width >= WIDE)
    foot = _outcome(view, inner) if view.outcome else [_frozen(view) if view.frozen else _keys(hints, armed)]
    if digest and width_of(foot[-1]) + 2 + width_of(digest) > inner:
        _put_aside(digest, facts, inner)
        digest = []
    for spans in facts:
        lines.append(Line([*bar, *spans]))
    if width < WIDE:
        lines.append(Line(list(bar)))
    lines += [Line([*bar, *spans]) for spans in foot[:-1]]
    lines.append(Line([*bar, *spread(foot[-1], digest, inner, glyphs.more)]))
    return lines


def _head(view: CardView, width: int, glyphs: Glyphs) -> list[Span]:
    """Who asks for what, since when. Where that is too long its place among the needs is left out: words stay whole."""
    head = [
        Span(f"{glyphs.state(view.glyph)} {view.head}", f"{view.role}!"),
        Span("  "),
        said(view.name, "text!"),
        Span(" "),
        said(view.does, "muted"),
    ]
    age = [Span(view.age, view.role)]
    place = [*age, Span(f" {view.place}", "faint")] if view.place else age
    fits = width_of(head) + 2 + width_of(place) <= width
    return spread(head, place if fits else age, width, glyphs.more)


def _frozen(view: CardView) -> list[Span]:
    return [Span(view.frozen, "fault"), Span("   nothing is decided; it waits   ", "muted"), Span("^g", "accent!"),
            Span(" resumes")]  # fmt: skip


def _put_aside(digest: list[Span], facts: list[list[Span]], width: int) -> None:
    """Where the keys leave no room for the digest: at the right of the last fact that does, else below them all."""
    for index in range(len(facts) - 1, -1, -1):
        if width_of(facts[index]) + 2 + width_of(digest) <= width:
            facts[index] = spread(facts[index], digest, width)
            return
    facts.append(digest)


def _outcome(view: CardView, width: int) -> list[list[Span]]:
    """What became of it, at the end of the card; a long one is cut, and said whole by `w`."""
    words = wrap(view.outcome, width, OUTCOME_ROWS)
    rows = [[Span(row, view.outcome_role)] for row in words[:OUTCOME_ROWS]]
    return [*rows, [Span("w", "text!"), Span(" says it whole", "faint")]] if len(words) > OUTCOME_ROWS else rows


def _literal(text: str, width: int, sign: str) -> list[list[Span]]:
    """A line of the request with hidden characters drawn; where it had to be broken, the break is marked."""
    rows = wrap(text.replace("\t", "␉"), max(4, width - 2), exact=True)
    last = len(rows) - 1
    return [
        [Span(row, "text!"), *([Span(f" {sign}", "faint")] if place < last else [])] for place, row in enumerate(rows)
    ]


def _facts(view: CardView, width: int, wide: bool) -> list[list[Span]]:
    if not wide:
        label = max((len(name) for name, _ in view.facts), default=0) + 2
        rows: list[list[Span]] = []
        for name, value in view.facts:
            for index, row in enumerate(wrap(value, width - label)):
                rows.append([Span((name if index == 0 else "").ljust(label), "faint"), Span(row, "text")])
        return rows
    rows = [[]]
    for name, value in view.facts:
        part = [Span(f"{name} ", "faint"), said(value, "text")]
        if rows[-1] and width_of(rows[-1]) + 2 + width_of(part) > width:
            rows.append([])
        rows[-1] += ([Span("  ")] if rows[-1] else []) + part
    return [row for row in rows if row]


def _keys(hints: Sequence[Hint], armed: bool) -> list[Span]:
    out: list[Span] = []
    for hint in hints:
        out += [
            Span(hint.key, "accent!" if armed else "muted!"),
            Span(f" {hint.label}  ", "text" if armed else "muted"),
        ]
    return out
