"""The text that is being typed: which keys send, which make a new line, which take a proposal."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.message import Message
from textual.widgets import TextArea
from textual.widgets.text_area import Location

from relay_tui.tui.writing.completion import Completion, replace_word
from relay_tui.tui.writing.enclosing import LARGE_PASTE


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

    @dataclass
    class Took(Message):
        """A path was chosen, to go along with the text; it has left the editor."""

        path: str

    @dataclass
    class TakeOff(Message):
        """Backspace at the very beginning: what was attached last is not to go along."""

    @dataclass
    class Pasted(Message):
        """A text was pasted, and stands from `start` to `end`; with both None it was too much to stand there."""

        text: str
        start: Location | None = None
        end: Location | None = None

    @dataclass
    class Accepted(Message):
        """Tab, while a paste is offered as something better than text."""

    completion: Completion | None = None
    offering = False
    """What was pasted last can be attached instead."""

    async def _on_key(self, event: events.Key) -> None:
        if self._completes(event.key):
            event.stop()
            event.prevent_default()
            return
        if event.key == "tab" and self.offering:
            event.stop()
            event.prevent_default()
            self.post_message(self.Accepted())
            return
        if event.key == "backspace" and self.cursor_location == (0, 0) and not self.selected_text:
            self.post_message(self.TakeOff())
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
        if event.key.startswith("alt+"):
            event.prevent_default()  # terminals send the letter along, and `TextArea` would write it
            return
        await super()._on_key(event)

    async def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()  # `TextArea` would insert it a second time
        event.stop()
        # A terminal ends pasted lines as the enter key does.
        text = event.text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
        if len(text) >= LARGE_PASTE:
            self.post_message(self.Pasted(text))
            return
        start, end = sorted(self.selection)
        done = self.replace(text, start, end)
        self.move_cursor(done.end_location)
        self.post_message(self.Pasted(text, start, done.end_location))

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
            if completion.taken.attaches:
                self.completion = None
                self.post_message(self.Took(completion.taken.name))
            return True
        if key == "escape":
            self.completion = None
            self.post_message(TextArea.SelectionChanged(self.selection, self))
            return True
        return False
