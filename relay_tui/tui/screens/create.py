"""A form for a new agent: what it is called, and the command line of its program."""

from __future__ import annotations

import shlex
from collections.abc import Awaitable, Callable, Sequence

from textual import events, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input

from relay_tui.core.errors import RelayError
from relay_tui.tui.drawing.ink import Span, said
from relay_tui.tui.screens.form import FormWords
from relay_tui.tui.screens.modal import Modal

Start = Callable[[str, Sequence[str]], Awaitable[None]]


class Create(Modal[str]):
    """Answers with the name of the agent that was started, or with an empty one. Stays while that is refused."""

    def __init__(self, start: Start, folder: str) -> None:
        super().__init__()
        self._launch = start
        self._folder = folder
        self._busy = False

    def compose(self) -> ComposeResult:
        with Vertical(id="create"):
            yield FormWords(id="create-head")
            yield Input(placeholder="name, for example helper", id="create-name", compact=True)
            yield Input(placeholder="command, for example claude", id="create-command", compact=True)
            yield FormWords(id="create-foot")

    def on_mount(self) -> None:
        where = [said(f"in {self._folder}", "faint")]
        self.query_one("#create-head", FormWords).show([], [Span("Start an agent  ", "text!"), *where], [])
        self._offer()
        self.set_focus(self.name_line)

    @property
    def name_line(self) -> Input:
        return self.query_one("#create-name", Input)

    @property
    def command_line(self) -> Input:
        return self.query_one("#create-command", Input)

    @property
    def _foot(self) -> FormWords:
        return self.query_one("#create-foot", FormWords)

    def _offer(self) -> None:
        keys = [("enter", "starts it"), ("tab", "the other line"), ("esc", "back")]
        spans = [span for key, words in keys for span in (Span(key, "accent!"), Span(f" {words}   ", "muted"))]
        self._foot.show([], spans, [])

    def on_key(self, event: events.Key) -> None:
        if event.key in ("tab", "shift+tab", "up", "down"):
            self.set_focus(self.command_line if self.focused is self.name_line else self.name_line)
        elif event.key in ("escape", "ctrl+c", "ctrl+q"):
            self.dismiss("")
        else:
            return
        event.stop()
        event.prevent_default()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if not self._busy:
            self._offer()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        name, command = self.name_line.value.strip(), self.command_line.value.strip()
        if not name or not command:
            self.set_focus(self.command_line if name else self.name_line)
            return
        try:
            argv = shlex.split(command)
        except ValueError:
            self._foot.say("A quote in the command is not closed.", "fault")
            return
        if not self._busy:
            self._begin(name, argv)

    @work(group="create", exit_on_error=False)
    async def _begin(self, name: str, argv: Sequence[str]) -> None:
        self._busy = True
        self._foot.say("starting …", "muted")
        try:
            await self._launch(name, argv)
        except RelayError as error:
            self._foot.say(str(error), "fault")
        else:
            self.dismiss(name)
        finally:
            self._busy = False
