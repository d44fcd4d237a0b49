"""A small form: a title, one line per field, and what is wrong with them until nothing is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from textual import events, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input

from relay_tui.core.errors import RelayError
from relay_tui.tui.drawing.ink import Line, Span, said, wrap
from relay_tui.tui.screens.modal import Modal
from relay_tui.tui.widgets.inked import Lines

Submit = Callable[[Sequence[str]], Awaitable[None]]


@dataclass(slots=True, frozen=True)
class Field:
    label: str
    value: str = ""
    needed: bool = True
    """It may not stay empty."""


class FormWords(Lines):
    rows: Sequence[Sequence[Span]] = ()

    def show(self, *rows: Sequence[Span]) -> None:
        self.rows = rows
        self.redraw()

    def say(self, text: str, role: str) -> None:
        width = max(20, self.size.width - 4)
        self.show([], *([said(row, role)] for row in wrap(text, width)), [])

    def draw(self, width: int) -> list[Line]:
        return [Line([Span("  "), *row]) for row in self.rows]


class Form(Modal[bool]):
    """Answers True once `submit` has taken what is in it; a refusal is said, and the form stays."""

    def __init__(
        self,
        title: str,
        fields: Sequence[Field],
        submit: Submit,
        does: str,
        *,
        beside: str = "",
        meanwhile: str = "",
    ) -> None:
        """`does`: what enter does, `sets it`. `submit` gets the values in the order of the fields.

        `beside`: said behind the title. `meanwhile`: what is said while `submit` is at work; empty: nothing.
        """
        super().__init__()
        self._title, self._fields, self._submit, self._does = title, fields, submit, does
        self._beside, self._meanwhile = beside, meanwhile
        self._busy = False

    def compose(self) -> ComposeResult:
        with Vertical(id="form"):
            yield FormWords(id="form-head")
            for field in self._fields:
                yield Input(field.value, placeholder=field.label, compact=True, select_on_focus=False)
            yield FormWords(id="form-foot")

    def on_mount(self) -> None:
        beside = [Span("  "), said(self._beside, "faint")] if self._beside else []
        self.query_one("#form-head", FormWords).show([], [said(self._title, "text!"), *beside], [])
        self._offer()
        self.set_focus(self.inputs[0])

    @property
    def inputs(self) -> list[Input]:
        return list(self.query(Input))

    @property
    def _foot(self) -> FormWords:
        return self.query_one("#form-foot", FormWords)

    def _offer(self) -> None:
        keys = [("enter", self._does), *([("tab", "the next line")] if len(self._fields) > 1 else []), ("esc", "back")]
        self._foot.show(
            [], [span for key, words in keys for span in (Span(key, "accent!"), Span(f" {words}   ", "muted"))], []
        )

    def on_key(self, event: events.Key) -> None:
        lines = self.inputs
        if event.key in ("tab", "shift+tab", "up", "down") and len(lines) > 1:
            step = -1 if event.key in ("shift+tab", "up") else 1
            here = next((index for index, line in enumerate(lines) if line is self.focused), 0)
            self.set_focus(lines[(here + step) % len(lines)])
        elif event.key in ("escape", "ctrl+c"):
            self.dismiss(False)
        elif event.key == "ctrl+q":
            self.quit()
        elif event.key not in ("tab", "shift+tab"):
            return
        event.stop()
        event.prevent_default()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if not self._busy:
            self._offer()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        for line, field in zip(self.inputs, self._fields, strict=True):
            if field.needed and not line.value.strip():
                self.set_focus(line)
                return
        if not self._busy:
            self._take([line.value.strip() for line in self.inputs])

    @work(group="form", exit_on_error=False)
    async def _take(self, values: Sequence[str]) -> None:
        self._busy = True
        if self._meanwhile:
            self._foot.say(self._meanwhile, "muted")
        try:
            await self._submit(values)
        except RelayError as error:
            self._foot.say(str(error), "fault")
        else:
            self.dismiss(True)
        finally:
            self._busy = False
