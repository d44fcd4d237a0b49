"""Going about the deck: from column to column, into what is under the cursor, and back."""

from __future__ import annotations

from relay_tui.tui.screens.verbs.topic import Topic
from relay_tui.tui.widgets.lineview import LineView

KEPT = 20
"""Conversations that `-` goes back through."""


class Going(Topic):
    async def to(self, conversation_id: str, remember: bool = True) -> None:
        """Open a conversation, as `Source.show` takes it; where we were is kept for `-`."""
        deck, here = self.deck, self.source.view.conversation.id
        deck.finding.forget()
        if conversation_id != here:
            if remember and here:
                self._remember(here)
            if not await deck.attempt(self.source.show(conversation_id)):
                return
        deck.go_into(deck.conversation)

    async def to_message(self, message_id: str) -> None:
        """Its conversation, with the message in sight and under the cursor; `-` goes back."""
        deck, here = self.deck, self.source.view.conversation.id
        if not await deck.attempt(self.source.show_message(message_id)):
            return
        if here and here != self.source.view.conversation.id:
            self._remember(here)
        deck.go_into(deck.conversation)
        if not deck.conversation.aim(message_id):
            self.flash("that reply is too far up in its thread to be shown", "need")

    async def to_newest(self) -> None:
        """The end of the conversation, and follow it."""
        if self.source.view.conversation.newer:
            await self.source.newest()
            self.deck.conversation.more_below = False
            self.deck.apply()
        self.deck.conversation.move_end(last=True)

    def _remember(self, conversation_id: str) -> None:
        self.deck.before = [*self.deck.before, conversation_id][-KEPT:]

    # Columns

    def do_column(self, step: int = 1) -> None:
        self.deck.go_into(self.deck.column_after(step), passing=True)

    def do_column_back(self) -> None:
        self.do_column(-1)

    def do_left(self) -> None:
        if self.deck.part() is not self.deck.columns_in_order()[0]:
            self.do_column(-1)

    def do_right(self) -> None:
        if self.deck.part() is not self.deck.columns_in_order()[-1]:
            self.do_column(1)

    # Into what is under the cursor, and back

    async def do_open(self) -> None:
        view = self.deck.part()
        await self.open(view, view.cursor)

    async def open(self, view: LineView, key: str) -> None:
        """Enter, or a second click, on a row."""
        deck = self.deck
        if view is deck.rail:
            kind, _, id = key.partition(":")
            if kind == "need":
                deck.go_into(deck.card)
            elif kind == "snoozed":
                await deck.needs.do_unsnooze()
            elif kind in ("channel", "direct"):
                await self.to(id)
            elif kind in ("agent", "thread"):
                await self.to(f"{kind}:{id}")
        elif view is deck.conversation and deck.attached.opens():
            await deck.attached.do_attached()
        elif view is deck.conversation:
            await deck.talking.do_thread()
        elif view is deck.card:
            await deck.needs.open_card()
        elif view is deck.transcripts and key:
            await self.to(f"agent:{key}")

    async def do_before(self) -> None:
        if self.deck.before:
            await self.to(self.deck.before.pop(), remember=False)

    async def back(self) -> None:
        """One step back, whatever that is here."""
        deck, in_conversation = self.deck, self.deck.home == "conversation"
        if deck.composer.typing:
            deck.leave_typing()
            deck.refocus()
        elif deck.has_class("-rail-open"):
            deck.go_into(deck.conversation)
        elif deck.talking.marks():
            deck.talking.unmark_all()
        elif in_conversation and await deck.finding.leave():
            pass
        elif in_conversation and (deck.conversation.cursor or deck.conversation.more_below):
            await self.to_newest()
        elif self.source.view.conversation.id.startswith("thread:") and deck.before:
            root = self.source.view.conversation.id.partition(":")[2]
            await self.do_before()
            deck.conversation.go_to(root)
        elif deck.home == "card":
            await deck.needs.leave_card()
