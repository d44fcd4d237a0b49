"""The open node sockets, by agent, and what is told over them beside messages: outcomes, reactions, edits."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Protocol

from relay_tui.core.errors import RelayError
from relay_tui.core.events import (
    ActionInvoked,
    AgentRemoved,
    ApprovalDecided,
    Entry,
    Event,
    InvocationFinished,
    MessageDeleted,
    MessageEdited,
    ReactionAdded,
    ReactionRemoved,
    SessionStarted,
)
from relay_tui.core.model import FINISHED, Agent
from relay_tui.core.relay import Relay
from relay_tui.server import frames
from relay_tui.server.frames import Provider

log = logging.getLogger(__name__)
_TOLD = (
    *(InvocationFinished, ActionInvoked, ApprovalDecided),
    *(ReactionAdded, ReactionRemoved, MessageEdited, MessageDeleted),
)


class Connection(Protocol):
    """One open socket of an agent."""

    @property
    def agent(self) -> Agent: ...
    @property
    def delivering(self) -> bool:
        """Messages to the agent go over this socket."""
        ...

    def push(self, frame: bytes) -> None:
        """Queue a frame; a reader too slow for it is cut off."""
        ...

    def hang_up(self, code: int, reason: str) -> None: ...

    def yield_to_host(self) -> None:
        """Another harness has the agent's session now: this socket delivers no more."""
        ...

    @property
    def provider(self) -> Provider | None:
        """Who registered on it; None: nobody yet."""
        ...

    async def displace(self, reason: str) -> None:
        """A newer connection takes over: give the session up, then close."""
        ...

    async def sign_off(self) -> None:
        """Its agent says goodbye: its session ends, and the socket closes."""
        ...

    async def ended(self) -> None: ...


class Sockets:
    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._by_agent: dict[str, list[Connection]] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._news: asyncio.Queue[Event] = asyncio.Queue()
        self._teller: asyncio.Task[None] | None = None
        self._unsubscribe = relay.on_commit(self._on_commit)
        self.closing = False

    def add(self, connection: Connection) -> None:
        self._by_agent.setdefault(connection.agent.id, []).append(connection)
        if self._teller is None:
            self._teller = asyncio.create_task(self._tell_news(), name="news to sockets")

    def remove(self, connection: Connection) -> None:
        open_ones = self._by_agent.get(connection.agent.id, [])
        if connection in open_ones:
            open_ones.remove(connection)
        if not open_ones:
            self._by_agent.pop(connection.agent.id, None)

    def of(self, agent_id: str) -> Sequence[Connection]:
        return tuple(self._by_agent.get(agent_id, ()))

    def connected(self, agent_id: str) -> bool:
        return agent_id in self._by_agent

    def delivering(self, agent_id: str) -> Connection | None:
        return next((one for one in self.of(agent_id) if one.delivering), None)

    def lock(self, agent_id: str) -> asyncio.Lock:
        """Held while it is settled which socket of an agent delivers."""
        return self._locks.setdefault(agent_id, asyncio.Lock())

    async def close(self, code: int = 1001, reason: str = "the relay is going down") -> None:
        """Close every socket and wait until each has said so, or was given up."""
        self.closing = True
        self._unsubscribe()
        open_ones = [one for group in self._by_agent.values() for one in group]
        for connection in open_ones:
            connection.hang_up(code, reason)
        await asyncio.gather(*(one.ended() for one in open_ones))
        if self._teller is not None:
            self._teller.cancel()
            await asyncio.gather(self._teller, return_exceptions=True)

    def _on_commit(self, entries: Sequence[Entry]) -> None:
        if not self._by_agent:
            return
        for entry in entries:
            event = entry.event
            if isinstance(event, _TOLD):
                self._news.put_nowait(event)
            elif isinstance(event, AgentRemoved):
                for connection in self.of(event.agent_id):
                    connection.hang_up(1008, "this agent was removed")
            elif isinstance(event, SessionStarted) and event.harness != "callback":
                for connection in self.of(event.agent_id):
                    connection.yield_to_host()

    async def _tell_news(self) -> None:
        while True:
            event = await self._news.get()
            try:
                if isinstance(event, InvocationFinished | ActionInvoked | ApprovalDecided):
                    await self._tell_outcome(event.invocation_id)
                elif isinstance(event, ReactionAdded | ReactionRemoved):
                    await self._tell_reaction(event)
                elif isinstance(event, MessageEdited | MessageDeleted):
                    await self._tell_change(event.message_id)
            except RelayError as exc:
                log.warning("%s not told: %s", event.type, exc)

    async def _tell_reaction(self, event: ReactionAdded | ReactionRemoved) -> None:
        """Whose message it is hears of it. It is an event, never a message: nothing is typed for it."""
        message = await self._relay.queries.message(event.message_id)
        by = await self._relay.queries.agent(event.agent_id)
        if message is None or by is None or message.sender_id == by.id:
            return
        action = "added" if isinstance(event, ReactionAdded) else "removed"
        for connection in self.of(message.sender_id):
            connection.push(frames.reacted(connection.agent, message.id, event.emoji, by, action))

    async def _tell_change(self, message_id: str) -> None:
        """Everybody connected in the channel hears what a message says now."""
        message = await self._relay.queries.message(message_id)
        channel = await self._relay.queries.channel(message.channel_id) if message else None
        if message is None or channel is None:
            return
        for member in await self._relay.queries.members(channel.id):
            for connection in self.of(member.agent_id):
                connection.push(frames.updated(connection.agent, message, channel))

    async def _tell_outcome(self, invocation_id: str) -> None:
        found = await self._relay.queries.invocation(invocation_id)
        if found is None or found.status not in FINISHED:
            return
        connections = self.of(found.caller_id)
        if not connections:
            return
        approval = await self._relay.queries.approval(found.approval_id) if found.approval_id else None
        frame = frames.outcome(connections[0].agent, found, approval.words if approval else "")
        for connection in connections:
            connection.push(frame)
