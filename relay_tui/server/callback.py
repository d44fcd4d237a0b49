"""The session of an agent that is connected by socket: its handler is given messages, and says when it is done."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from relay_tui.core.clock import Clock
from relay_tui.core.model import Agent, Evidence, Mode, State
from relay_tui.core.session import (
    Capabilities,
    DeliverableMessage,
    EventHandler,
    MessageContext,
    Proven,
    Receipt,
    Resolution,
    StateChanged,
    Step,
    TranscriptEntry,
    Unsubscribe,
)
from relay_tui.server import frames

HANDLED = "its handler returned"
ACK_TIMEOUT = 30.0
"""Seconds a client may take to acknowledge a frame before the attempt is put off."""
_CAPABILITIES = Capabilities(route="callback", boundaries=frozenset(Mode), concurrent=64)


class CallbackSession:
    """Implements `AgentSession`. Accepted by the socket's ack; delivered only when the handler's receipt came."""

    harness = "callback"

    def __init__(
        self,
        agent: Agent,
        generation: int,
        *,
        send: Callable[[bytes], Awaitable[None]],
        hang_up: Callable[[int, str], None],
        clock: Clock,
        ack_timeout: float = ACK_TIMEOUT,
    ) -> None:
        self._agent = agent
        self._generation = generation
        self._send = send
        self._hang_up = hang_up
        self._clock = clock
        self._ack_timeout = ack_timeout
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._handlers: list[EventHandler] = []
        self._closed = ""

    @property
    def agent_id(self) -> str:
        return self._agent.id

    @property
    def generation(self) -> int:
        return self._generation

    @property
    def capabilities(self) -> Capabilities:
        return _CAPABILITIES

    @property
    def state(self) -> StateChanged:
        if self._closed:
            return StateChanged(State.LOST, "socket", detail=self._closed)
        return StateChanged(State.READY, "socket")

    def transcript_offset(self) -> int:
        return 0

    async def blocked(self, mode: Mode) -> str:
        return self._closed

    async def receive_message(self, message: DeliverableMessage, ctx: MessageContext) -> Receipt:
        if self._closed:
            return Receipt("deferred", how=self._closed)
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[message.wire_seq] = waiter
        steps: list[Step] = []
        fault = ""
        try:
            async with asyncio.timeout(self._ack_timeout):
                await self._send(frames.deliver(self._agent, message))
                steps.append(Step("handed to its socket", self._clock(), True))
                await waiter
        except TimeoutError:
            fault = f"its socket took no message for {self._ack_timeout:g} s"
        finally:
            self._waiting.pop(message.wire_seq, None)
        steps.append(Step("acknowledged", self._clock(), not fault, fault))
        if fault:
            return Receipt("deferred", Evidence.ADAPTER, how=fault, steps=steps)
        return Receipt("accepted", Evidence.SOCKET_ACK, how="acknowledged by its client", steps=steps)

    async def resolve(self, ctx: MessageContext) -> Resolution:
        # Its client drops a second copy of a delivery that it knows, so handing it over again is safe.
        return Resolution.ABSENT

    def on_event(self, handler: EventHandler) -> Unsubscribe:
        self._handlers.append(handler)
        return lambda: self._handlers.remove(handler)

    def recent_transcript(self, limit: int = 200) -> Sequence[TranscriptEntry]:
        return ()

    async def release(self, reason: str = "") -> None:
        self._hang_up(1000, reason or "released")

    def acked(self, up_to_seq: int) -> None:
        """The client has everything up to and including this number."""
        for seq, waiter in self._waiting.items():
            if seq <= up_to_seq and not waiter.done():
                waiter.set_result(None)

    def handled(self, delivery_id: str) -> None:
        """The client's handler has returned from this delivery."""
        for handler in tuple(self._handlers):
            handler(Proven(Evidence.CALLBACK, HANDLED, delivery_id=delivery_id))

    def close(self, detail: str) -> None:
        """The socket is gone. Attempts that are under way end with the session's queue, and are made again."""
        self._closed = detail
