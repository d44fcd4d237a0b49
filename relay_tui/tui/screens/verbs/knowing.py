"""The verbs on what is under the cursor: its ladder, why it is so, a copy of it; and on the transcript of an agent."""

from __future__ import annotations

from relay_tui.core.text import visible
from relay_tui.tui.screens.verbs.topic import Topic


class Knowing(Topic):
    async def do_ladder(self) -> None:
        subject = self.deck.delivery_subject()
        if subject is not None:
            await self.deck.relay_app.show_ladder(*subject)

    async def do_why(self) -> None:
        subject = self.deck.subject()
        if subject:
            await self.deck.relay_app.show_why(subject)

    def do_copy_row(self) -> None:
        row = self.deck.conversation.row()
        if row is not None and not row.deleted:
            self.deck.app.copy_to_clipboard(visible(row.text))
            self.flash("copied: the message under the cursor", "muted")

    # Agents

    async def do_pane(self) -> None:
        self.deck.relay_app.open_pane(self.deck.agent_id())

    def _agent_or_first(self) -> str:
        shown = self.deck.transcripts.blocks
        return self.deck.agent_id() or (shown[0].key if shown else "")

    async def do_pin(self) -> None:
        if self.deck.size.width < 150:
            self.deck.toggle_class("-pinned")
            if self.deck.has_class("-pinned") and self.deck.agent_id():
                self.source.pin(self.deck.agent_id())
        else:
            self.source.pin(self._agent_or_first())
        self.deck.call_after_refresh(self.deck.on_tick)

    async def do_raw(self) -> None:
        self.source.toggle_raw(self._agent_or_first())
        await self.deck.bring()
