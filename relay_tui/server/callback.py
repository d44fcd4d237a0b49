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
_CAPABILITIES = Capabilities(route="callback", boundaries=frozenset(Mode), concurrent=64, always_ready=True)


class CallbackSession:
    """Implements `AgentSession`. Accepted by the socket's ack; delivered only when the handler's receipt came.

    `receipts`: its client says when its handler has returned. One that does not is never proven, only acknowledged.
    """

    harness = "callback"

    def __init__(
        self,
        agent: Agent,
        generation: int,
        *,
        send: Callable[[bytes], Awaitable[None]],
        hang_up: Callable[[int, str], None],
        clock: Clock,
        receipts: bool,
        ack_timeout: float = ACK_TIMEOUT,
    ) -> None:
        self._agent = agent
        self._generation = generation
        self._send = send
        self._hang_up = hang_up
        self._clock = clock
        self._ack_timeout = ack_timeout
        self._receipts = receipts
        self._attempts: dict[str, _Attempt] = {}
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
        """Returns when the client has said what became of it; without receipts, when it has acknowledged it."""
        if self._closed:
            return Receipt("deferred", how=self._closed)
        attempt = self._attempts[message.delivery_id] = _Attempt(message.wire_seq)
        try:
            async with asyncio.timeout(self._ack_timeout) as attempt.limit:
                await self._send(frames.deliver(self._agent, message))
                attempt.steps.append(Step("handed to its socket", self._clock(), True))
                await attempt.acked.wait()
            if self._receipts and not attempt.outcome.done():
                attempt.steps.append(Step("acknowledged", self._clock(), True))
                await attempt.outcome
        except TimeoutError:
            if self._closed:
                # Cut off, not put off: it goes again as soon as there is a socket.
                raise asyncio.CancelledError from None
            fault = f"its socket took no message for {self._ack_timeout:g} s"
            attempt.end(Receipt("deferred", Evidence.ADAPTER, how=fault), Step("acknowledged", self._clock(), False))
        finally:
            del self._attempts[message.delivery_id]
        if attempt.outcome.done():
            receipt = attempt.outcome.result()
        else:
            attempt.steps.append(Step("acknowledged", self._clock(), True))
            receipt = Receipt("accepted", Evidence.SOCKET_ACK, how="acknowledged by its client")
        receipt.steps = attempt.steps
        return receipt

    async def resolve(self, ctx: MessageContext) -> Resolution:
        # A client with receipts drops a second copy of a delivery that it knows, so handing it over again is safe; a
        # plain client of the wire is only sent again what it has not acknowledged.
        return Resolution.PENDING if ctx.accepted and not self._receipts else Resolution.ABSENT

    def on_event(self, handler: EventHandler) -> Unsubscribe:
        # It has no news of its own: what its client says is the outcome of the attempt that it is about.
        return lambda: None

    def recent_transcript(self, limit: int = 200) -> Sequence[TranscriptEntry]:
        return ()

    async def release(self, reason: str = "") -> None:
        self._hang_up(1000, reason or "released")

    def acked(self, up_to_seq: int) -> None:
        """The client has everything up to and including this number."""
        for attempt in self._attempts.values():
            if attempt.wire_seq <= up_to_seq:
                attempt.acked.set()

    def handled(self, delivery_id: str, fault: str = "") -> list[Step]:
        """The client's handler has returned, or failed with `fault`; answers with the attempt's steps."""
        step = Step("handled", self._clock(), not fault, fault)
        if fault:
            receipt = Receipt("failed", Evidence.CALLBACK, how=fault)
        else:
            receipt = Receipt("delivered", Evidence.CALLBACK, how=HANDLED)
        attempt = self._attempts.get(delivery_id)
        if attempt is None:
            return [step]
        attempt.end(receipt, step)
        return attempt.steps

    def close(self, detail: str) -> None:
        """The socket is gone. What was not acknowledged is cut off; what was, and is not handled, is put off."""
        self._closed = detail
        for attempt in self._attempts.values():
            if attempt.acked.is_set():
                attempt.end(Receipt("deferred", how=detail), Step("socket open", self._clock(), False, detail))
            elif attempt.limit is not None:
                attempt.limit.reschedule(asyncio.get_running_loop().time())


class _Attempt:
    """One frame on its way: acknowledged first, then, by clients that say so, handled."""

    def __init__(self, wire_seq: int) -> None:
        self.wire_seq = wire_seq
        self.acked = asyncio.Event()
        self.outcome: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self.steps: list[Step] = []
        self.limit: asyncio.Timeout | None = None

    def end(self, receipt: Receipt, step: Step) -> None:
        if not self.outcome.done():
            self.steps.append(step)
            self.outcome.set_result(receipt)
        self.acked.set()
