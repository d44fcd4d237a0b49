"""What came along with a message, drawn under its text: blocks, then a line for each attachment."""

from __future__ import annotations

from relay_tui.tui.drawing.glyphs import Glyphs
from relay_tui.tui.drawing.ink import Line, Span, columns, crop, said, wrap
from relay_tui.tui.view.deck import MessageRow
from relay_tui.tui.view.enclosed import BlockRow

ENCLOSED = "enclosed:"
"""Begins the link of an attachment's line; its number follows."""
BLOCK_ROWS = 40
"""Rows of blocks that are shown in a conversation."""
FIELD_LABEL = 16


def enclosed_lines(row: MessageRow, margin: Span, width: int, glyphs: Glyphs) -> list[Line]:
    """For `width` cells beside the margin."""
    blocks = [line for block in row.blocks for line in _block_lines(block, width, glyphs)]
    lines = [Line([margin, *line.spans]) for line in blocks[:BLOCK_ROWS]]
    if len(blocks) > BLOCK_ROWS:
        lines.append(Line([margin, Span(f"{len(blocks) - BLOCK_ROWS} more rows of it", "faint")]))
    for index, one in enumerate(row.enclosed):
        spans = [Span(f"{glyphs.enclosed} ", "accent"), said(one.label)]
        spans += [Span(f"  {one.size}", "muted")] if one.size else []
        spans.append(said(f"  {one.kind}", "faint"))
        lines.append(Line([margin, *crop(spans, width, glyphs.more)], link=f"{ENCLOSED}{index}"))
    return lines


def _block_lines(block: BlockRow, width: int, glyphs: Glyphs) -> list[Line]:
    match block.kind:
        case "header":
            return [Line([Span(row, "text!")]) for row in wrap(block.text, width, BLOCK_ROWS)]
        case "text":
            return [Line([Span(row)]) for row in wrap(block.text, width, BLOCK_ROWS)]
        case "field":
            label = columns([(said(block.text, "muted"), FIELD_LABEL)])
            rows = wrap(block.value, max(8, width - FIELD_LABEL - 1), BLOCK_ROWS)
            return [
                Line([*(label if index == 0 else [Span(" " * FIELD_LABEL)]), Span(" "), Span(row)])
                for index, row in enumerate(rows)
            ]
        case "actions":
            return [Line(crop([said(block.text, "muted")], width, glyphs.more))]
        case "divider":
            return [Line([Span(glyphs.rule * min(width, 24), "line")])]
        case _:
            rest = [Span("  "), said(block.value, "muted")] if block.value else []
            return [Line(crop([said(f"a block of the kind {block.text}", "faint"), *rest], width, glyphs.more))]
