"""Rows of lists that lead somewhere: what was found, what is unread, what goes on. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from relay_tui.core.search.query import SearchQuery
from relay_tui.core.text import visible
from relay_tui.tui.drawing.ink import Line, Span, crop_text, said, spread
from relay_tui.tui.widgets.inked import PILL

LEAD = 24
"""Cells in front of the first match that a snippet keeps."""


@dataclass(slots=True)
class Hit:
    """One row. `id`: `message:<id>`, or a conversation as `Source.show` takes it."""

    id: str
    place: str
    sender: str
    time: str
    text: str
    note: str = ""
    role: str = "faint"
    """Of the note."""
    seq: int = 0


@dataclass(slots=True)
class Section:
    title: str
    hits: list[Hit] = field(default_factory=list[Hit])


@dataclass(slots=True)
class Found:
    """The sections, newest first in each."""

    sections: list[Section] = field(default_factory=list[Section])
    terms: tuple[str, ...] = ()
    """What is highlighted, in lower case."""
    note: str = ""
    """What the answer lacks: how far the index has come."""


def terms_of(query: SearchQuery) -> tuple[str, ...]:
    """The words and phrases of a search as they stand in a text."""
    return tuple(word.rstrip("*")[1:-1].replace('""', '"').lower() for word in query.words)


def moment(at: int, now: int) -> str:
    """`14:03` of today, `18 Nov` of this year, else the day in full."""
    then, today = datetime.fromtimestamp(at / 1000), datetime.fromtimestamp(now / 1000)
    if then.date() == today.date():
        return f"{then:%H:%M}"
    return f"{then:%d %b}" if then.year == today.year else f"{then:%Y-%m-%d}"


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
