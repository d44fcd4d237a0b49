"""What the verbs on messages and threads need of the world behind the deck; part of `Source`."""

from __future__ import annotations

from typing import Protocol

from relay_tui.tui.view.deck import ComposerView
from relay_tui.tui.view.talk import AboutView, Spot, TurnView


class MessageSource(Protocol):
    """Verbs raise `RelayError` with a sentence for the operator."""

    async def react(self, message_id: str, emoji: str) -> bool:
        """Put the operator's reaction there, or take it away; True: it is there now."""
        ...

    def editor_for(self, message_id: str) -> ComposerView:
        """Who has read a message that is edited as it was, and who will be shown its new words."""
        ...

    async def edit(self, message_id: str, text: str) -> None: ...

    async def delete(self, message_id: str) -> None: ...

    async def undelivered_to(self, message_id: str) -> tuple[list[str], list[str]]:
        """(names of those who have not been shown it, names of those who have it)."""
        ...

    async def pin_message(self, message_id: str, pinned: bool) -> None: ...

    async def pinned(self) -> list[Spot]:
        """What is pinned in the conversation that is open, newest first."""
        ...

    async def threads(self) -> list[Spot]:
        """Threads of the operator's, those with unread replies first."""
        ...

    async def about(self, message_id: str) -> AboutView | None: ...

    async def copies(self, message_id: str) -> list[tuple[str, str]]:
        """(what it is, text) of the ways in which a message can be copied."""
        ...

    async def turn(self, message_id: str, agent_id: str = "") -> TurnView | None:
        """Where it came in in a recipient's transcript. Raises `RelayError`: nowhere, and why."""
        ...

    def got_last(self, agent_id: str) -> str:
        """Id of the message that came in last in an agent's transcript; empty: none is known."""
        ...
