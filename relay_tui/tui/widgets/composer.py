"""Where messages are written: who it goes to, when it is shown to them, the text, and when each of them gets it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import uuid4

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import TextArea

from relay_tui.core.model import Mode
from relay_tui.core.text import preview
from relay_tui.tui.ink import Line, Span, crop, said, spread, width_of
from relay_tui.tui.viewmodel import MODES, ComposerView
from relay_tui.tui.widgets.completion import Completion, complete, replace_word
from relay_tui.tui.widgets.inked import Lines

TEXT_ROWS = 8
"""Rows of text before the composer scrolls."""
PROPOSALS = 5
HISTORY = 100
MARGIN = Span(" ")


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


class _Bar(Lines):
    def draw(self, width: int) -> list[Line]:
        role = "accent" if self.has_class("-typing") else "faint"
        return [Line([Span(self.glyphs.cursor, role)]) for _ in range(TEXT_ROWS + PROPOSALS + 4)]


class _Head(Lines):
    view = ComposerView()
    when = MODES[0][1]
    verb = "to"

    def draw(self, width: int) -> list[Line]:
        left = [
            MARGIN,
            Span(f"{self.verb} ", "muted"),
            said(self.view.label, "text!"),
            Span(f" {self.view.count}", "faint"),
        ]
        right = [Span(self.when, "muted"), Span(" ^t", "faint")] if self.when else []
        return [Line(spread(left, [*right, Span("  ")], width, self.glyphs.more))]


class _Resting(Lines):
    draft = ""

    def draw(self, width: int) -> list[Line]:
        right = [Span("m", "text!"), Span(" to type", "faint"), Span("  ")]
        room = width - width_of(right) - 10
        left = [MARGIN, Span("draft  ", "faint"), Span(preview(self.draft, room), "muted")] if self.draft else [MARGIN]
        return [Line(spread(left, right, width, self.glyphs.more))]


class _Foot(Lines):
    """Proposals while a name is being written; then a blank line and when each recipient gets it, or a refusal."""

    view = ComposerView()
    completion: Completion | None = None
    refusal = ""

    def draw(self, width: int) -> list[Line]:
        more = self.glyphs.more
        if self.completion is not None and self.completion.proposals:
            return [*self._proposals(self.completion, width), Line()]
        if self.refusal:
            return [Line(), Line(crop([MARGIN, said(self.refusal, "fault")], width - 1, more))]
        spans = [MARGIN]
        for index, arrival in enumerate(self.view.arrivals):
            part = [
                Span("   " if index else ""),
                Span(f"{self.glyphs.state(arrival.glyph)} ", arrival.role),
                said(arrival.name, "muted"),
                Span(f" {arrival.words}", "faint"),
            ]
            last = index == len(self.view.arrivals) - 1
            if width_of(spans) + width_of(part) > width - (1 if last else 14):
                spans.append(Span(f"   and {len(self.view.arrivals) - index} more", "faint"))
                break
            spans += part
        return [Line(), Line(crop(spans, width - 1, more))]

    def _proposals(self, completion: Completion, width: int) -> list[Line]:
        out: list[Line] = []
        first = max(0, completion.chosen - PROPOSALS + 1)
        for index, proposal in enumerate(completion.proposals[first : first + PROPOSALS], start=first):
            here = index == completion.chosen
            sign = Span(f" {self.glyphs.cursor} " if here else "   ", "accent")
            spans = [sign, said(completion.sign + proposal.name, "text!" if here else "muted"), Span("  ")]
            spans.append(said(proposal.note, "faint"))
            out.append(Line(crop(spans, width - 1, self.glyphs.more), "cursor" if here else ""))
        return out


@dataclass(slots=True)
class Draft:
    """What is being written for one target, and at which boundary it is to be shown."""

    text: str = ""
    mode: Mode = Mode.ON_IDLE
    refused: tuple[str, Mode, str] | None = None
    """Text, boundary and client id of what was last refused; None: nothing was."""

    def client_id(self, text: str) -> str:
        """Each message has an id of its own; what is tried again as it was is the same message."""
        refused, self.refused = self.refused, None
        return refused[2] if refused is not None and refused[:2] == (text, self.mode) else uuid4().hex


@dataclass(slots=True)
class Drafts:
    """Drafts by target, and what was sent before. Lives as long as the application."""

    by_target: dict[str, Draft] = field(default_factory=dict[str, Draft])
    sent: list[str] = field(default_factory=list[str])

    def of(self, target: str) -> Draft:
        return self.by_target.setdefault(target, Draft())

    def remember(self, text: str) -> None:
        self.sent = [*(old for old in self.sent if old != text), text][-HISTORY:]


class Composer(Vertical):
    """Two rows at rest, more while typing. What it is about (`purpose`) decides what enter does."""

    @dataclass
    class Sent(Message):
        """Enter was pressed on something to send (or, when denying, on nothing)."""

        text: str
        view: ComposerView
        mode: Mode
        purpose: str
        client_id: str

    @dataclass
    class Changed(Message):
        """It wants another height."""

    @dataclass
    class Wanted(Message):
        """It was clicked while at rest."""

    def __init__(self, names: Callable[[str], list[tuple[str, str]]], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._names = names
        self.drafts = Drafts()
        self.view = ComposerView()
        self.purpose = ""
        """Empty: a message or reply. Else the key of the need that is being denied."""
        self.typing = False
        self._refused = ""
        """The text that the refusal on the screen is about."""
        self._place_in_history = 0
        self._height = 0

    def compose(self) -> ComposeResult:
        yield _Bar(id="composer-bar")
        yield _Head(id="composer-head")
        yield _Resting(id="composer-resting")
        yield Editor(
            id="editor",
            soft_wrap=True,
            show_line_numbers=False,
            tab_behavior="focus",
            compact=True,
            highlight_cursor_line=False,
        )
        yield _Foot(id="composer-foot")

    @property
    def editor(self) -> Editor:
        return self.query_one(Editor)

    @property
    def target(self) -> str:
        return _target(self.view, self.purpose)

    def wanted_height(self, width: int) -> int:
        if not self.typing:
            return 2
        foot = self.query_one(_Foot)
        text_rows = max(1, min(TEXT_ROWS, self.editor.wrapped_document.height))
        return 1 + text_rows + len(foot.draw(width))

    def show(self, view: ComposerView) -> None:
        """What is open now. While a message is being written its target stays."""
        if self.typing and (self.purpose or (view.target, view.reply_to) != (self.view.target, self.view.reply_to)):
            return
        if view != self.view:
            self.view = view
            self._redraw()

    def start(self, view: ComposerView, purpose: str = "") -> None:
        """Begin to type for this target, with its draft."""
        self._keep_draft()
        self.view, self.purpose, self.typing = view, purpose, True
        self._place_in_history = 0
        draft = self.drafts.of(self.target)
        self.editor.load_text(draft.text)
        self.editor.move_cursor(self.editor.document.end)
        self.query_one(_Foot).refusal = ""
        self.add_class("-typing")
        self._redraw()
        self.screen.set_focus(self.editor, scroll_visible=False)

    def stop(self) -> None:
        """Back to lists; what was written stays as a draft."""
        self._keep_draft()
        self.typing, self.purpose = False, ""
        self.editor.completion = None
        self.remove_class("-typing")
        self._redraw()

    def sent(self, event: Composer.Sent, moved: ComposerView | None = None) -> None:
        """What was written has been stored: forget the draft. `moved`: where it went is known by this from now on."""
        self.drafts.remember(event.text)
        target = _target(event.view, event.purpose)
        self.drafts.of(target).text = ""
        if moved is not None and target == self.target:
            self.view = moved
            self.drafts.by_target[self.target] = self.drafts.by_target.pop(target)
        self._keep_draft()
        self._place_in_history = 0
        self.query_one(_Foot).refusal = ""
        self._redraw()

    def refuse(self, sentence: str, event: Composer.Sent) -> None:
        """Say why it was not sent; what was written comes back, in front of what was typed since."""
        target = _target(event.view, event.purpose)
        self.drafts.of(target).refused = (event.text, event.mode, event.client_id)
        if self.typing and target == self.target:
            self._refused = event.text + self.editor.text
            self.editor.load_text(self._refused)
            self.editor.move_cursor(self.editor.document.end)
            self.query_one(_Foot).refusal = sentence
        else:
            draft = self.drafts.of(target)
            draft.text = event.text + draft.text
        self._redraw()

    def cycle_mode(self) -> None:
        modes = [mode for mode, _ in MODES]
        draft = self.drafts.of(self.target)
        draft.mode = modes[(modes.index(draft.mode) + 1) % len(modes)]
        self._redraw()

    def _keep_draft(self) -> None:
        if self.typing:
            self.drafts.of(self.target).text = self.editor.text

    def _redraw(self) -> None:
        head, resting, foot, bar = (
            self.query_one(_Head),
            self.query_one(_Resting),
            self.query_one(_Foot),
            self.query_one(_Bar),
        )
        draft = self.drafts.of(self.target)
        head.view, foot.view = self.view, self.view
        head.when = "" if self.purpose else dict(MODES).get(draft.mode, "when idle")
        head.verb = "deny" if self.purpose else "reply to" if self.view.reply_to else "to"
        resting.draft = draft.text
        foot.completion = self.editor.completion
        bar.set_class(self.typing, "-typing")
        for part in (head, resting, foot, bar):
            part.redraw()
        height = self.wanted_height(self.size.width)
        if height != self._height:
            self._height = height
            self.post_message(self.Changed())

    def on_click(self, event: events.Click) -> None:
        event.stop()
        if not self.typing:
            self.post_message(self.Wanted())

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        if self.editor.text != self._refused:
            self.query_one(_Foot).refusal = self._refused = ""
        self._complete()

    def on_text_area_selection_changed(self, event: TextArea.SelectionChanged) -> None:
        event.stop()
        self._complete(again=self.editor.completion)

    def _complete(self, again: Completion | None = None) -> None:
        row, column = self.editor.cursor_location
        line = self.editor.document.get_line(row) if row < self.editor.document.line_count else ""
        found = complete(line[:column], self._names) if self.typing else None
        if again is not None and found is not None and again.word == found.word:
            found = again
        self.editor.completion = found
        self._redraw()

    def on_editor_submitted(self, event: Editor.Submitted) -> None:
        event.stop()
        if event.text.strip() or self.purpose:
            draft = self.drafts.of(self.target)
            once = draft.client_id(event.text)
            self.post_message(self.Sent(event.text, self.view, draft.mode, self.purpose, once))

    def on_editor_recalled(self, event: Editor.Recalled) -> None:
        event.stop()
        sent = self.drafts.sent
        place = max(-len(sent), min(0, self._place_in_history + event.steps))
        if place == self._place_in_history:
            return
        self._place_in_history = place
        self.editor.load_text(sent[place] if place else self.drafts.of(self.target).text)
        self.editor.move_cursor(self.editor.document.end)


def _target(view: ComposerView, purpose: str) -> str:
    """What a draft belongs to: the need that is being denied, the message that is answered, or the conversation."""
    return purpose or view.reply_to or view.target
