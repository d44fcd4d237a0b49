"""What the verbs mean on the need card: its message, a reply to it, what it waits for."""

from __future__ import annotations

from relay_tui.tui.screens.ask import Ask
from relay_tui.tui.screens.find_verbs import FindVerbs
from relay_tui.tui.screens.talk_verbs import TalkVerbs


class NeedVerbs(TalkVerbs, FindVerbs):
    """Mixed into the deck."""

    async def open_card(self) -> None:
        """Enter: go to the card; on it, to the message that it is about."""
        card = self.source.view.card
        if self.guard.reached and card is not None and card.message_id:
            await self.go_to_message(card.message_id)
        else:
            self.reach_card()

    async def do_reply(self) -> None:
        card = self.source.view.card
        nothing_else = self.conversation.row() is None and card is not None and card.kind in ("owed", "reply")
        if card is not None and card.message_id and (self.home == "card" or nothing_else):
            await self.go_to_message(card.message_id)
        await super().do_reply()

    async def do_waive(self) -> None:
        """Wait no longer for the replies to a message of the operator's."""
        card = self.source.view.card
        if card is None or card.kind != "reply":
            return

        async def answered(yes: bool | None) -> None:
            if yes and await self.attempt(self.source.waive(card.message_id)):
                self.flash("no reply is waited for any more", "muted")

        sentences = ["It is not counted as overdue any more. A reply that still comes is shown as any other."]
        await self.app.push_screen(Ask("Wait no longer for a reply?", sentences, "waits no longer"), answered)
