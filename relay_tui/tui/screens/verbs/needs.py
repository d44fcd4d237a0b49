"""The verbs on what needs a person, and on its card: going to it, deciding, putting it off."""

from __future__ import annotations

from relay_tui.core.errors import RelayError
from relay_tui.core.text import visible
from relay_tui.tui import screens
from relay_tui.tui.screens.verbs.topic import Topic
from relay_tui.tui.widgets.composer import Composer


class Needs(Topic):
    async def do_next_need(self, step: int = 1) -> None:
        deck, card = self.deck, self.source.view.card
        needs = [need.key for need in self.source.view.needs]
        here = card.key if card is not None else ""
        if not needs:
            await self.source.select_need("")
            deck.apply()
            deck.refocus()
            return
        if here in needs and deck.guard.reached and card is not None:
            here = needs[(needs.index(here) + step) % len(needs)]
        elif here not in needs:
            here = needs[0]
        await self.source.select_need(here)
        deck.rail.go_to(f"need:{here}")
        deck.apply()
        deck.go_into(deck.card)

    async def do_previous_need(self) -> None:
        await self.do_next_need(-1)

    def under_cursor(self, key: str) -> None:
        """The card shows the need that the rail's cursor is on."""
        self.deck.run_worker(self._select(key), group="need", exclusive=True, exit_on_error=False)

    async def _select(self, key: str) -> None:
        await self.source.select_need(key)
        self.deck.apply()

    # On the card

    async def open_card(self) -> None:
        """Enter: go to the card; on it, to the message that it is about."""
        card = self.source.view.card
        if self.deck.guard.reached and card is not None and card.message_id:
            await self.deck.going.to_message(card.message_id)
        else:
            self.deck.reach_card()

    async def leave_card(self) -> None:
        """Back to the lists; a card that is over goes with it."""
        deck, card = self.deck, self.source.view.card
        if card is not None and card.outcome:
            await self.source.select_need("")
            deck.apply()
        deck.go_into(deck.rail if deck.visible_now(deck.rail) else deck.conversation)

    def _refuse_decision(self, key: str) -> str:
        """Why this press decides nothing, in a sentence; empty: it decides."""
        refusal = self.deck.guard.refuse(key)
        card = self.source.view.card
        if card is not None and card.frozen:
            return "approvals are frozen: ctrl+g resumes"
        if card is not None and self.deck.guard.shown != self.deck.content_of(card):
            return "it changed just now: look again"
        return refusal or ("the request is covered: esc first" if self.deck.has_class("-rail-open") else "")

    async def do_approve(self) -> None:
        card = self.source.view.card
        refusal = self._refuse_decision("a")
        if card is None or refusal:
            self.flash(refusal, "need")
            return
        await self.deck.attempt(self.source.decide(card, True, ""))

    def do_deny(self) -> None:
        card = self.source.view.card
        refusal = self._refuse_decision("d")
        if card is None or refusal:
            self.flash(refusal, "need")
            return
        view = self.source.composer_for()
        view.label, view.count, view.reply_to = f"{card.name}'s request", "words go back to it; may be empty", ""
        view.arrivals = ()
        self.deck.begin_typing(view, card.key)

    async def denied(self, event: Composer.Sent) -> None:
        """The words of a denial were sent off."""
        card = self.source.view.card
        if card is None or card.key != event.purpose:
            self.deck.composer.refuse("that request is gone", event)
            return
        if card.outcome:
            return  # enter was pressed more than once
        try:
            await self.source.decide(card, False, event.text.strip())
        except RelayError as error:
            self.deck.composer.refuse(str(error), event)
            return
        self.deck.composer.sent(event)
        self.deck.leave_typing()
        self.deck.refocus()
        await self.deck.bring()

    async def do_snooze(self) -> None:
        card = self.source.view.card
        if card is not None:
            name, key = visible(card.name, keep=""), card.key
            if self.source.snooze(key):
                self.flash(f"{name} is back in ten minutes; u takes that back", "muted")
                self.deck.undo.can(f"the snooze of {name}", lambda: self._unsnooze(key))
            else:
                self.flash(f"{name}: put away", "muted")
            await self.deck.bring()

    async def do_unsnooze(self) -> None:
        if self.source.view.snoozed:
            await self._unsnooze()
            self.flash("everything that was snoozed is back", "muted")

    async def _unsnooze(self, key: str = "") -> None:
        self.source.unsnooze(key)
        await self.deck.bring()

    async def do_waive(self) -> None:
        """Wait no longer for the replies to a message of the operator's."""
        card = self.source.view.card
        if card is None or card.kind != "reply":
            return

        async def answered(yes: bool | None) -> None:
            if yes and await self.deck.attempt(self.source.waive(card.message_id)):
                self.flash("no reply is waited for any more", "muted")

        sentences = ["It is not counted as overdue any more. A reply that still comes is shown as any other."]
        await self.show(screens.Ask("Wait no longer for a reply?", sentences, "waits no longer"), answered)
