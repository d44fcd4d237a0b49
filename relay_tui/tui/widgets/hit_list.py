"""A list of what can be gone to, in sections. A row's key is its place: one message can be in two of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from relay_tui.core.text import visible
from relay_tui.tui.drawing.ink import Line, Span, crop_text, said, spread, wrap
from relay_tui.tui.view.hits import Found, Hit
from relay_tui.tui.widgets.inked import PILL
from relay_tui.tui.widgets.lineview import Block, LineView

LEAD = 24
"""Cells in front of the first match that a snippet keeps."""


@dataclass(slots=True)
class Empty:
    words: tuple[str, ...]


class HitList(LineView):
    """Newest first; with `FOLLOWS` it stands on its head, the newest of the first section at the bottom."""

    CURSOR_STAYS = True
    leads = True
    terms: tuple[str, ...] = ()

    def show(self, found: Found, empty: tuple[str, ...] = ()) -> None:
        """`empty`: what is said where nothing is."""
        self.terms = found.terms
        blocks: list[Block] = []
        for section in found.sections:
            rows = [
                Block(f"{section.title}:{hit.id}:{n}", hit, extra=found.terms) for n, hit in enumerate(section.hits)
            ]
            heading = Block(f"h:{section.title}", section.title, selectable=False)
            blocks += [*rows, heading] if self.FOLLOWS else [heading, *rows]
        if not found.sections:
            blocks = [Block("empty", Empty(empty), selectable=False)]
        self.set_blocks(blocks[::-1] if self.FOLLOWS else blocks)

    def hit(self) -> Hit | None:
        """The row under the cursor."""
        return next((block.data for block in self.blocks if block.key == self.cursor and isinstance(block.data, Hit)),
                    None)  # fmt: skip

    def draw(self, block: Block, width: int) -> list[Line]:
        if isinstance(block.data, Hit):
            return draw_hit(block.data, self.terms, width, self.glyphs.more, self.glyphs.arrow)
        if isinstance(block.data, Empty):
            rows = [row for text in block.data.words for row in wrap(text, width - 4)]
            return [Line(), *(Line([Span("  "), Span(row, "muted")]) for row in rows)]
        heading = [Line([Span("  "), said(str(block.data).upper(), "muted!")])]
        return heading if self.FOLLOWS else [Line(), *heading]


def highlighted(spans: Sequence[Span], terms: Sequence[str]) -> list[Span]:
    """`spans` with each place that says one of the terms in the colours of a match."""
    if not terms:
        return list(spans)
    pattern = re.compile("|".join(re.escape(term) for term in terms if term), re.IGNORECASE)
    out: list[Span] = []
    for span in spans:
        position = 0
        for match in pattern.finditer(span.text):
            if match.end() > match.start():
                out += [Span(span.text[position : match.start()], span.role), Span(match[0], PILL)]
                position = match.end()
        out.append(Span(span.text[position:], span.role))
    return [span for span in out if span.text]


def snippet(text: str, terms: Sequence[str], width: int, more: str) -> str:
    """One line of the text, from a little before the first match on."""
    line = visible(" ".join(text.split()), keep="")
    places = [place for term in terms if (place := line.lower().find(term)) >= 0]
    first = min(places, default=0)
    if first + LEAD > width:
        line = more + line[max(0, first - LEAD) :]
    return crop_text(line, width, more)


def draw_hit(hit: Hit, terms: Sequence[str], width: int, more: str, arrow: str) -> list[Line]:
    """Two lines: where, who and when; and what it says."""
    head = [Span("  "), said(hit.place, "accent"), Span("  "), said(hit.sender, "text!")]
    right = [said(hit.note, hit.role), Span("  "), Span(hit.time, "faint"), Span(" ")] if hit.note else [
        Span(hit.time, "faint"), Span(" "),
    ]  # fmt: skip
    said_there = snippet(hit.text, terms, max(4, width - 5), more)
    return [
        Line(spread(head, right, width, more)),
        Line([Span("    "), *highlighted([Span(said_there, "muted")], terms)]),
    ]
