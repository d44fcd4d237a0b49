"""A question with a yes: what would happen, in one sentence, and the key that does it."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical

from relay_tui.tui.drawing.ink import Line, Span, said, wrap
from relay_tui.tui.screens.modal import Modal
from relay_tui.tui.widgets.inked import Lines


class _Question(Lines):
    def __init__(self, title: str, sentences: list[str], yes: str) -> None:
        super().__init__()
        self._title, self._sentences, self._yes = title, sentences, yes

    def draw(self, width: int) -> list[Line]:
        out = [Line(), Line([Span("  "), said(self._title, "text!")]), Line()]
        for sentence in self._sentences:
            out += [Line([Span("  "), Span(row, "muted")]) for row in wrap(sentence, width - 4)]
        keys = [Span("  "), Span("enter", "accent!"), Span(f" {self._yes}   "), Span("esc", "accent!"), Span(" back")]
        return [*out, Line(), Line(keys), Line()]


class Ask(Modal[bool]):
    def __init__(self, title: str, sentences: list[str], yes: str, again: str = "") -> None:
        """`again`: the key that asked; pressed a second time it is a yes."""
        super().__init__()
        self._question = _Question(title, sentences, yes)
        self._again = again

    def compose(self) -> ComposeResult:
        with Vertical(id="ask"):
            yield self._question

    def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        if event.key == "enter" or (self._again and event.key == self._again):
            self.dismiss(True)
        elif event.key in ("escape", "q", "n", "ctrl+c"):
            self.dismiss(False)
        elif event.key == "ctrl+q":
            self.quit()
