"""The last line: the mode, then what works now. Everything in it comes from the action registry."""

from __future__ import annotations

from dataclasses import dataclass

from relay_tui.tui.ink import Line, Span, spread, width_of
from relay_tui.tui.widgets.inked import PILL, Lines

MARGIN = Span(" ")


@dataclass(slots=True)
class Hint:
    key: str
    label: str
    fault: bool = False


class Footer(Lines):
    mode = "DECK"
    loud = False
    hints: list[Hint] = []  # noqa: RUF012
    right: list[Hint] = []  # noqa: RUF012

    def show(self, mode: str, hints: list[Hint], right: list[Hint], loud: bool = False) -> None:
        """`hints` from left to right; what does not fit is left out, the last one never."""
        if (mode, hints, right, loud) != (self.mode, self.hints, self.right, self.loud):
            self.mode, self.hints, self.right, self.loud = mode, hints, right, loud
            self.redraw()

    def draw(self, width: int) -> list[Line]:
        left = [MARGIN, Span(f" {self.mode} ", PILL if self.loud else "muted!"), MARGIN]
        right = [span for hint in self.right for span in (*_spans(hint), MARGIN)]
        room = width - width_of(left) - width_of(right) - 1
        last = self.hints[-1:]
        reserved = width_of(_spans(last[0])) + 2 if last else 0
        for hint in self.hints[:-1]:
            spans = _spans(hint)
            if width_of(spans) + 2 > room - reserved:
                break
            left += [*spans, Span("  ")]
            room -= width_of(spans) + 2
        left += [span for hint in last for span in _spans(hint)]
        return [Line(spread(left, right, width, self.glyphs.more))]


def _spans(hint: Hint) -> list[Span]:
    role = "fault" if hint.fault else "text"
    return [Span(hint.key, f"{role}!"), Span(f" {hint.label}", "fault" if hint.fault else "muted")]
