"""What the deck asks for to say what agents and channels are, beside what they do; part of `Source`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(slots=True, frozen=True)
class DoorbellRow:
    """How somebody's words reach an agent."""

    sender_id: str
    """Empty: anybody's for whom nothing else is ruled."""
    sender: str
    say: str
    """`whole`, `doorbell`, or `default`: no rule says."""


class Describing(Protocol):
    """Part of `Source`. What changes something raises `RelayError` with a sentence."""

    def groups(self, agent_id: str) -> Sequence[str]:
        """Under which names it can be mentioned together with others."""
        ...

    async def set_groups(self, agent_id: str, groups: Sequence[str]) -> None: ...

    def metadata(self, channel_id: str) -> str:
        """On one line, as `set_metadata` takes it."""
        ...

    async def set_metadata(self, channel_id: str, typed: str) -> None:
        """`key=value key:=JSON "two words=so"`, in place of what there is."""
        ...

    async def remove_agent(self, agent_id: str) -> None: ...

    def answers_bells(self, agent_id: str) -> bool:
        """False: its program was started as one that cannot read messages by itself."""
        ...

    async def doorbells(self, agent_id: str) -> Sequence[DoorbellRow]: ...

    async def rule_doorbell(self, sender_id: str, agent_id: str, say: str) -> None: ...
