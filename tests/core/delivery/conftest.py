from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from relay_tui.core import commands as c
from relay_tui.core.delivery import recipient
from relay_tui.core.model import Caller, Delivery, Evidence, Mode, State
from relay_tui.core.relay import Relay
from relay_tui.core.session import (
    Capabilities,
    DeliverableMessage,
    EventHandler,
    MessageContext,
    Proven,
    Receipt,
    Resolution,
    SessionEvent,
    StateChanged,
    TranscriptEntry,
    Unsubscribe,
)

from ..conftest import PATIENCE, newcomer, until


@dataclass
class Program:
    """An agent in this process that behaves as a session says it does: it keeps what it is handed, in order."""

    agent_id: str
    generation: int
    capabilities: Capabilities = field(default_factory=lambda: Capabilities("callback", frozenset(Mode)))
    state: StateChanged = field(default_factory=lambda: StateChanged(State.IDLE, "test"))
    harness: str = "test"
    obstacle: str = ""
    """What `blocked` says."""
    receipts: Callable[[DeliverableMessage], Receipt] = lambda message: Receipt("delivered", Evidence.CALLBACK, "read")
    trace: Resolution = Resolution.UNKNOWN
    """What is found of an attempt that was cut off."""
    got: list[DeliverableMessage] = field(default_factory=list)
    contexts: list[MessageContext] = field(default_factory=list)
    resolved: list[MessageContext] = field(default_factory=list)
    gate: asyncio.Event | None = None
    """While it is there and not set, nothing that is handed over returns."""
    most_at_once: int = 0
    _at_once: int = 0
    _handlers: list[EventHandler] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def transcript_offset(self) -> int:
        return 100 * len(self.got)

    async def blocked(self, mode: Mode) -> str:
        return self.obstacle

    async def receive_message(self, message: DeliverableMessage, ctx: MessageContext) -> Receipt:
        self.got.append(message)
        self.contexts.append(ctx)
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        self._news.set()
        try:
            if self.gate is not None:
                await self.gate.wait()
            return self.receipts(message)
        finally:
            self._at_once -= 1

    async def resolve(self, ctx: MessageContext) -> Resolution:
        self.resolved.append(ctx)
        return self.trace

    def on_event(self, handler: EventHandler) -> Unsubscribe:
        self._handlers.append(handler)
        return lambda: self._handlers.remove(handler)

    def recent_transcript(self, limit: int = 200) -> Sequence[TranscriptEntry]:
        return []

    async def release(self, reason: str = "") -> None: ...

    def say(self, event: SessionEvent) -> None:
        if isinstance(event, StateChanged):
            self.state = event
        for handler in tuple(self._handlers):
            handler(event)

    def becomes(self, state: State) -> None:
        self.say(StateChanged(state, "test"))

    def proves(self, nonce: str, how: str = "transcript, entry 1") -> None:
        self.say(Proven(Evidence.TRANSCRIPT, how, nonce))

    async def has(self, count: int) -> list[str]:
        """The texts of what it was handed, once there are `count` of them."""
        async with asyncio.timeout(PATIENCE):
            while len(self.got) < count:
                self._news.clear()
                await self._news.wait()
        return [message.text for message in self.got]


@dataclass
class Stage:
    """A relay with an operator and one agent, whose program can be put behind it."""

    relay: Relay
    operator: Caller
    agent: Caller

    async def program(self, agent: Caller | None = None, *, attach: bool = True, **traits: object) -> Program:
        """A new program behind the agent: a new generation."""
        agent_id = (agent or self.agent).agent_id
        session = await self.relay.execute(c.StartSession(agent_id=agent_id, harness="test"))
        program = Program(agent_id, session.generation, **traits)  # pyright: ignore[reportArgumentType]
        if attach:
            await self.relay.sessions.attach(program)
        return program

    async def say(self, text: str, to: str = "@builder", by: Caller | None = None, mode: Mode = Mode.ON_IDLE) -> str:
        """Send, and give the message's id."""
        return (await self.relay.execute(c.SendMessage(to=to, text=text, mode=mode), by or self.operator)).id

    async def delivery(self, message_id: str) -> Delivery:
        found = await self.relay.queries.delivery(message_id, self.agent.agent_id)
        assert found is not None, "the message was addressed to the agent"
        return found

    async def comes_to(self, message_id: str, word: str) -> Delivery:
        """The delivery, once it is shown with this word."""

        async def shown() -> Delivery | None:
            found = await self.delivery(message_id)
            return found if found.word == word else None

        return await until(self.relay, shown)


@pytest.fixture
async def stage(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Nothing here may hang on the engine's timers: a queue that needs one to go on is late beyond patience."""
    monkeypatch.setattr(recipient, "LOOK_AGAIN", 60.0)
    operator = await newcomer(relay, "ada", "human")
    agent = await newcomer(relay, "builder")
    return Stage(relay, operator, agent)
