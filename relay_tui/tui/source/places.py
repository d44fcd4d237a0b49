"""What the verbs on channels and their members need of the world behind the deck; part of `Source`."""

from __future__ import annotations

from typing import Protocol

from relay_tui.tui.view.talk import MemberRow, PlaceView


class PlaceSource(Protocol):
    """Verbs raise `RelayError` with a sentence for the operator."""

    def place(self, channel_id: str) -> PlaceView | None: ...

    async def archived(self) -> list[PlaceView]: ...

    async def members(self, channel_id: str) -> list[MemberRow]:
        """Members by name, then everybody else who could be one."""
        ...

    async def create_channel(self, name: str, topic: str) -> str:
        """Gives its id."""
        ...

    async def set_topic(self, channel_id: str, topic: str) -> None: ...

    async def mute(self, channel_id: str, muted: bool) -> None: ...

    async def archive(self, channel_id: str, archived: bool) -> None: ...

    async def join(self, channel_id: str, agent_id: str = "") -> None:
        """An agent, or (empty) the operator."""
        ...

    async def leave(self, channel_id: str, agent_id: str = "") -> None: ...

    async def set_role(self, channel_id: str, agent_id: str, role: str) -> None: ...
