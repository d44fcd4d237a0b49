"""The verbs that begin a message: to what is under the cursor, to what is marked, as a reply."""

from __future__ import annotations

from relay_tui.tui.screens.verbs.topic import Topic
from relay_tui.tui.view.deck import ComposerView


class Talking(Topic):
    def do_message(self) -> None:
        self.deck.begin_typing(self.composer_here())

    def composer_here(self) -> ComposerView:
        """To what is marked, else to what is under the rail's cursor, else into this conversation."""
        marked = self.marked_agents()
        if marked:
            return self.source.composer_to(marked)
        kind, id = self.deck.rail_key() if self.deck.home == "rail" else ("", "")
        if kind == "agent":
            return self.source.composer_to([id])
        if kind in ("channel", "direct"):
            return self.source.composer_into(id)
        return self.source.composer_for()

    # Several

    def do_mark(self) -> None:
        part = self.deck.part()
        part.mark(part.cursor)
        count = len(self.marked_agents())
        self.flash(f"{count} marked; m writes to {'it' if count == 1 else 'them'}" if count else "nothing is marked")
        self.deck.refresh_hints()

    def marks(self) -> int:
        return len(self.deck.rail.marked) + len(self.deck.conversation.marked)

    def unmark_all(self) -> None:
        self.deck.rail.unmark_all()
        self.deck.conversation.unmark_all()
        self.deck.refresh_hints()

    def marked_agents(self) -> list[str]:
        """Ids of the agents that are marked, and of those whose messages are."""
        ids: list[str] = []
        for key in sorted(self.deck.rail.marked):
            kind, _, id = key.partition(":")
            direct = next((row.agent_ids for row in self.source.view.direct if row.id == id), ())
            ids += [id] if kind == "agent" else direct
        for key in sorted(self.deck.conversation.marked):
            row = self.deck.conversation.row(key)
            ids += [row.sender_id] if row is not None and not row.mine else []
        return list(dict.fromkeys(ids))

    async def do_reply(self) -> None:
        """On the need card, or where nothing else is under the cursor, to the message that waits for a reply."""
        card, row = self.source.view.card, self.deck.conversation.row()
        waits = row is None and card is not None and card.kind in ("owed", "reply")
        if card is not None and card.message_id and (self.deck.home == "card" or waits):
            await self.deck.going.to_message(card.message_id)
            row = self.deck.conversation.row()
        if row is not None:
            self.deck.begin_typing(self.source.composer_for(row.thread_id or row.id))

    async def do_thread(self) -> None:
        row = self.deck.conversation.row()
        if row is not None:
            await self.deck.going.to(f"thread:{row.thread_id or row.id}")
