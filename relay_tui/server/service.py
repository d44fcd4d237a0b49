"""What the routes share: the relay, who calls, who is there, and the open sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from relay_tui.core.model import ENDED_STATES, Agent, AgentType, Caller, Channel, Session
from relay_tui.core.relay import Relay
from relay_tui.core.views.queries import Queries
from relay_tui.server.auth import Authenticator, Principal
from relay_tui.server.envelope import ApiError
from relay_tui.server.launcher import Launcher
from relay_tui.server.presence import PresenceBoard
from relay_tui.server.sockets import Sockets


@dataclass(slots=True, frozen=True)
class Who:
    """The part of an agent that never changes."""

    id: str
    name: str
    type: AgentType


@dataclass(slots=True)
class Service:
    relay: Relay
    operator: Caller
    """In whose name the holder of the workspace key acts."""
    auth: Authenticator
    presence: PresenceBoard
    sockets: Sockets
    launcher: Launcher | None = None
    """Who starts programs; None: nobody does here."""
    end: Callable[[], None] | None = None
    """Ends the whole relay, in order, soon after it returns; None: who runs it ends it."""
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the server goes down: who waits in a request is answered with what there is."""
    _who: dict[str, Who] = field(default_factory=dict[str, Who])
    _channel_names: dict[str, str] = field(default_factory=dict[str, str])
    _pairs: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    @property
    def queries(self) -> Queries:
        return self.relay.queries

    async def who(self, agent_ids: Iterable[str]) -> dict[str, Who]:
        """Name and type by id, also of agents that were removed."""
        for agent_id in set(agent_ids) - self._who.keys():
            agent = await self.queries.agent(agent_id)
            self._who[agent_id] = Who(agent_id, agent.name if agent else agent_id, agent.type if agent else "agent")
        return self._who

    async def agent(self, ref: str) -> Agent:
        """An agent that was not removed, by name or id; 404 otherwise."""
        agent = await self.queries.agent(ref.removeprefix("@"))
        if agent is None or agent.removed_at is not None:
            raise ApiError(404, "agent_not_found", "There is no agent of this name.")
        return agent

    async def channel(self, ref: str) -> Channel:
        """A named channel, by name or id; 404 otherwise, also for the id of a conversation."""
        channel = await self.queries.channel(ref.removeprefix("#"))
        if channel is None or channel.kind != "channel":
            raise ApiError(404, "channel_not_found", "There is no channel of this name.")
        return channel

    async def channel_name(self, channel_id: str) -> str:
        """Of a named channel that is known to be there. It never changes."""
        name = self._channel_names.get(channel_id)
        if name is None:
            name = self._channel_names[channel_id] = (await self.channel(channel_id)).name
        return name

    async def partner(self, channel_id: str, agent_id: str) -> Who:
        """Who the agent has that DM with, which is known to be there. The two never change."""
        pair = self._pairs.get(channel_id)
        if pair is None:
            pair = self._pairs[channel_id] = [one.agent_id for one in await self.queries.members(channel_id)]
        other = next((id for id in pair if id != agent_id), agent_id)
        return (await self.who([other]))[other]

    async def may_read(self, channel_id: str, principal: Principal) -> bool:
        """Channels are open to the workspace; a conversation to those in it and to the workspace key."""
        if principal.kind == "workspace":
            return True
        channel = await self.queries.channel(channel_id)
        if channel is None:
            return False
        return channel.kind == "channel" or await self.is_member(channel_id, principal.caller.agent_id)

    async def is_member(self, channel_id: str, agent_id: str) -> bool:
        return any(member.agent_id == agent_id for member in await self.queries.members(channel_id))

    def online(self, agent_id: str, session: Session | None) -> bool:
        """Something of this agent is connected now: a program in a pane, or a socket."""
        if self.sockets.connected(agent_id):
            return True
        return session is not None and session.harness != "callback" and session.state not in ENDED_STATES

    def status(self, agent_id: str, session: Session | None) -> str:
        """The wire's word for presence."""
        said = self.presence.status(agent_id)
        if said == "offline" and self.online(agent_id, session):
            return "online"
        return said
