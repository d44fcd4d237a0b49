"""How the marks on a message are drawn: reactions, pin, edited, deleted, and the line of its replies."""

from __future__ import annotations

from collections.abc import Sequence

from relay_tui.tui.drawing.emoji import drawn
from relay_tui.tui.drawing.glyphs import Glyphs
from relay_tui.tui.drawing.ink import Line, Span, crop, said, width_of
from relay_tui.tui.view.deck import MessageRow

GAP = Span("  ")


def after_head(row: MessageRow, glyphs: Glyphs) -> list[Span]:
    """What stands behind sender and recipient on a message's first line."""
    out: list[Span] = []
    if row.pinned:
        out += [GAP, Span(f"{glyphs.pin} pinned", "accent")]
    if row.edited:
        out += [GAP, Span("edited", "faint")]
    if row.deleted:
        out += [GAP, Span(f"deleted {row.deleted}", "faint")]
    return out


def reactions(row: MessageRow, width: int, glyphs: Glyphs) -> Line | None:
    """One line of at most `width` cells; what does not fit is counted. None: nobody has reacted."""
    spans: list[Span] = []
    for index, mark in enumerate(row.reactions):
        part = [
            said(drawn(mark.emoji, glyphs.emoji), "text"),
            Span(f" {mark.count}", "accent" if mark.mine else "muted"),
        ]
        if mark.who:
            part.append(said(f" {mark.who}", "faint"))
        left = len(row.reactions) - index
        more = [Span(f"+{left}", "faint")]
        room = width - width_of(spans) - (0 if left == 1 else width_of(more) + 2)
        if width_of(part) + 2 > room:
            return Line([*spans, GAP, *more] if spans else more)
        spans += [*([GAP] if spans else []), *part]
    return Line(spans) if spans else None


def replies(row: MessageRow, glyphs: Glyphs) -> Line:
    """`3 replies, 2 new  builder 14:02`."""
    count = f"{row.replies} {'reply' if row.replies == 1 else 'replies'}"
    new = [Span(", ", "muted"), Span(f"{row.new_replies} new", "accent!")] if row.new_replies else []
    return Line(
        [Span(f"{glyphs.replies} ", "line"), Span(count, "accent"), *new, Span(" "), said(row.replied, "muted")]
    )


def who_reacted(reactions: Sequence[tuple[str, Sequence[str]]], width: int, glyphs: Glyphs) -> list[Line]:
    """A line per emoji, with the names of those who gave it."""
    out: list[Line] = []
    for emoji, names in reactions:
        lead = [said(drawn(emoji, glyphs.emoji)), GAP]
        out.append(Line(crop([*lead, said(", ".join(names), "muted")], width, glyphs.more)))
    return out
