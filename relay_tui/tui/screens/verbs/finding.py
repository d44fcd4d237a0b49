"""Finding: the find bar, the inbox, what is said everywhere, the rules; and going to what was found."""

from __future__ import annotations

from relay_tui.tui import screens
from relay_tui.tui.screens.verbs.topic import Topic
from relay_tui.tui.view.hits import Found


class Finding(Topic):
    _text = ""
    _chosen = ""
    _from: tuple[str, str] | None = None
    """(conversation, message under the cursor) where the operator was when a find led him away."""

    async def do_find(self) -> None:
        screen = screens.Find(self.source, self._text, self._chosen)

        async def chosen(id: str | None) -> None:
            self._text = screen.text
            if id:
                self._chosen = screen.last_chosen
                here = self.source.view.conversation.id, self.deck.conversation.cursor
                self._from = self._from or here
                self.deck.conversation.highlight(screen.found.terms)
                await self.go_to(id)

        await self.show(screen, chosen)

    async def go_to(self, id: str) -> None:
        """`message:<id>`, or a conversation; what lies over the deck goes."""
        self.deck.relay_app.enter("deck")
        kind, _, rest = id.partition(":")
        await (self.deck.going.to_message(rest) if kind == "message" else self.deck.going.to(id))

    def forget(self) -> None:
        """The operator goes on from here: what was searched is not marked any more."""
        self._from = None
        self.deck.conversation.highlight(())

    async def leave(self) -> bool:
        """One step back after a find: to where it began. False: there was none."""
        deck, came, had = self.deck, self._from, bool(self.deck.conversation.terms)
        self.forget()
        if came is None:
            return had
        conversation_id, cursor = came
        if deck.before and deck.before[-1] == conversation_id:
            deck.before.pop()
        if self.source.view.conversation.id != conversation_id:
            await deck.going.to(conversation_id, remember=False)
        elif not cursor:
            await deck.going.to_newest()
        if cursor:
            deck.conversation.aim(cursor)
        return True

    # Lists that lead somewhere

    async def do_inbox(self) -> None:
        async def ask(before_seq: int | None) -> Found:
            return await self.source.inbox()

        empty = "Nothing waits for you: every channel, conversation and thread is read."
        await self.show(screens.Places(self.source, "INBOX", ask, empty))

    async def do_activity(self) -> None:
        empty = "Nothing has been said yet."
        await self.show(screens.Places(self.source, "ACTIVITY", self.source.activity, empty, endless=True))

    async def do_rules(self) -> None:
        # With the grammar of its words, 3 ms that the first paint does not wait for.
        await self.show(screens.RulesScreen(self.source))

    async def do_go(self) -> None:
        await self.deck.relay_app.do_palette("go: ")
