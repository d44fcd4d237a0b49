"""Agents and channels by id, kept between deliveries: they are asked for with every message and change rarely."""

from __future__ import annotations

from typing import Any

from relay_tui.core import events as e
from relay_tui.core.events import Event
from relay_tui.core.model import Agent, Channel
from relay_tui.core.views.queries import Queries

KEPT = 10_000
"""Records of each kind; above it everything is asked for anew."""


class Directory:
    def __init__(self, queries: Queries) -> None:
        self._queries = queries
        self._agents: dict[str, Agent] = {}
        self._channels: dict[str, Channel] = {}

    async def agent(self, agent_id: str) -> Agent:
        """Who has this id, also when removed since."""
        found = self._agents.get(agent_id)
        if found is None:
            found = await self._queries.agent(agent_id)
            assert found is not None, "an id in the log is somebody's"
            _keep(self._agents, agent_id, found)
        return found

    async def channel(self, channel_id: str) -> Channel:
        found = self._channels.get(channel_id)
        if found is None:
            found = await self._queries.channel(channel_id)
            assert found is not None, "an id in the log is a channel's"
            _keep(self._channels, channel_id, found)
        return found

    def happened(self, event: Event) -> None:
        """Forget what this changed."""
        match event:
            case e.AgentUpdated() | e.AgentRemoved() | e.TokenSet():
                self._agents.pop(event.agent_id, None)
            case e.ChannelUpdated() | e.ChannelArchived():
                self._channels.pop(event.channel_id, None)
            case _:
                pass


def _keep(kept: dict[str, Any], key: str, record: Any) -> None:
    if len(kept) >= KEPT:
        kept.clear()
    kept[key] = record
