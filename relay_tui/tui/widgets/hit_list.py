"""A list of what can be gone to, in sections. A row's key is its place: one message can be in two of them."""

from __future__ import annotations

from dataclasses import dataclass

from relay_tui.tui.drawing.ink import Line, Span, said, wrap
from relay_tui.tui.view.hits import Found, Hit, draw_hit
from relay_tui.tui.widgets.lineview import Block, LineView


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
