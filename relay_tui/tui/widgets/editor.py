"""The text that is being typed: which keys send, which make a new line, which take a proposal."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.message import Message
from textual.widgets import TextArea

from relay_tui.tui.widgets.completion import Completion, replace_word


class Editor(TextArea):
    """The text itself. Enter sends; a new line is ctrl+j, alt+enter, or a backslash at the end and enter."""

    @dataclass
    class Submitted(Message):
        """Enter was pressed. The text has left the editor, so that what is typed next is the next one."""

        text: str

    @dataclass
    class Recalled(Message):
        """History was asked for; `steps` back is negative."""

        steps: int

    completion: Completion | None = None

    async def _on_key(self, event: events.Key) -> None:
        if self._completes(event.key):
            event.stop()
            event.prevent_default()
            return
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            self._enter()
            return
        if event.key in ("ctrl+j", "alt+enter"):
            event.stop()
            event.prevent_default()
            self.insert("\n")
            return
        if event.key in ("alt+up", "alt+down"):
            event.stop()
            event.prevent_default()
            self.post_message(self.Recalled(-1 if event.key == "alt+up" else 1))
            return
        await super()._on_key(event)

    def _enter(self) -> None:
        row, column = self.cursor_location
        line = self.document.get_line(row)
        if column == len(line) and line.endswith("\\") and not line.endswith("\\\\"):
            self.replace("\n", (row, column - 1), (row, column))
        else:
            text = self.text
            self.load_text("")
            self.post_message(self.Submitted(text))

    def _completes(self, key: str) -> bool:
        completion = self.completion
        if completion is None or not completion.proposals:
            return False
        if key in ("up", "down"):
            completion.step(-1 if key == "up" else 1)
            self.post_message(TextArea.SelectionChanged(self.selection, self))
            return True
        if key == "tab" or (key == "enter" and not completion.exact):
            row, column = self.cursor_location
            start, text = replace_word(completion)
            self.replace(text, (row, start), (row, column))
            return True
        if key == "escape":
            self.completion = None
            self.post_message(TextArea.SelectionChanged(self.selection, self))
            return True
        return False
