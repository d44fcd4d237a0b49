"""What stands around the text that is being typed: to whom, when, proposals, and when each recipient gets it."""

from __future__ import annotations

from relay_tui.core.model import Mode
from relay_tui.core.text import preview
from relay_tui.tui.drawing.glyphs import Glyphs
from relay_tui.tui.drawing.ink import Line, Span, crop, said, spread, width_of
from relay_tui.tui.view.deck import MODES, ComposerView
from relay_tui.tui.view.letter import Draft, Enclosure
from relay_tui.tui.widgets.inked import Lines
from relay_tui.tui.words.enclosed import size_words
from relay_tui.tui.writing.choices import later_words, reply_words
from relay_tui.tui.writing.completion import Completion

TEXT_ROWS = 8
"""Rows of text before the composer scrolls."""
PROPOSALS = 5
SHOWN_ENCLOSED = 3
MARGIN = Span(" ")


class Bar(Lines):
    def draw(self, width: int) -> list[Line]:
        role = "accent" if self.has_class("-typing") else "faint"
        return [Line([Span(self.glyphs.cursor, role)]) for _ in range(TEXT_ROWS + PROPOSALS + SHOWN_ENCLOSED + 5)]


class Head(Lines):
    view = ComposerView()
    draft: Draft | None = Draft()
    """None: what is written here is no message."""
    verb = "to"
    now = 0

    def draw(self, width: int) -> list[Line]:
        view, draft = self.view, self.draft
        left = [MARGIN, Span(f"{self.verb} ", "muted")]
        right = self._choices(draft) if draft is not None else []
        how = self._how(view, draft)
        room = width - width_of(left) - width_of(how) - width_of(right) - 3
        left += [*crop([said(view.label, "text!")], max(8, room), self.glyphs.more), *how]
        return [Line(spread(left, [*right, Span("  ")], width, self.glyphs.more))]

    def _how(self, view: ComposerView, draft: Draft | None) -> list[Span]:
        if not view.several:
            return [Span(f" {view.count}", "faint")]
        group = draft is not None and draft.group
        words = "one group conversation" if group else f"{view.several} separate messages"
        return [Span(f"  {words}", "text"), Span(" alt+g", "faint")]

    def _choices(self, draft: Draft) -> list[Span]:
        when = dict(MODES).get(draft.mode, "when idle")
        if self.view.several and draft.mode is Mode.ON_IDLE:
            when = "when each is idle"
        out = [Span(reply_words(draft.reply, self.now), "accent"), Span(" ^r  ", "faint")] if draft.reply else []
        if draft.later is not None:
            out.append(Span(f"said {later_words(draft.later, self.now)}", "accent"))
        else:
            out.append(Span(when, "muted"))
        return [*out, Span(" ^t", "faint")]


class Beside(Lines):
    """What goes along with the text."""

    enclosed: tuple[Enclosure, ...] = ()

    def draw(self, width: int) -> list[Line]:
        out: list[Line] = []
        for index, one in enumerate(self.enclosed[:SHOWN_ENCLOSED]):
            left = [MARGIN, *enclosed_spans(one, self.glyphs)]
            rest = len(self.enclosed) - SHOWN_ENCLOSED
            right = [Span("backspace takes it off  ", "faint")] if one is self.enclosed[-1] else []
            if index == SHOWN_ENCLOSED - 1 and rest > 0:
                right = [Span(f"and {rest} more  ", "faint")]
            out.append(Line(spread(left, right, width, self.glyphs.more)))
        return out


def enclosed_spans(one: Enclosure, glyphs: Glyphs) -> list[Span]:
    size = [Span(f"  {size_words(one.size)}", "muted")] if one.size else []
    return [Span(f"{glyphs.enclosed} ", "accent"), said(one.label), *size, said(f"  {one.note}", "faint")]


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
    later = ""
    """When it is said, if not now."""
    offer: Enclosure | None = None
    """What was pasted, as something better than text."""
    refusal = ""

    def draw(self, width: int) -> list[Line]:
        more = self.glyphs.more
        if self.completion is not None and self.completion.proposals:
            return [*self._proposals(self.completion, width), Line()]
        if self.refusal:
            return [Line(), Line(crop([MARGIN, said(self.refusal, "fault")], width - 1, more))]
        return [*self._offered(self.offer, width), Line(), self._arrivals(width)]

    def _offered(self, offer: Enclosure | None, width: int) -> list[Line]:
        if offer is None:
            return []
        left = [MARGIN, Span("tab", "accent!"), Span(" attaches it instead  ", "muted")]
        return [Line(crop([*left, *enclosed_spans(offer, self.glyphs)], width - 1, self.glyphs.more))]

    def _arrivals(self, width: int) -> Line:
        more = self.glyphs.more
        spans = [MARGIN, Span(f"said {self.later}, then  ", "muted")] if self.later else [MARGIN]
        everyone = max(len(self.view.recipients), len(self.view.arrivals))
        for index, arrival in enumerate(self.view.arrivals):
            part = [
                Span("   " if index else ""),
                Span(f"{self.glyphs.state(arrival.glyph)} ", arrival.role),
                said(arrival.name, "muted"),
                Span(f" {arrival.words}", "faint"),
            ]
            last = index == everyone - 1
            if width_of(spans) + width_of(part) > width - (1 if last else 14):
                spans.append(Span(f"   and {everyone - index} more", "faint"))
                break
            spans += part
        return Line(crop(spans, width - 1, more))

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
