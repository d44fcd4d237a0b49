"""One of a few choices, or a moment that is typed. The key that opened it goes to the next one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events

from relay_tui.tui.screens.pick import Pick
from relay_tui.tui.view.entry import Entry


class Choose(Pick):
    """Answers with the id of what was chosen, or with an empty one."""

    def __init__(
        self, title: str, entries: Sequence[Entry], typed: Callable[[str], Entry | None], again: str, here: str = ""
    ) -> None:
        """`typed`: what a typed text means by itself; `again`: goes on as down does; `here`: what is chosen now."""
        super().__init__(title, entries)
        self._given = list(entries)
        self._typed = typed
        self._again = again
        self._here = here

    def _find(self, text: str) -> None:
        meant = self._typed(text) if text else None
        if meant is None:
            self.entries = self._given
            super()._find(text)
            if not text and self._here:
                self.hits.go_to(self._here)
        else:
            self.entries = [meant]
            super()._find("")

    def on_key(self, event: events.Key) -> None:
        if event.key == self._again:
            event.stop()
            event.prevent_default()
            self.hits.move(1)
