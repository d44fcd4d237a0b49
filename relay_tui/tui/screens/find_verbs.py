"""What the verbs of finding do: the find bar, inbox, activity, going to a message in its conversation."""

from __future__ import annotations

from collections.abc import Awaitable

from textual import work

from relay_tui.tui.screens.find import Find
from relay_tui.tui.screens.parts import DeckParts
from relay_tui.tui.screens.places import Places
from relay_tui.tui.widgets.lineview import LineView


class FindVerbs(DeckParts):
    """Mixed into the deck."""

    _find_text = ""
    _find_chosen = ""
    _from: tuple[str, str] | None = None
    """(conversation, message under the cursor) where the operator was when a find led him away."""

    async def go(self, conversation_id: str, remember: bool = True) -> None:
        raise NotImplementedError

    async def attempt(self, coroutine: Awaitable[None]) -> bool:
        raise NotImplementedError

    # Find

    async def do_find(self) -> None:
        screen = Find(self.source, self._find_text, self._find_chosen)

        async def chosen(id: str | None) -> None:
            self._find_text = screen.text
            if id:
                self._find_chosen = screen.last_chosen
                here = self.source.view.conversation.id, self.conversation.cursor
                self._from = self._from or here
                self.conversation.highlight(screen.found.terms)
                await self.go_to_hit(id)

        await self.app.push_screen(screen, chosen)

    async def go_to_hit(self, id: str) -> None:
        """`message:<id>`, or a conversation; what lies over the deck goes."""
        self.relay_app.enter("deck")
        kind, _, rest = id.partition(":")
        await (self.go_to_message(rest) if kind == "message" else self.go(id))

    async def go_to_message(self, message_id: str) -> None:
        """Its conversation, with the message in sight and under the cursor; `-` goes back."""
        here = self.source.view.conversation.id
        if not await self.attempt(self.source.show_message(message_id)):
            return
        there = self.source.view.conversation.id
        if here and here != there:
            self.before = [*self.before, here][-20:]
        self.go_into(self.conversation)
        if not self.conversation.aim(message_id):
            self.flash("that reply is too far up in its thread to be shown", "need")

    def forget_found(self) -> None:
        """The operator goes on from here: what was searched is not marked any more."""
        self._from = None
        self.conversation.highlight(())

    async def leave_found(self) -> bool:
        """One step back after a find: to where it began. False: there was none."""
        came, had = self._from, bool(self.conversation.terms)
        self.forget_found()
        if came is None:
            return had
        conversation_id, cursor = came
        if self.before and self.before[-1] == conversation_id:
            self.before.pop()
        if self.source.view.conversation.id != conversation_id:
            await self.go(conversation_id, remember=False)
        elif not cursor:
            await self.to_newest()
        if cursor:
            self.conversation.aim(cursor)
        return True

    async def to_newest(self) -> None:
        """The end of the conversation, and follow it."""
        if self.source.view.conversation.newer:
            await self.source.newest()
            self.conversation.more_below = False
            self.apply()
        self.conversation.move_end(last=True)

    @work(exclusive=True, group="newer", exit_on_error=False)
    async def _load_newer(self) -> None:
        if await self.source.newer():
            self.conversation.show(self.source.view.conversation)

    def on_line_view_bottom_reached(self, event: LineView.BottomReached) -> None:
        event.stop()
        if event.view is self.conversation:
            self._load_newer()

    # Lists

    async def do_inbox(self) -> None:
        async def ask(before_seq: int | None) -> object:
            return await self.source.inbox()

        empty = "Nothing waits for you: every channel, conversation and thread is read."
        await self.app.push_screen(Places(self.source, "INBOX", ask, empty))  # type: ignore[arg-type]

    async def do_activity(self) -> None:
        empty = "Nothing has been said yet."
        await self.app.push_screen(Places(self.source, "ACTIVITY", self.source.activity, empty, endless=True))

    async def do_rules(self) -> None:
        # With the grammar of its words, 3 ms that the first paint does not wait for.
        from relay_tui.tui.screens.rules import RulesScreen

        await self.app.push_screen(RulesScreen(self.source))

    async def do_go(self) -> None:
        await self.relay_app.do_palette("go: ")
