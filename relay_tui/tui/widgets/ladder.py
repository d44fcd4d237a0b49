"""The track of a delivery: four cells lying in a list, or standing, one rung per line."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from relay_tui.tui.drawing.glyphs import Glyphs
from relay_tui.tui.drawing.ink import Line, Span, columns, crop, said, spread, width_of
from relay_tui.tui.view.deck import DeliveryRow, MessageRow

WHEN_WIDTH = 5


def track(cells: str, role: str, glyphs: Glyphs) -> list[Span]:
    """The track as spans; what is not reached yet is a faint line."""
    proven = "need" if role == "need" else "ok"
    roles = {"#": proven, ".": "line"}
    out: list[Span] = []
    for cell in cells:
        ink = roles.get(cell, role)
        if out and out[-1].role == ink:
            out[-1] = Span(out[-1].text + glyphs.track[cell], ink)
        else:
            out.append(Span(glyphs.track[cell], ink))
    return out


def folded(row: MessageRow, glyphs: Glyphs) -> list[Span]:
    """What stands at the right of a message's first line."""
    if not row.summary:
        return []
    summary = Span(row.summary, row.role)
    return [*track(row.cells, row.role, glyphs), Span(" "), summary] if row.cells else [summary]


def opened(rows: Sequence[DeliveryRow], width: int, glyphs: Glyphs) -> list[Line]:
    """A line per recipient: name, track, word, time or age, reason, and the key that explains it."""
    names = max(8, min(16, max((cell_len(row.name) for row in rows), default=0)))
    words = max(10, max((len(row.word) for row in rows), default=0))
    return [Line(_opened_row(row, names, words, width, glyphs)) for row in rows]


def _opened_row(row: DeliveryRow, names: int, words: int, width: int, glyphs: Glyphs) -> list[Span]:
    head = [
        *columns([(Span(row.name, "muted"), names + 1)]),
        *track(row.cells, row.role, glyphs),
        Span("  "),
        *columns([(Span(row.word, row.role), words + 1), (Span(row.when, "faint"), -WHEN_WIDTH)]),
        Span("  "),
    ]
    why = [Span("w", "text!"), Span(" why", "faint")] if row.trouble else []
    room = width - width_of(head) - width_of(why)
    if room < 6:
        return crop(head, width)
    return spread([*head, said(row.reason, "muted")], why, width, glyphs.more)
