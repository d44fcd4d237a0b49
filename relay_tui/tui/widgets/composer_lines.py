"""What stands around the text that is being typed: to whom, when, proposals, and when each recipient gets it."""

from __future__ import annotations

from relay_tui.core.text import preview
from relay_tui.tui.ink import Line, Span, crop, said, spread, width_of
from relay_tui.tui.viewmodel import MODES, ComposerView
from relay_tui.tui.widgets.completion import Completion
from relay_tui.tui.widgets.inked import Lines

TEXT_ROWS = 8
"""Rows of text before the composer scrolls."""
PROPOSALS = 5
MARGIN = Span(" ")


class Bar(Lines):
    def draw(self, width: int) -> list[Line]:
        role = "accent" if self.has_class("-typing") else "faint"
        return [Line([Span(self.glyphs.cursor, role)]) for _ in range(TEXT_ROWS + PROPOSALS + 4)]


class Head(Lines):
    view = ComposerView()
    when = MODES[0][1]
    verb = "to"

    def draw(self, width: int) -> list[Line]:
        left = [
            MARGIN,
            Span(f"{self.verb} ", "muted"),
            said(self.view.label, "text!"),
            Span(f" {self.view.count}", "faint"),
        ]
        right = [Span(self.when, "muted"), Span(" ^t", "faint")] if self.when else []
        return [Line(spread(left, [*right, Span("  ")], width, self.glyphs.more))]


class Resting(Lines):
    draft = ""

    def draw(self, width: int) -> list[Line]:
        right = [Span("m", "text!"), Span(" to type", "faint"), Span("  ")]
        room = width - width_of(right) - 10
        left = [MARGIN, Span("draft  ", "faint"), Span(preview(self.draft, room), "muted")] if self.draft else [MARGIN]
        return [Line(spread(left, right, width, self.glyphs.more))]


class Foot(Lines):
    """Proposals while a name is being written; then a blank line and when each recipient gets it, or a refusal."""

    view = ComposerView()
    completion: Completion | None = None
    refusal = ""

    def draw(self, width: int) -> list[Line]:
        more = self.glyphs.more
        if self.completion is not None and self.completion.proposals:
            return [*self._proposals(self.completion, width), Line()]
        if self.refusal:
            return [Line(), Line(crop([MARGIN, said(self.refusal, "fault")], width - 1, more))]
        spans = [MARGIN]
        for index, arrival in enumerate(self.view.arrivals):
            part = [
                Span("   " if index else ""),
                Span(f"{self.glyphs.state(arrival.glyph)} ", arrival.role),
                said(arrival.name, "muted"),
                Span(f" {arrival.words}", "faint"),
            ]
            last = index == len(self.view.arrivals) - 1
            if width_of(spans) + width_of(part) > width - (1 if last else 14):
                spans.append(Span(f"   and {len(self.view.arrivals) - index} more", "faint"))
                break
            spans += part
        return [Line(), Line(crop(spans, width - 1, more))]

    def _proposals(self, completion: Completion, width: int) -> list[Line]:
        out: list[Line] = []
        first = max(0, completion.chosen - PROPOSALS + 1)
        for index, proposal in enumerate(completion.proposals[first : first + PROPOSALS], start=first):
            here = index == completion.chosen
            sign = Span(f" {self.glyphs.cursor} " if here else "   ", "accent")
            spans = [sign, said(completion.sign + proposal.name, "text!" if here else "muted"), Span("  ")]
            spans.append(said(proposal.note, "faint"))
            out.append(Line(crop(spans, width - 1, self.glyphs.more), "cursor" if here else ""))
        return out
