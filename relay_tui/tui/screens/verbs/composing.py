"""The verbs on what is being written: when it is said, together or apart, in an editor; on what waits to be said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from relay_tui.core.errors import RelayError
from relay_tui.core.model import Mode
from relay_tui.core.text import preview, visible
from relay_tui.tui import screens
from relay_tui.tui.screens.verbs.topic import Topic
from relay_tui.tui.view.deck import ScheduledRow
from relay_tui.tui.view.entry import Entry
from relay_tui.tui.view.letter import Draft, Letter
from relay_tui.tui.writing.choices import (
    MODE,
    NONE,
    SOME,
    choose_reply,
    choose_when,
    reply_entries,
    typed_entry,
    when_entries,
)
from relay_tui.tui.writing.enclosing import MOST_WRITTEN, enclose_large


class Composing(Topic):
    async def do_when(self) -> None:
        """When it is shown to them, or said at all."""
        draft, view, now = self.deck.composer.draft, self.deck.composer.view, self.source.clock()
        arrivals = {mode: self.source.arrivals(view, Letter("", mode)) for mode in Mode}
        names = [arrival.name for arrival in arrivals[Mode.ON_IDLE]]
        here = f"{MODE}{draft.mode.value}" if draft.later is None else ""

        def typed(text: str) -> Entry | None:
            return typed_entry(text, self.source.clock(), "said later:")

        title = "when; or type 20m, 14:30, tomorrow 9:00"
        await self._choose(
            screens.Choose(title, when_entries(arrivals, names, now), typed, "ctrl+t", here), choose_when
        )

    async def do_reply_by(self) -> None:
        """Whether a reply is asked for, and by when."""

        def typed(text: str) -> Entry | None:
            return typed_entry(text, self.source.clock(), "a reply: by")

        title = "by when you want a reply; or type 20m, 14:30, tomorrow 9:00"
        here = NONE if self.deck.composer.draft.reply is None else SOME
        await self._choose(
            screens.Choose(title, reply_entries(self.source.clock()), typed, "ctrl+r", here), choose_reply
        )

    async def _choose(self, screen: screens.Choose, take: Callable[[Draft, str], None]) -> None:
        draft = self.deck.composer.draft

        def chosen(id: str | None) -> None:
            if id:
                take(draft, id)
                self.deck.composer.rechosen()
            self.deck.refocus()

        await self.show(screen, chosen)

    def do_together(self) -> None:
        self.deck.composer.toggle_group()

    # What waits to be said

    async def do_scheduled(self) -> None:
        rows = {row.id: row for row in await self.source.scheduled()}
        if not rows:
            self.flash("nothing waits to be said; ^t while writing says it later", "muted")
            return
        entries = [
            Entry(row.id, f"{visible(row.to, keep='')}: {preview(row.letter.text, 48)}", note=row.when)
            for row in rows.values()
        ]

        async def chosen(id: str | None) -> None:
            if id:
                await self._with_scheduled(rows[id])

        await self.show(screens.Pick("what waits to be said", entries), chosen)

    async def _with_scheduled(self, row: ScheduledRow) -> None:
        verbs = [Entry("edit", "edit it, or its time"), Entry("now", "say it now"), Entry("cancel", "never say it")]

        async def chosen(verb: str | None) -> None:
            if verb == "edit":
                self._edit_scheduled(row)
            elif verb == "now" and await self.deck.attempt(
                self.source.send(row.where, replace(row.letter, later=None))
            ):
                self.flash("said", "ok")
            elif verb == "cancel" and await self.deck.attempt(self.source.cancel_scheduled(row.id)):
                self.flash("it is not said", "ok")

        await self.show(screens.Pick(f"to {visible(row.to, keep='')}, {row.when}", verbs), chosen)

    def _edit_scheduled(self, row: ScheduledRow) -> None:
        """In the composer; what waits is replaced only when it is sent from there."""
        draft = self.deck.composer.drafts.of(row.where.reply_to or row.where.target)
        if not draft.blank and draft.replaces != row.id:
            self.flash(f"there is a draft to {visible(row.to, keep='')} already: send it or empty it first", "need")
            return
        draft.take(row.letter)
        self.deck.begin_typing(row.where)

    # In an editor

    def do_editor(self) -> None:
        """The text in the operator's editor, and back."""
        self.deck.run_worker(self._edit(), group="pane", exclusive=True, exit_on_error=False)

    async def _edit(self) -> None:
        composer = self.deck.composer
        try:
            text = await self.deck.relay_app.edit_text(composer.editor.text)
        except (RelayError, OSError) as error:
            self.flash(str(error), "fault")
            return
        if len(text) >= MOST_WRITTEN and composer.enclose(enclose_large(text)):
            composer.replace_text("")
            self.flash("that much goes along as a file", "muted")
            return
        composer.replace_text(text)
