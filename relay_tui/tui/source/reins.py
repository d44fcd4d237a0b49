"""What the operator does to the swarm and to single deliveries; part of `Source`."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from relay_tui.core.delivery.stopping import PARTS


class Holder(Protocol):
    """Every verb raises `RelayError` with a sentence for the operator."""

    def can(self, agent_id: str) -> frozenset[str]:
        """Which of `hold`, `flush`, `interrupt` would do something to this agent now."""
        ...

    async def hold(self, agent_id: str) -> None: ...
    async def flush(self, agent_id: str) -> None: ...
    async def interrupt(self, agent_id: str) -> bool:
        """True: it was seen to stop."""
        ...

    def commandable(self, agent_id: str) -> bool:
        """Its program can be typed a command of its own."""
        ...

    async def own_command(self, agent_id: str, text: str) -> str:
        """How it was taken, in words."""
        ...

    async def stop(self, only: Collection[str] = PARTS) -> None: ...
    async def resume(self, agent_id: str = "", only: Collection[str] = PARTS) -> None: ...
    async def retry(self, message_id: str, agent_id: str) -> None: ...
    async def redirect(self, message_id: str, agent_id: str, to: str) -> None:
        """`to`: the name of another agent."""
        ...

    async def drop(self, message_id: str, agent_id: str) -> None: ...
