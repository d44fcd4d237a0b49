"""What the verbs of composing do: when, together or apart, in an editor; and what came along with messages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from textual import work

from relay_tui.core.errors import RelayError
from relay_tui.core.model import Mode
from relay_tui.core.text import preview, visible
from relay_tui.tui.screens.choose import Choose
from relay_tui.tui.screens.content import ContentScreen
from relay_tui.tui.screens.palette import Palette
from relay_tui.tui.screens.parts import DeckParts
from relay_tui.tui.screens.pick import Pick
from relay_tui.tui.view.deck import ComposerView, MessageRow, ScheduledRow
from relay_tui.tui.view.entry import Entry
from relay_tui.tui.view.letter import Draft, Letter
from relay_tui.tui.widgets.composer import Composer
from relay_tui.tui.widgets.enclosed import ENCLOSED
from relay_tui.tui.widgets.lineview import LineView
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


class ComposeVerbs(DeckParts):
    """Mixed into the deck."""

    async def attempt(self, coroutine: Awaitable[None]) -> bool:
        raise NotImplementedError

    def begin_typing(self, view: ComposerView, purpose: str = "") -> None:
        raise NotImplementedError

    async def do_when(self) -> None:
        """When it is shown to them, or said at all."""
        draft, view, now = self.composer.draft, self.composer.view, self.source.clock()
        arrivals = {mode: self.source.arrivals(view, Letter("", mode)) for mode in Mode}
        names = [arrival.name for arrival in arrivals[Mode.ON_IDLE]]
        here = f"{MODE}{draft.mode.value}" if draft.later is None else ""

        def typed(text: str) -> Entry | None:
            return typed_entry(text, self.source.clock(), "said later:")

        title = "when; or type 20m, 14:30, tomorrow 9:00"
        await self._choose(Choose(title, when_entries(arrivals, names, now), typed, "ctrl+t", here), choose_when)

    async def do_reply_by(self) -> None:
        """Whether a reply is asked for, and by when."""

        def typed(text: str) -> Entry | None:
            return typed_entry(text, self.source.clock(), "a reply: by")

        title = "by when you want a reply; or type 20m, 14:30, tomorrow 9:00"
        here = NONE if self.composer.draft.reply is None else SOME
        await self._choose(Choose(title, reply_entries(self.source.clock()), typed, "ctrl+r", here), choose_reply)

    async def _choose(self, screen: Choose, take: Callable[[Draft, str], None]) -> None:
        draft = self.composer.draft

        def chosen(id: str | None) -> None:
            if id:
                take(draft, id)
                self.composer.rechosen()
            self.refocus()

        await self.app.push_screen(screen, chosen)

    def do_together(self) -> None:
        self.composer.toggle_group()

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

        await self.app.push_screen(Pick("what waits to be said", entries), chosen)

    async def on_composer_scheduled_asked(self, event: Composer.ScheduledAsked) -> None:
        event.stop()
        await self.do_scheduled()

    async def _with_scheduled(self, row: ScheduledRow) -> None:
        verbs = [Entry("edit", "edit it, or its time"), Entry("now", "say it now"), Entry("cancel", "never say it")]

        async def chosen(verb: str | None) -> None:
            if verb == "edit":
                self._edit_scheduled(row)
            elif verb == "now" and await self.attempt(self.source.send(row.where, replace(row.letter, later=None))):
                self.flash("said", "ok")
            elif verb == "cancel" and await self.attempt(self.source.cancel_scheduled(row.id)):
                self.flash("it is not said", "ok")

        await self.app.push_screen(Pick(f"to {visible(row.to, keep='')}, {row.when}", verbs), chosen)

    def _edit_scheduled(self, row: ScheduledRow) -> None:
        """In the composer; what waits is replaced only when it is sent from there."""
        draft = self.composer.drafts.of(row.where.reply_to or row.where.target)
        if not draft.blank and draft.replaces != row.id:
            self.flash(f"there is a draft to {visible(row.to, keep='')} already: send it or empty it first", "need")
            return
        draft.take(row.letter)
        self.begin_typing(row.where)

    # In an editor

    @work(exclusive=True, group="pane", exit_on_error=False)
    async def do_editor(self) -> None:
        """The text in the operator's editor, and back."""
        try:
            text = await self.relay_app.edit_text(self.composer.editor.text)
        except (RelayError, OSError) as error:
            self.flash(str(error), "fault")
            return
        if len(text) >= MOST_WRITTEN and self.composer.enclose(enclose_large(text)):
            self.composer.replace_text("")
            self.flash("that much goes along as a file", "muted")
            return
        self.composer.replace_text(text)

    # Attachments

    async def do_attached(self) -> None:
        row = self.conversation.row()
        if row is None or not row.enclosed:
            return
        if len(row.enclosed) == 1:
            await self._open_attached(row, 0)
            return
        entries = [
            Entry(str(index), one.label, note=f"{one.size}  {one.kind}") for index, one in enumerate(row.enclosed)
        ]

        async def chosen(index: str | None) -> None:
            if index:
                await self._open_attached(row, int(index))

        await self.app.push_screen(Palette(entries), chosen)

    def opens_attached(self) -> bool:
        """Enter on a message opens its thread; in there, what came along with it."""
        row = self.conversation.row()
        return row is not None and bool(row.enclosed) and self.source.view.conversation.id.startswith("thread:")

    async def _open_attached(self, row: MessageRow, index: int) -> None:
        try:
            view = await self.source.content(row.id, index)
        except RelayError as error:
            self.flash(str(error), "fault")
            return
        await self.app.push_screen(ContentScreen(self.source, view))

    async def on_line_view_link_opened(self, event: LineView.LinkOpened) -> None:
        """A click on an attachment."""
        event.stop()
        row = self.conversation.row(event.key)
        if event.view is self.conversation and row is not None and event.link.startswith(ENCLOSED):
            await self._open_attached(row, int(event.link.removeprefix(ENCLOSED)))
