"""What the verbs on one message do: react, edit, delete, pin, copy, look at it all round, go to it and to its turn."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from relay_tui.core.errors import RelayError
from relay_tui.core.text import visible
from relay_tui.tui.actions import Now
from relay_tui.tui.drawing.emoji import drawn
from relay_tui.tui.drawing.ink import said
from relay_tui.tui.screens.about import AboutScreen
from relay_tui.tui.screens.ask import Ask
from relay_tui.tui.screens.pick import Pick
from relay_tui.tui.screens.react import React
from relay_tui.tui.screens.turn import TurnScreen
from relay_tui.tui.screens.verbs import Verbs
from relay_tui.tui.undo import Back, Undo
from relay_tui.tui.view.deck import MessageRow
from relay_tui.tui.view.entry import Entry
from relay_tui.tui.view.talk import Spot
from relay_tui.tui.widgets.composer import Composer

EDIT = "edit:"
"""Begins what the composer is about while a message is being edited; then its id."""
T = TypeVar("T")
_Go = Callable[[str], Awaitable[None]]


class MessageVerbs(Verbs):
    """Mixed into the deck."""

    _undo: Undo | None = None

    @property
    def undo(self) -> Undo:
        """What can be taken back; a verb of any screen may add to it."""
        if self._undo is None:
            self._undo = Undo()
        return self._undo

    def now(self) -> Now:
        now, row = super().now(), self.conversation.row()
        stands = row is not None and not row.deleted
        now.talk.message = f"{said(row.sender).text} {row.time}" if row is not None else ""
        now.talk.standing = stands
        now.talk.mine = stands and row is not None and row.mine
        now.talk.turn = (row is not None and bool(row.summary)) or (
            self.home == "transcripts" and bool(self.transcripts.cursor)
        )
        now.talk.pinned = self.source.view.conversation.pinned > 0
        now.talk.undo = bool(self.undo.deeds)
        now.talk.sending = not self.composer.purpose
        return now

    def _standing(self) -> MessageRow | None:
        row = self.conversation.row()
        return None if row is None or row.deleted else row

    async def done(self, doing: Awaitable[None], words: str, undone: str = "", back: Back | None = None) -> bool:
        """Do it and say so; with `back` it can be taken back."""
        if not await self.attempt(doing):
            return False
        if back is not None:
            self.undo.can(undone, back)
            self.refresh_hints()
        self.flash(f"{words}; u undoes it" if back is not None else words, "ok")
        return True

    async def answer(self, asking: Awaitable[T]) -> T | None:
        """Ask; a refusal becomes a line on the screen, and the answer None."""
        try:
            return await asking
        except RelayError as error:
            self.flash(str(error), "need")
            return None

    async def do_undo(self) -> None:
        deed = self.undo.last()
        if deed is not None and await self.attempt(deed.back()):
            self.flash(f"undone: {deed.words}", "ok")
        self.refresh_hints()

    # Reactions

    async def do_react(self) -> None:
        row = self._standing()
        if row is None:
            return
        mine = [mark.emoji for mark in row.reactions if mark.mine]

        async def chosen(emoji: str | None) -> None:
            if emoji:
                await self._react(row.id, emoji)

        await self.app.push_screen(React(mine), chosen)

    async def _react(self, message_id: str, emoji: str) -> None:
        async def toggle() -> None:
            await self.source.react(message_id, emoji)

        if await self.attempt(toggle()):
            sign = drawn(emoji, self.conversation.glyphs.emoji)
            self.undo.can(f"the reaction {visible(sign, keep='')}", toggle)
            self.refresh_hints()

    # Changing what was said

    def do_edit(self) -> None:
        row = self._standing()
        if row is None or not row.mine:
            return
        draft = self.composer.drafts.of(f"{EDIT}{row.id}")
        draft.text = draft.text or row.text
        self.begin_typing(self.source.editor_for(row.id), f"{EDIT}{row.id}")

    def leave_typing(self) -> None:
        """An edit that changes nothing is no draft: the next one begins with what the message says then."""
        purpose = self.composer.purpose
        super().leave_typing()
        if purpose.startswith(EDIT):
            draft, row = self.composer.drafts.of(purpose), self.conversation.row(purpose.removeprefix(EDIT))
            draft.text = "" if row is None or row.text == draft.text else draft.text

    async def on_composer_sent(self, event: Composer.Sent) -> None:
        if not event.purpose.startswith(EDIT):
            return
        event.stop()
        event.prevent_default()  # the same handler of the classes beneath sends it
        message_id = event.purpose.removeprefix(EDIT)
        text = event.text
        refusal = self.unknown_names(text) if text.strip() else "nothing is left of it; the palette deletes a message"
        if refusal:
            self.composer.refuse(refusal, event)
            return
        row = self.conversation.row(message_id)
        before = row.text if row is not None else ""
        try:
            await self.source.edit(message_id, text)
        except RelayError as error:
            self.composer.refuse(str(error), event)
            return
        self.composer.sent(event)
        self.leave_typing()
        self.refocus()
        if before and before != text:
            self.undo.can("the edit", lambda: self.source.edit(message_id, before))
        await self.source.refresh()
        self.apply()

    async def do_delete(self) -> None:
        row = self._standing()
        lists = await self.answer(self.source.undelivered_to(row.id)) if row is not None else None
        if row is None or lists is None:
            return
        not_yet, have = lists
        sentences = [f"{_names(have)} {_has(have)} it and {'keeps' if len(have) == 1 else 'keep'} it."] if have else []
        if not_yet:
            sentences.append(f"{_names(not_yet)} {_has(not_yet)} not been shown it and never will be.")
        sentences.append("This cannot be undone. What it said stays in the log.")

        async def answered(yes: bool | None) -> None:
            if yes:
                await self.done(self.source.delete(row.id), "deleted")

        whose = "your message" if row.mine else f"the message of {said(row.sender).text}"
        await self.app.push_screen(Ask(f"Delete {whose} of {row.time}?", sentences, "deletes"), answered)

    # Pins, threads, and going to a message

    async def do_pin_message(self) -> None:
        row = self._standing()
        if row is None:
            return
        pin, id = not row.pinned, row.id
        words = "pinned" if pin else "no longer pinned"
        await self.done(
            self.source.pin_message(id, pin), words, "the pin", lambda: self.source.pin_message(id, not pin)
        )

    async def do_pinned(self) -> None:
        spots = await self.source.pinned()
        await self._pick_spot("what is pinned here", spots, self.go_to_message)

    async def do_threads(self) -> None:
        spots = await self.source.threads()
        if not spots:
            self.flash("you are in no thread yet; r replies in one", "muted")
            return
        await self._pick_spot("a thread", spots, lambda id: self.go(f"thread:{id}"))

    async def _pick_spot(self, title: str, spots: Sequence[Spot], go: _Go) -> None:
        async def chosen(id: str | None) -> None:
            if id:
                await go(id)

        entries = [Entry(s.message_id, f"{s.time} {s.sender}: {s.text}", note=s.note) for s in spots]
        await self.app.push_screen(Pick(title, entries), chosen)

    async def do_turn(self) -> None:
        if self.home == "transcripts" and self.transcripts.cursor:
            message_id = self.source.got_last(self.transcripts.cursor)
            if message_id:
                await self.go_to_message(message_id)
            else:
                self.flash("no message is found in that transcript", "muted")
            return
        row = self.conversation.row()
        view = await self.answer(self.source.turn(row.id)) if row is not None else None
        if view is not None:
            await self.app.push_screen(TurnScreen(self.source, view))

    # Looking and copying

    async def do_about(self) -> None:
        row = self.conversation.row()
        view = await self.source.about(row.id) if row is not None else None
        if view is not None:
            await self.app.push_screen(AboutScreen(self.source, view))

    async def do_versions(self) -> None:
        await self.do_about()

    async def do_copy_as(self) -> None:
        row = self._standing()
        ways = await self.source.copies(row.id) if row is not None else []
        entries = [
            Entry(str(index), words, note=visible(text[:40].split("\n")[0])) for index, (words, text) in enumerate(ways)
        ]

        def chosen(index: str | None) -> None:
            if index:
                words, text = ways[int(index)]
                self.app.copy_to_clipboard(visible(text))
                self.flash(f"copied: {words}", "muted")

        if entries:
            await self.app.push_screen(Pick("copy as …", entries), chosen)


def _names(names: Sequence[str]) -> str:
    """`ada, bob and 3 others`, as they may be drawn."""
    shown = [said(name).text for name in names]
    if len(shown) > 4:
        return f"{', '.join(shown[:3])} and {len(shown) - 3} others"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]


def _has(names: Sequence[str]) -> str:
    return "has" if len(names) == 1 else "have"
