"""What the operator does with channels and their members, as commands of his own; part of the store."""

from __future__ import annotations

import re

from relay_tui.core import commands as c
from relay_tui.core.errors import RelayError
from relay_tui.core.model import Channel
from relay_tui.tui.store.part import Part
from relay_tui.tui.view.talk import MemberRow, PlaceView

LONGEST_TOPIC = 1_000


class Places(Part):
    def place(self, channel_id: str) -> PlaceView | None:
        here = [self.facts.here] if self.facts.here is not None else []
        known = [*self.facts.channels, *self.facts.conversations, *here]
        channel = next((channel for channel in known if channel.id == channel_id), None)
        return self._place_view(channel) if channel is not None else None

    def _place_view(self, channel: Channel) -> PlaceView:
        return PlaceView(
            channel.id,
            channel.kind,
            channel.name,
            channel.topic,
            channel.id in self.facts.joined,
            channel.id in self.facts.muted,
            channel.archived_at is not None,
        )

    async def archived(self) -> list[PlaceView]:
        found = await self.relay.queries.channels(archived=True)
        return [self._place_view(channel) for channel in found if channel.archived_at is not None]

    async def members(self, channel_id: str) -> list[MemberRow]:
        roles = {member.agent_id: member.role for member in await self.relay.queries.members(channel_id)}
        known = [agent for agent in self.people.agents.values() if agent.removed_at is None and agent.type != "system"]
        rows = [
            MemberRow(
                agent.id,
                self.people.name(agent.id),
                roles.get(agent.id, ""),
                "person" if agent.type == "human" else self.people.look(agent.id).word,
            )
            for agent in known
        ]
        return sorted(rows, key=lambda row: (not row.role, row.name.casefold()))

    async def create_channel(self, name: str, topic: str) -> str:
        if not re.fullmatch(c.CHANNEL_NAME, name):
            raise RelayError("invalid_request", "A channel's name is letters, digits, dots and dashes, 80 at most.")
        made = await self.relay.execute(c.CreateChannel(name=name, topic=_topic(topic)), self.host.operator)
        return str(made.id)

    async def set_topic(self, channel_id: str, topic: str) -> None:
        await self.relay.execute(c.UpdateChannel(channel_id=channel_id, topic=_topic(topic)), self.host.operator)

    async def mute(self, channel_id: str, muted: bool) -> None:
        await self.relay.execute(c.MuteChannel(channel_id=channel_id, muted=muted), self.host.operator)

    async def archive(self, channel_id: str, archived: bool) -> None:
        kind = c.ArchiveChannel if archived else c.UnarchiveChannel
        await self.relay.execute(kind(channel_id=channel_id), self.host.operator)

    async def join(self, channel_id: str, agent_id: str = "") -> None:
        command = c.JoinChannel(channel_id=channel_id, agent_id=agent_id or None)
        await self.relay.execute(command, self.host.operator)

    async def leave(self, channel_id: str, agent_id: str = "") -> None:
        command = c.LeaveChannel(channel_id=channel_id, agent_id=agent_id or None)
        await self.relay.execute(command, self.host.operator)

    async def set_role(self, channel_id: str, agent_id: str, role: str) -> None:
        command = c.SetRole.model_validate({"channel_id": channel_id, "agent_id": agent_id, "role": role})
        await self.relay.execute(command, self.host.operator)


def _topic(topic: str) -> str:
    if len(topic) > LONGEST_TOPIC:
        raise RelayError("invalid_request", f"A topic has {LONGEST_TOPIC:,} characters at most.")
    return topic
