"""Deliveries on their way to the handler: each once, in order, acknowledged at once, receipted when handled."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Literal

from relay_tui.client.types import Incoming, Json, incoming

log = logging.getLogger(__name__)

Handler = Callable[[Incoming], Awaitable[None]]
Progress = Literal["waiting", "handled", "failed"]

WAITING_MOST = 1_000
"""Messages that may wait for the handler. Beyond it nothing is acknowledged, and the relay sends it again later."""
REMEMBERED = 10_000
"""Deliveries remembered, so that a second copy is recognised."""


class Inbox:
    def __init__(self, agent: Callable[[], str], handler: Handler, send: Callable[[Json], None]) -> None:
        """`agent` gives its name; `send` queues a frame for the socket, or drops it while there is none."""
        self._agent = agent
        self._handler = handler
        self._send = send
        self._queue: asyncio.Queue[Incoming] = asyncio.Queue(WAITING_MOST)
        self._known: OrderedDict[str, Progress] = OrderedDict()
        self._errors: dict[str, str] = {}
        self._unconfirmed: dict[str, Json] = {}
        self._refused: set[int] = set()

    def take(self, frame: Json) -> None:
        """A durable `deliver` frame from the socket."""
        delivery_id, seq = frame["delivery_id"], frame["seq"]
        progress = self._known.get(delivery_id)
        if progress is None:
            message = incoming(frame)
            if message is not None:
                if self._queue.full():
                    log.warning("%s is %d messages behind; the relay will send again", self._agent(), WAITING_MOST)
                    self._refused.add(seq)
                    return
                self._remember(delivery_id, "waiting")
                self._queue.put_nowait(message)
        self._refused.discard(seq)
        # An ack covers all before it, so it stops short of what was refused.
        up_to = min(seq, min(self._refused) - 1) if self._refused else seq
        self._send({"v": 1, "type": "delivery.ack", "agent": self._agent(), "up_to_seq": up_to})
        if progress in ("handled", "failed"):
            self._receipt(delivery_id)

    def confirmed(self, frame_id: str) -> None:
        """The relay has answered a receipt."""
        self._unconfirmed.pop(frame_id, None)

    def reconnected(self) -> None:
        """The relay sends what it has no ack of; this sends the receipts that it may not have got."""
        self._refused.clear()
        for frame in self._unconfirmed.values():
            self._send(frame)

    async def run(self) -> None:
        """Hand messages to the handler, one at a time; a fault in it is reported and does not end this."""
        while True:
            message = await self._queue.get()
            progress: Progress = "handled"
            try:
                await self._handler(message)
            except Exception as exc:  # the edge between the client and its user's code
                log.exception("the handler failed at message %s", message.id)
                progress = "failed"
                self._errors[message.delivery_id] = f"{type(exc).__name__}: {exc}"[:500]
            self._remember(message.delivery_id, progress)
            self._receipt(message.delivery_id)

    def _remember(self, delivery_id: str, progress: Progress) -> None:
        self._known[delivery_id] = progress
        if len(self._known) > REMEMBERED:
            forgotten, _ = self._known.popitem(last=False)
            self._errors.pop(forgotten, None)

    def _receipt(self, delivery_id: str) -> None:
        frame_id = f"receipt-{delivery_id}"
        frame: Json = {"v": 1, "id": frame_id, "type": "delivery.receipt", "delivery_id": delivery_id}
        if self._known[delivery_id] == "handled":
            frame["outcome"] = "delivered"
        else:
            frame |= {"outcome": "failed", "error": self._errors.get(delivery_id, "")}
        self._unconfirmed[frame_id] = frame
        self._send(frame)
