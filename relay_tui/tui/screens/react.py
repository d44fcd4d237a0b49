"""Choosing a reaction: the usual emoji, or any other by a few letters of its name."""

from __future__ import annotations

from collections.abc import Collection

from relay_tui.tui.drawing import emoji
from relay_tui.tui.drawing.glyphs import UNICODE
from relay_tui.tui.screens.pick import Pick
from relay_tui.tui.view.entry import Entry
from relay_tui.tui.widgets.lineview import Block


class React(Pick):
    """Answers with the emoji, or with nothing."""

    def __init__(self, mine: Collection[str]) -> None:
        """`mine`: what the operator has reacted with already; chosen again it is taken back."""
        super().__init__("an emoji, or its name", [])
        self._mine = mine

    def _find(self, text: str) -> None:
        as_sign = getattr(self.app, "glyphs", UNICODE).emoji
        found = emoji.matching(text)
        given = text.strip()
        if given and not given.isascii() and not any(given == sign for _, sign in found):
            found = [(emoji.name_of(given) or "this one", given), *found]
        if not text:
            found = [(emoji.name_of(sign) or sign, sign) for sign in self._mine if sign not in dict(found).values()] + [
                *found
            ]
        entries = [
            Entry(sign, f"{sign}  {name}" if as_sign else name, note="takes yours back" if sign in self._mine else "")
            for name, sign in found
        ]
        blocks = [Block(entry.id, entry) for entry in entries] or [Block("none", None, selectable=False)]
        self.hits.cursor = entries[0].id if entries else ""
        self.hits.set_blocks(blocks)
        self.hits.move_end(last=False)
