"""The last line: the mode, then what works now. Everything in it comes from the action registry."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.message import Message

from relay_tui.tui.drawing.ink import Line, Span, spread, width_of
from relay_tui.tui.widgets.inked import PILL, Lines

MARGIN = Span(" ")


@dataclass(slots=True)
class Hint:
    key: str
    label: str
    fault: bool = False
    id: str = ""
    """Of the act that it stands for; empty: it cannot be clicked."""


@dataclass
class Chosen(Message):
    """The operator clicked on what stands for an act."""

    id: str


class Footer(Lines):
    mode = "DECK"
    loud = False
    hints: list[Hint] = []  # noqa: RUF012
    right: list[Hint] = []  # noqa: RUF012
    _spots: list[tuple[int, int, str]] = []  # noqa: RUF012
    """(first cell, cell behind the last, act id) of each hint as it is drawn."""

    def show(self, mode: str, hints: list[Hint], right: list[Hint], loud: bool = False) -> None:
        """`hints` from left to right; what does not fit is left out, the last one never."""
        if (mode, hints, right, loud) != (self.mode, self.hints, self.right, self.loud):
            self.mode, self.hints, self.right, self.loud = mode, hints, right, loud
            self.redraw()

    def draw(self, width: int) -> list[Line]:
        left = [MARGIN, Span(f" {self.mode} ", PILL if self.loud else "muted!"), MARGIN]
        right = [span for hint in self.right for span in (*_spans(hint), MARGIN)]
        self._spots = []
        room = width - width_of(left) - width_of(right) - 1
        last = self.hints[-1:]
        reserved = width_of(_spans(last[0])) + 2 if last else 0
        for hint in self.hints[:-1]:
            spans = _spans(hint)
            if width_of(spans) + 2 > room - reserved:
                break
            self._spot(hint, width_of(left))
            left += [*spans, Span("  ")]
            room -= width_of(spans) + 2
        for hint in last:
            self._spot(hint, width_of(left))
            left += _spans(hint)
        at = width - width_of(right)
        for hint in self.right:
            self._spot(hint, at)
            at += width_of(_spans(hint)) + 1
        return [Line(spread(left, right, width, self.glyphs.more))]

    def _spot(self, hint: Hint, at: int) -> None:
        self._spots.append((at, at + width_of(_spans(hint)), hint.id))

    def on_click(self, event: events.Click) -> None:
        event.stop()
        id = next((id for begin, end, id in self._spots if begin <= event.x < end), "")
        if id:
            self.post_message(Chosen(id))


def _spans(hint: Hint) -> list[Span]:
    role = "fault" if hint.fault else "text"
    return [Span(hint.key, f"{role}!"), Span(f" {hint.label}", "fault" if hint.fault else "muted")]
