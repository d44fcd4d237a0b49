"""Where messages are written: who it goes to, when it is shown to them, the text, and when each of them gets it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from textual import events
from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import TextArea

from relay_tui.core.clock import Clock
from relay_tui.tui.view.deck import Arrival, ComposerView
from relay_tui.tui.view.letter import Draft, Drafts, Later, Letter, ReplyWanted
from relay_tui.tui.widgets.composer_along import Along
from relay_tui.tui.widgets.composer_lines import TEXT_ROWS, Bar, Beside, Foot, Head, Resting
from relay_tui.tui.widgets.editor import Editor
from relay_tui.tui.words.moments import moment
from relay_tui.tui.writing.choices import later_words
from relay_tui.tui.writing.completion import EMOJI, Completion, complete, path_word

LONGEST_PATH = 1_000
"""Characters of a line up to which a path is looked for at its end."""
_COMMAND = re.compile(r"/(?P<name>later|reply-by|scheduled)(?:[ ]+(?P<when>[^\n]*?))?[ ]*(?:\n|$)")
EMOJI_OFFERED = 30
Names = Callable[[str], list[tuple[str, str]]]
Arrivals = Callable[[ComposerView, Letter], tuple[Arrival, ...]]


class Composer(Along):
    """Two rows at rest, more while typing. What it is about (`purpose`) decides what enter does."""

    @dataclass
    class Sent(Message):
        """Enter was pressed on something to send (or, when denying, on nothing)."""

        letter: Letter
        view: ComposerView
        purpose: str

        @property
        def text(self) -> str:
            return self.letter.text

    @dataclass
    class Changed(Message):
        """It wants another height."""

    @dataclass
    class ScheduledAsked(Message):
        """What waits to be said is to be shown."""

    @dataclass
    class Wanted(Message):
        """It was clicked while at rest."""

    def __init__(
        self,
        names: Names,
        arrivals: Arrivals,
        folder: Callable[[], str],
        drafts: Drafts,
        clock: Clock,
        *,
        id: str | None = None,
    ) -> None:
        """`names`: what a sign may name; `arrivals`: when each recipient of a letter would be shown it."""
        super().__init__(folder, id=id)
        self._names = names
        self._arrivals = arrivals
        self._editor = Editor(
            id="editor",
            soft_wrap=True,
            show_line_numbers=False,
            tab_behavior="focus",
            highlight_cursor_line=False,
        )
        self.drafts = drafts
        self._clock = clock
        self.view = ComposerView()
        self.purpose = ""
        """Empty: a message or reply. Else the key of the need that is being denied."""
        self.typing = False
        self._on_its_way: dict[str, tuple[str, Letter]] = {}
        """Target and letter of what was sent and is not known to be stored, by client id."""
        self._refused = ""
        """The text that the refusal on the screen is about."""
        self._place_in_history = 0
        self._height = 0

    def compose(self) -> ComposeResult:
        yield Bar(id="composer-bar")
        yield Head(id="composer-head")
        yield Resting(id="composer-resting")
        yield Beside(id="composer-beside")
        yield self._editor
        yield Foot(id="composer-foot")

    @property
    def editor(self) -> Editor:
        return self._editor

    @property
    def target(self) -> str:
        return _target(self.view, self.purpose)

    @property
    def draft(self) -> Draft:
        return self.drafts.of(self.target)

    def wanted_height(self, width: int) -> int:
        if not self.typing:
            return 2
        foot = self.query_one(Foot)
        text_rows = max(1, min(TEXT_ROWS, self.editor.wrapped_document.height))
        return 1 + text_rows + len(self.query_one(Beside).draw(width)) + len(foot.draw(width))

    def show(self, view: ComposerView) -> None:
        """What is open now. While a message is being written its target stays."""
        if self.typing and (self.purpose or (view.target, view.reply_to) != (self.view.target, self.view.reply_to)):
            view = self.view
        view = self._with_arrivals(view)
        if view != self.view:
            self.view = view
            self._redraw()

    def _with_arrivals(self, view: ComposerView) -> ComposerView:
        if self.purpose or not self.typing:
            return view
        return replace(view, arrivals=self._arrivals(view, self.drafts.of(_target(view, "")).letter()))

    def start(self, view: ComposerView, purpose: str = "") -> None:
        """Begin to type for this target, with its draft."""
        self.keep_draft()
        self.view, self.purpose, self.typing = view, purpose, True
        self.view = self._with_arrivals(view)
        self._place_in_history = 0
        draft = self.draft
        self.editor.load_text(draft.text)
        self.editor.move_cursor(self.editor.document.end)
        self.query_one(Foot).refusal = ""
        self.add_class("-typing")
        self._redraw()
        self.screen.set_focus(self.editor, scroll_visible=False)

    def stop(self) -> None:
        """Back to lists; what was written stays as a draft."""
        self._place_in_history = 0
        self.keep_draft()
        self.typing, self.purpose = False, ""
        self.editor.completion = None
        self.set_offer(None)
        self.remove_class("-typing")
        self._redraw()

    def sent(self, event: Composer.Sent, moved: ComposerView | None = None) -> None:
        """What was written has been stored: forget the draft. `moved`: where it went is known by this from now on."""
        self._on_its_way.pop(event.letter.client_id, None)
        self.drafts.remember(_place(event.view, event.purpose), event.text)
        target = _target(event.view, event.purpose)
        if moved is not None and target == self.target:
            self.view = self._with_arrivals(moved)
            self.drafts.moved(target, self.target)
        self.keep_draft()
        self._place_in_history = 0
        self.query_one(Foot).refusal = ""
        self._redraw()

    def refuse(self, sentence: str, event: Composer.Sent) -> None:
        """Say why it was not sent; what was written comes back, in front of what was typed since."""
        target = _target(event.view, event.purpose)
        self._on_its_way.pop(event.letter.client_id, None)
        self.drafts.of(target).come_back(event.letter)
        if self.typing and target == self.target:
            self._refused = event.text + self.editor.text
            self.editor.load_text(self._refused)
            self.editor.move_cursor(self.editor.document.end)
            self.say(sentence)
        else:
            draft = self.drafts.of(target)
            draft.text = event.text + draft.text
        self._redraw()

    def toggle_group(self) -> None:
        """To several: a message to each, or one conversation of all."""
        draft = self.draft
        draft.group = not draft.group
        self.rechosen()

    def rechosen(self) -> None:
        """Something about the draft other than its text has changed."""
        self.view = self._with_arrivals(self.view)
        self._redraw()

    def replace_text(self, text: str) -> None:
        """What is written is this now."""
        self.set_offer(None)
        self.editor.load_text(text)
        self.editor.move_cursor(self.editor.document.end)
        self._redraw()

    def say(self, sentence: str) -> None:
        self._refused = self.editor.text
        self.query_one(Foot).refusal = sentence
        self._redraw()

    def on_unmount(self) -> None:
        self.keep_draft()
        for target, letter in self._on_its_way.values():
            # The screen was left before it was known to be stored: better twice than lost.
            draft = self.drafts.of(target)
            draft.come_back(letter)
            draft.text = letter.text + draft.text

    def keep_draft(self) -> None:
        """What is in the editor is the draft, unless it is something of before that is only looked at."""
        if self.typing and not self._place_in_history:
            self.drafts.of(self.target).text = self.editor.text

    def _redraw(self) -> None:
        head, resting, foot, bar = (
            self.query_one(Head),
            self.query_one(Resting),
            self.query_one(Foot),
            self.query_one(Bar),
        )
        beside = self.query_one(Beside)
        draft = self.draft
        head.view, foot.view = self.view, self.view
        head.draft = None if self.purpose else draft
        head.now = self._clock()
        foot.later = later_words(draft.later, head.now) if draft.later and not self.purpose else ""
        head.verb = self._verb()
        beside.enclosed = draft.enclosed if self.typing else ()
        beside.set_class(bool(beside.enclosed), "-some")
        foot.offer = self.offer.enclosure if self.offer is not None else None
        resting.draft = draft.text
        foot.completion = self.editor.completion
        bar.set_class(self.typing, "-typing")
        for part in (head, resting, beside, foot, bar):
            part.redraw()
        height = self.wanted_height(self.size.width)
        if height != self._height:
            self._height = height
            self.post_message(self.Changed())

    def _verb(self) -> str:
        if self.purpose:
            return "edit" if self.purpose.startswith("edit:") else "deny"
        return "reply to" if self.view.reply_to else "to"

    def on_click(self, event: events.Click) -> None:
        event.stop()
        if not self.typing:
            self.post_message(self.Wanted())

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        if self.editor.text != self._refused:
            self.query_one(Foot).refusal = self._refused = ""
        self.check_offer()
        self._complete()

    def on_text_area_selection_changed(self, event: TextArea.SelectionChanged) -> None:
        event.stop()
        self._complete(again=self.editor.completion)

    def _complete(self, again: Completion | None = None) -> None:
        before = self.before_cursor()
        row, _ = self.editor.cursor_location
        found = complete(before, self._named, first_line=row == 0 and not self.purpose) if self.typing else None
        if found is None and again is not None and before.endswith(again.word) and path_word(before) is not None:
            found = again  # what was looked up for this very word
        elif again is not None and found is not None and again.word == found.word:
            found = again
        elif found is None and self.typing and not self.purpose and len(before) < LONGEST_PATH:
            self.begin_path(before)
        self.editor.completion = found
        self._redraw()

    def _named(self, sign: str) -> list[tuple[str, str]]:
        if not sign.startswith(EMOJI):
            return self._names(sign)
        from relay_tui.tui.drawing.emoji import matching  # the table of names, 10 ms, for those who write one

        return matching(sign.removeprefix(EMOJI), EMOJI_OFFERED)

    def on_editor_submitted(self, event: Editor.Submitted) -> None:
        event.stop()
        if not self.purpose and self._obeyed(event.text):
            return
        if event.text.strip() or self.purpose or self.draft.enclosed:
            draft = self.draft
            letter = draft.leaving(event.text)
            if not self.purpose:
                self._on_its_way[letter.client_id] = (self.target, letter)
            self.post_message(self.Sent(letter, self.view, self.purpose))

    def _obeyed(self, text: str) -> bool:
        """The first line may be a command to the composer itself; the rest of the text stays."""
        found = _COMMAND.match(text)
        if found is None:
            return False
        at = moment(found["when"] or "", self._clock())
        if found["name"] != "scheduled" and at is None:
            self.replace_text(text)
            self.say(f"/{found['name']} needs a time that is to come: 20m, 14:30, tomorrow 9:00")
            return True
        self.replace_text(text[found.end() :])
        if found["name"] == "later":
            self.draft.later = Later(at)
        elif found["name"] == "reply-by":
            self.draft.reply = ReplyWanted(at)
        else:
            self.post_message(self.ScheduledAsked())
        self.rechosen()
        return True

    def on_editor_recalled(self, event: Editor.Recalled) -> None:
        event.stop()
        sent = self.drafts.sent_to(_place(self.view, self.purpose))
        place = max(-len(sent), min(0, self._place_in_history + event.steps))
        if place == self._place_in_history:
            return
        self._place_in_history = place
        self.editor.load_text(sent[place] if place else self.drafts.of(self.target).text)
        self.editor.move_cursor(self.editor.document.end)


def _target(view: ComposerView, purpose: str) -> str:
    """What a draft belongs to: the need that is being denied, the message that is answered, or the conversation."""
    return purpose or view.reply_to or view.target


def _place(view: ComposerView, purpose: str) -> str:
    """What was said where: the key of a history. What is said with a denial is no message."""
    return "deny" if purpose else view.target
