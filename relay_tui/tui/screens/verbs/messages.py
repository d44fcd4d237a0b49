"""What the verbs on one message do: react, edit, delete, pin, copy, look at it all round, go to it and to its turn."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from relay_tui.core.errors import RelayError
from relay_tui.core.text import visible
from relay_tui.tui import screens
from relay_tui.tui.drawing.emoji import drawn
from relay_tui.tui.drawing.ink import said
from relay_tui.tui.screens.verbs.sending import unknown_names
from relay_tui.tui.screens.verbs.topic import Topic
from relay_tui.tui.view.entry import Entry
from relay_tui.tui.view.talk import Spot
from relay_tui.tui.widgets.composer import Composer

EDIT = "edit:"
"""Begins what the composer is about while a message is being edited; then its id."""
_Go = Callable[[str], Awaitable[None]]


class Messages(Topic):
    # Reactions

    async def do_react(self) -> None:
        row = self.deck.standing()
        if row is None:
            return
        mine = [mark.emoji for mark in row.reactions if mark.mine]

        async def chosen(emoji: str | None) -> None:
            if emoji:
                await self._react(row.id, emoji)

        await self.show(screens.React(mine), chosen)

    async def _react(self, message_id: str, emoji: str) -> None:
        async def toggle() -> None:
            await self.source.talk.react(message_id, emoji)

        if await self.deck.attempt(toggle()):
            sign = drawn(emoji, self.deck.conversation.glyphs.emoji)
            self.deck.undo.can(f"the reaction {visible(sign, keep='')}", toggle)
            self.deck.refresh_hints()

    # Changing what was said

    def do_edit(self) -> None:
        row = self.deck.standing()
        if row is None or not row.mine:
            return
        draft = self.deck.composer.drafts.of(f"{EDIT}{row.id}")
        draft.text = draft.text or row.text
        self.deck.begin_typing(self.source.talk.editor_for(row.id), f"{EDIT}{row.id}")

    def edit_left(self, purpose: str) -> None:
        """An edit that changes nothing is no draft: the next one begins with what the message says then."""
        if purpose.startswith(EDIT):
            draft, row = self.deck.composer.drafts.of(purpose), self.deck.conversation.row(purpose.removeprefix(EDIT))
            draft.text = "" if row is None or row.text == draft.text else draft.text

    async def edited(self, event: Composer.Sent) -> None:
        """New words for a message were sent off."""
        composer, text, message_id = self.deck.composer, event.text, event.purpose.removeprefix(EDIT)
        nothing = "nothing is left of it; the palette deletes a message"
        refusal = unknown_names(self.source, text) if text.strip() else nothing
        if refusal:
            composer.refuse(refusal, event)
            return
        row = self.deck.conversation.row(message_id)
        before = row.text if row is not None else ""
        try:
            await self.source.talk.edit(message_id, text)
        except RelayError as error:
            composer.refuse(str(error), event)
            return
        composer.sent(event)
        self.deck.leave_typing()
        self.deck.refocus()
        if before and before != text:
            self.deck.undo.can("the edit", lambda: self.source.talk.edit(message_id, before))
        await self.deck.bring()

    async def do_delete(self) -> None:
        row = self.deck.standing()
        lists = await self.deck.answer(self.source.talk.undelivered_to(row.id)) if row is not None else None
        if row is None or lists is None:
            return
        not_yet, have = lists
        sentences = [f"{_names(have)} {_has(have)} it and {'keeps' if len(have) == 1 else 'keep'} it."] if have else []
        if not_yet:
            sentences.append(f"{_names(not_yet)} {_has(not_yet)} not been shown it and never will be.")
        sentences.append("This cannot be undone. What it said stays in the log.")

        async def answered(yes: bool | None) -> None:
            if yes:
                await self.deck.done(self.source.talk.delete(row.id), "deleted")

        whose = "your message" if row.mine else f"the message of {said(row.sender).text}"
        await self.show(screens.Ask(f"Delete {whose} of {row.time}?", sentences, "deletes"), answered)

    # Pins, threads, and going to a message

    async def do_pin_message(self) -> None:
        row = self.deck.standing()
        if row is None:
            return
        pin, id = not row.pinned, row.id
        words = "pinned" if pin else "no longer pinned"
        await self.deck.done(
            self.source.talk.pin_message(id, pin), words, "the pin", lambda: self.source.talk.pin_message(id, not pin)
        )

    async def do_pinned(self) -> None:
        spots = await self.source.talk.pinned()
        await self._pick_spot("what is pinned here", spots, self.deck.going.to_message)

    async def do_threads(self) -> None:
        spots = await self.source.talk.threads()
        if not spots:
            self.flash("you are in no thread yet; r replies in one", "muted")
            return
        await self._pick_spot("a thread", spots, lambda id: self.deck.going.to(f"thread:{id}"))

    async def _pick_spot(self, title: str, spots: Sequence[Spot], go: _Go) -> None:
        async def chosen(id: str | None) -> None:
            if id:
                await go(id)

        entries = [Entry(s.message_id, f"{s.time} {s.sender}: {s.text}", note=s.note) for s in spots]
        await self.show(screens.Pick(title, entries), chosen)

    async def do_turn(self) -> None:
        if self.deck.home == "transcripts" and self.deck.transcripts.cursor:
            message_id = self.source.talk.got_last(self.deck.transcripts.cursor)
            if message_id:
                await self.deck.going.to_message(message_id)
            else:
                self.flash("no message is found in that transcript", "muted")
            return
        row = self.deck.conversation.row()
        view = await self.deck.answer(self.source.talk.turn(row.id)) if row is not None else None
        if view is not None:
            await self.show(screens.TurnScreen(self.source, view))

    # Looking and copying

    async def do_about(self) -> None:
        row = self.deck.conversation.row()
        view = await self.source.talk.about(row.id) if row is not None else None
        if view is not None:
            await self.show(screens.AboutScreen(self.source, view))

    async def do_versions(self) -> None:
        await self.do_about()

    async def do_copy_as(self) -> None:
        row = self.deck.standing()
        ways = await self.source.talk.copies(row.id) if row is not None else []
        entries = [
            Entry(str(index), words, note=visible(text[:40].split("\n")[0])) for index, (words, text) in enumerate(ways)
        ]

        def chosen(index: str | None) -> None:
            if index:
                words, text = ways[int(index)]
                self.deck.app.copy_to_clipboard(visible(text))
                self.flash(f"copied: {words}", "muted")

        if entries:
            await self.show(screens.Pick("copy as", entries), chosen)


def _names(names: Sequence[str]) -> str:
    """`ada, bob and 3 others`, as they may be drawn."""
    shown = [said(name).text for name in names]
    if len(shown) > 4:
        return f"{', '.join(shown[:3])} and {len(shown) - 3} others"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]


def _has(names: Sequence[str]) -> str:
    return "has" if len(names) == 1 else "have"
