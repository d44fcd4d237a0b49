"""The half of the composer that knows what goes along with a text: attached, pasted, dropped."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from textual import work
from textual.containers import Vertical
from textual.widgets.text_area import Location

from relay_tui.core.errors import Refused
from relay_tui.tui.view.letter import Draft, Enclosure
from relay_tui.tui.widgets.editor import Editor
from relay_tui.tui.writing.completion import Completion, Proposal, path_proposals, path_word
from relay_tui.tui.writing.enclosing import check_room, enclose_large, enclose_pasted, enclose_path, list_paths


@dataclass(slots=True)
class Offer:
    """A paste that stands in the text from `start` to `end`, and what it could be instead."""

    enclosure: Enclosure
    text: str
    start: Location
    end: Location


class Along(Vertical):
    """Base of the composer. `folder`: what paths are seen from."""

    def __init__(self, folder: Callable[[], str], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._folder_words = folder
        self.offer: Offer | None = None

    # What the composer gives

    @property
    def editor(self) -> Editor:
        raise NotImplementedError

    @property
    def draft(self) -> Draft:
        raise NotImplementedError

    def rechosen(self) -> None:
        """Something about the draft other than its text has changed."""
        raise NotImplementedError

    def say(self, sentence: str) -> None:
        """Under the text, until the text changes."""
        raise NotImplementedError

    @property
    def folder(self) -> Path:
        return Path(self._folder_words()).expanduser()

    # Attaching

    def enclose(self, enclosure: Enclosure) -> bool:
        try:
            check_room(self.draft.enclosed)
        except Refused as refusal:
            self.say(str(refusal))
            return False
        self.draft.enclose(enclosure)
        self.rechosen()
        return True

    def on_editor_took(self, event: Editor.Took) -> None:
        event.stop()
        self._take(event.path)

    @work(group="enclose", exit_on_error=False)
    async def _take(self, path: str) -> None:
        try:
            enclosure = await asyncio.to_thread(enclose_path, path, self.folder)
        except Refused as refusal:
            self.say(str(refusal))
        else:
            self.enclose(enclosure)

    def on_editor_take_off(self, event: Editor.TakeOff) -> None:
        event.stop()
        if self.draft.enclosed:
            self.draft.enclosed = self.draft.enclosed[:-1]
            self.rechosen()

    # Pasting

    async def on_editor_pasted(self, event: Editor.Pasted) -> None:
        event.stop()
        if event.start is None or event.end is None:
            self.enclose(enclose_large(event.text))
            return
        found = await asyncio.to_thread(enclose_pasted, event.text, self.folder)
        self.set_offer(Offer(found, event.text, event.start, event.end) if found is not None else None)

    def on_editor_accepted(self, event: Editor.Accepted) -> None:
        """Take the paste out of the text, and along with it."""
        event.stop()
        offer = self.offer
        if offer is not None and self.enclose(offer.enclosure):
            self.set_offer(None)
            self.editor.replace("", offer.start, offer.end)

    def set_offer(self, offer: Offer | None) -> None:
        if offer is not self.offer:
            self.offer = offer
            self.editor.offering = offer is not None
            self.rechosen()

    def check_offer(self) -> None:
        """It stands only as long as what was pasted stands in the text."""
        offer = self.offer
        if offer is not None and self.editor.get_text_range(offer.start, offer.end) != offer.text:
            self.set_offer(None)

    # Paths

    def begin_path(self, before: str) -> bool:
        """Look up what could continue the path that ends `before`; False: there is none."""
        word = path_word(before)
        if word is not None:
            self._propose_paths(word, before)
        return word is not None

    @work(exclusive=True, group="paths", exit_on_error=False)
    async def _propose_paths(self, word: Completion, before: str) -> None:
        found = await asyncio.to_thread(list_paths, word.word, self.folder)
        word.proposals = path_proposals(word, found)
        if not found and word.sign:
            try:
                place = await asyncio.to_thread(enclose_path, word.word, self.folder)
            except Refused:
                return
            word.proposals = [Proposal(word.word, place.note, attaches=True)]
        if word.proposals and self.before_cursor() == before:
            self.editor.completion = word
            self.rechosen()

    def before_cursor(self) -> str:
        row, column = self.editor.cursor_location
        return self.editor.document.get_line(row)[:column] if row < self.editor.document.line_count else ""
