"""Deliveries and agents on the deck: what the verbs on them mean there."""

from __future__ import annotations

from relay_tui.tui.screens.delivery_verbs import DeliveryVerbs, Target
from relay_tui.tui.screens.parts import DeckParts


class DeckDeliveries(DeckParts, DeliveryVerbs):
    """Mixed into the deck."""

    def can(self) -> frozenset[str]:
        return DeliveryVerbs.can(self)

    def targets(self) -> list[Target]:
        """The delivery that the need card is about, else those in trouble of the message under the cursor."""
        card = self.source.view.card
        if self.home == "card":
            if card is None or card.kind not in ("delivery", "due") or card.outcome:
                return []
            return [Target(card.message_id, card.agent_id, card.name, card.state, card.mine)]
        row = self.conversation.row() if self.home == "conversation" else None
        if row is None:
            return []
        return [Target(row.id, one.agent_id, one.name, one.word, row.mine) for one in row.deliveries if one.trouble]

    def agent_ids(self) -> list[str]:
        marked = [key[len("agent:") :] for key in sorted(self.rail.marked) if key.startswith("agent:")]
        return marked or [self.agent_id()]

    async def bring(self) -> None:
        await self.source.refresh()
        self.apply()
