"""What agents and channels are said to be, as commands of the operator's own; part of the store."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from relay_tui.core import commands as c
from relay_tui.core import metadata
from relay_tui.core.errors import Refused
from relay_tui.core.model import ENDED_STATES, Json
from relay_tui.core.model_delivery import EVERYONE
from relay_tui.tui.source.describing import DoorbellRow
from relay_tui.tui.store.part import Part


class Descriptions(Part):
    def groups(self, agent_id: str) -> Sequence[str]:
        agent = self.people.agents.get(agent_id)
        return metadata.groups(agent.metadata) if agent is not None else ()

    async def set_groups(self, agent_id: str, groups: Sequence[str]) -> None:
        change: Json = {metadata.GROUPS: metadata.checked_groups(groups) or None}
        await self.relay.execute(c.UpdateAgent(agent_id=agent_id, metadata=change), self.host.operator)

    def metadata(self, channel_id: str) -> str:
        return shlex.join(metadata.shown(self._metadata(channel_id)))

    def _metadata(self, channel_id: str) -> Json:
        here = [self.facts.here] if self.facts.here is not None else []
        return next((one.metadata for one in (*self.facts.channels, *here) if one.id == channel_id), {})

    async def set_metadata(self, channel_id: str, typed: str) -> None:
        try:
            words = shlex.split(typed)
        except ValueError as error:
            raise Refused("invalid_request", "A quote is not closed.", "Close it.") from error
        change = dict.fromkeys(self._metadata(channel_id)) | metadata.typed(words)
        await self.relay.execute(c.UpdateChannel(channel_id=channel_id, metadata=change), self.host.operator)

    async def remove_agent(self, agent_id: str) -> None:
        session = self.people.sessions.get(agent_id)
        if session is not None and session.state not in ENDED_STATES:
            words = f"The program of {self.people.name(agent_id)} runs."
            raise Refused("agent_running", words, "Release it first, or end it.")
        await self.relay.execute(c.RemoveAgent(agent_id=agent_id), self.host.operator)

    def answers_bells(self, agent_id: str) -> bool:
        live = self.relay.sessions.get(agent_id)
        return live is None or live.capabilities.answers_bells

    async def doorbells(self, agent_id: str) -> Sequence[DoorbellRow]:
        ruled = {rule.sender_id: rule.say for rule in await self.relay.queries.doorbells() if rule.agent_id == agent_id}
        senders = [("", "anybody else"), *((one.id, one.name) for one in self.people.workers() if one.id != agent_id)]
        return [DoorbellRow(id, name, ruled.get(id or EVERYONE, "default")) for id, name in senders]

    async def rule_doorbell(self, sender_id: str, agent_id: str, say: str) -> None:
        asked = {"sender_id": sender_id or None, "agent_id": agent_id, "say": say}
        await self.relay.execute(c.RuleDoorbell.model_validate(asked), self.host.operator)
