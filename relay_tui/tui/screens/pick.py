"""A list to choose one line from, found by a few letters: what is pinned, threads, members, ways to copy."""

from __future__ import annotations

from collections.abc import Sequence

from textual.widgets import Input

from relay_tui.tui.screens.palette import Palette
from relay_tui.tui.view.entry import Entry


class Pick(Palette):
    """Answers with the id of what was chosen, or with an empty one."""

    def __init__(self, title: str, entries: Sequence[Entry]) -> None:
        super().__init__(entries)
        self._title = title

    def on_mount(self) -> None:
        self.query_one(Input).placeholder = self._title
