"""`GET /v1/node/ws`: one agent's socket. Messages go out as `deliver`, come back as acks and receipts.

A connection has one writer (its sender task, from a bounded outbox) and one reader. Nothing that fans out ever
waits for a socket: a reader that is too slow is closed with 1013 and gets the rest when it comes back.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

import orjson
from pydantic import ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from relay_tui.core.commands import AckWire, Command, RaiseDelivery, SettleDelivery
from relay_tui.core.errors import RelayError
from relay_tui.core.ids import parse_delivery_id
from relay_tui.core.model import Agent, Caller, Disposition, Evidence, Json, Reached, Source
from relay_tui.server import frames
from relay_tui.server.callback import HANDLED, CallbackSession
from relay_tui.server.envelope import ApiError, describe, error
from relay_tui.server.frames import DeliveryAck, DeliveryReceipt, NodeRegister, Provider
from relay_tui.server.outbox import Outbox
from relay_tui.server.registration import Registration, register
from relay_tui.server.service import Service

log = logging.getLogger(__name__)

CLOSE_TIMEOUT = 2.0
"""Seconds that a reader who takes nothing is given to take the close frame."""
TRY_AGAIN_LATER = 1013


class NodeConnection:
    """Implements `sockets.Connection`, for as long as the WebSocket is open."""

    def __init__(self, service: Service, websocket: WebSocket, agent: Agent) -> None:
        self.service = service
        self.agent = agent
        self.registration: Registration | None = None
        self._websocket = websocket
        self._outbox = Outbox()
        self._verdict: asyncio.Future[tuple[int, str]] = asyncio.get_running_loop().create_future()
        self._ended = asyncio.Event()
        self._registering: asyncio.Task[None] | None = None
        self._ack_due = 0
        self._ack_asked = asyncio.Event()
        self._handlers: dict[str, Callable[[Json], Awaitable[Json]]] = {
            "node.register": self._on_register,
            "node.heartbeat": self._on_heartbeat,
            "node.deregister": self._on_deregister,
            "delivery.ack": self._on_ack,
            "delivery.receipt": self._on_receipt,
        }

    @property
    def session(self) -> CallbackSession | None:
        return self.registration.session if self.registration else None

    @property
    def delivering(self) -> bool:
        return self.session is not None

    def push(self, frame: bytes) -> None:
        if not self._outbox.put(frame):
            self.hang_up(TRY_AGAIN_LATER, "reads too slowly; the rest comes after reconnecting")

    async def send_delivery(self, frame: bytes) -> None:
        await self._outbox.put_when_room(frame)

    def hang_up(self, code: int, reason: str) -> None:
        if not self._verdict.done():
            self._verdict.set_result((code, reason))

    def yield_to_host(self) -> None:
        if self.registration is not None:
            self.registration.yield_to_host()

    @property
    def provider(self) -> Provider | None:
        return self.registration.provider if self.registration else None

    async def displace(self, reason: str) -> None:
        if self.registration is not None:
            await self.registration.end(reason)
        self.hang_up(1000, reason)

    async def sign_off(self) -> None:
        if self.registration is not None:
            await self.registration.end("signed off", left=True)
        self.hang_up(1000, "signed off")

    async def ended(self) -> None:
        await self._ended.wait()

    async def run(self) -> None:
        """Serve the socket until either side closes it."""
        await self._websocket.accept()
        self.service.sockets.add(self)
        tasks = [
            asyncio.create_task(work, name=f"{name} {self.agent.name}")
            for name, work in (("read", self._read()), ("write", self._write()), ("ack", self._acknowledge()))
        ]
        try:
            await asyncio.wait([*tasks, self._verdict], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.service.sockets.remove(self)
            for task in tasks:
                task.cancel()
            faults = await asyncio.gather(*tasks, return_exceptions=True)
            for fault in faults:
                if isinstance(fault, Exception) and not isinstance(fault, WebSocketDisconnect):
                    log.error("node socket of %s failed", self.agent.name, exc_info=fault)
            if self._registering is not None:
                await asyncio.wait([self._registering])
            code, reason = self._verdict.result() if self._verdict.done() else (1000, "")
            if self.registration is not None:
                await self.registration.end(reason or "its socket closed")
            await self._close(code, reason)
            self._ended.set()

    async def _close(self, code: int, reason: str) -> None:
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await self._websocket.close(code, reason)
        except (TimeoutError, RuntimeError, WebSocketDisconnect):
            log.debug("node socket of %s took no close frame", self.agent.name)

    async def _write(self) -> None:
        while True:
            frame = await self._outbox.take()
            await self._websocket.send_text(frame.decode())

    async def _read(self) -> None:
        while True:
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            if text is None:
                self.hang_up(1003, "frames are text")
                return
            try:
                frame = orjson.loads(text)
            except orjson.JSONDecodeError:
                frame = None
            if not isinstance(frame, dict):
                self.hang_up(1007, "frames are JSON objects")
                return
            await self._on_frame(frame)

    async def _on_frame(self, frame: Json) -> None:
        frame_id, kind = frame.get("id"), frame.get("type")
        handler = self._handlers.get(kind) if isinstance(kind, str) else None
        try:
            if handler is None:
                raise ApiError(400, "unknown_type", "This relay does not know frames of this type.")
            answer = await handler(frame)
        except ValidationError as exc:
            self._refuse(frame_id, "invalid_request", describe(exc))
        except (ApiError, RelayError) as exc:
            self._refuse(frame_id, exc.code, exc.message)
        else:
            if frame_id is not None and kind != "node.register":
                self.push(frames.reply(frame_id, answer))

    def _refuse(self, frame_id: Any, code: str, message: str) -> None:
        if frame_id is not None:
            self.push(frames.error(frame_id, code, message))
        else:
            log.debug("frame of %s refused: %s", self.agent.name, code)

    async def _on_register(self, frame: Json) -> Json:
        asked = NodeRegister.model_validate(frame)
        # A task of its own: a socket that breaks now must not leave a session half begun.
        self._registering = asyncio.create_task(self._register(asked, frame.get("id")))
        await asyncio.shield(self._registering)
        return {}

    async def _register(self, asked: NodeRegister, frame_id: Any) -> None:
        async with self.service.sockets.lock(self.agent.id):
            self.registration = await register(self, asked, self.registration)
            # The reply goes first: an attached session starts to deliver at once.
            if frame_id is not None:
                self.push(frames.reply(frame_id, self.registration.answer))
            await self.registration.attach()

    async def _on_heartbeat(self, frame: Json) -> Json:
        self.service.presence.touch(self.agent.id)
        return {}

    async def _on_deregister(self, frame: Json) -> Json:
        if self.registration is not None:
            await self.registration.end("signed off", left=True)
            self.registration = None
        return {}

    async def _on_ack(self, frame: Json) -> Json:
        ack = DeliveryAck.model_validate(frame)
        if ack.agent not in (self.agent.name, self.agent.id):
            raise ApiError(404, "agent_not_found", "This socket speaks for another agent.")
        if ack.up_to_seq > 0:
            if frame.get("id") is not None:
                await self._record_ack(ack.up_to_seq)
            else:
                self._ack_due = max(self._ack_due, ack.up_to_seq)
                self._ack_asked.set()
            if self.session is not None:
                self.session.acked(ack.up_to_seq)
        return {}

    async def _acknowledge(self) -> None:
        """Acks are cumulative: those that come while one is written are written as one."""
        while True:
            await self._ack_asked.wait()
            self._ack_asked.clear()
            try:
                await self._record_ack(self._ack_due)
            except RelayError as exc:
                log.debug("ack of %s refused: %s", self.agent.name, exc.code)

    async def _record_ack(self, up_to_seq: int) -> None:
        await self.service.relay.execute(AckWire(agent_id=self.agent.id, up_to_seq=up_to_seq), self._caller)

    async def _on_receipt(self, frame: Json) -> Json:
        receipt = DeliveryReceipt.model_validate(frame)
        named = parse_delivery_id(receipt.delivery_id)
        if named is None or named[1] != self.agent.id:
            raise ApiError(404, "delivery_not_found", "This is no delivery to this agent.")
        if self.session is None:
            raise ApiError(409, "not_delivering", "Messages to this agent do not go over this socket.")
        fault = "" if receipt.outcome == "delivered" else f"its handler failed: {receipt.error}"[:2_000]
        # The session's attempt ends with this and is recorded by its queue. It is written here as well, so that the
        # answer is given when it is on disk, and so that a receipt counts that came after the attempt was over.
        steps = [asdict(step) for step in self.session.handled(receipt.delivery_id, fault)]
        command: Command
        if not fault:
            command = RaiseDelivery(
                message_id=named[0],
                agent_id=named[1],
                reached=Reached.DELIVERED,
                evidence=Evidence.CALLBACK,
                how=HANDLED,
                steps=steps,
            )
        else:
            command = SettleDelivery(
                message_id=named[0], agent_id=named[1], disposition=Disposition.FAILED, reason=fault, steps=steps
            )
        await self.service.relay.execute(command, self._caller)
        return {}

    @property
    def _caller(self) -> Caller:
        return Caller(self.agent.id, Source.HARNESS)


async def node_socket(websocket: WebSocket) -> None:
    """Authenticate before the upgrade (401, 403), then serve. The token comes as header or as `?token=`."""
    service: Service = websocket.app.state.service
    authorization = websocket.headers.get("authorization")
    if authorization is None and "token" in websocket.query_params:
        authorization = f"Bearer {websocket.query_params['token']}"
    try:
        principal = await service.auth.principal(authorization, "node")
        if service.sockets.closing:
            raise ApiError(503, "shutting_down", "The relay is going down.")
    except ApiError as exc:
        await websocket.send_denial_response(error(exc.status, exc.code, exc.message, exc.hint))
        return
    assert principal.agent is not None
    service.presence.touch(principal.agent.id)
    await NodeConnection(service, websocket, principal.agent).run()
