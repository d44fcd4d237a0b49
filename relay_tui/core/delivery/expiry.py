"""Until when a message is worth handing over: its own word (`deliver_by` in its data), else the workspace's rule."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import logging

from relay_tui.core import events as e
from relay_tui.core.delivery.ledger import Door, Ledger
from relay_tui.core.delivery.standing import is_cut_off
from relay_tui.core.errors import RelayError
from relay_tui.core.model import Caller, Disposition, Json, Message, Reached

DELIVER_BY = "deliver_by"
"""Key in a message's data: milliseconds, UTC, after which it is not handed over any more."""
RECOVERED = 10_000
"""Messages that are looked through at the start for what may expire."""
RECOVER_AFTER = 1.0
"""Seconds after the start: whoever opens a workspace asks for what is on the screen first."""
REASON = "its time ran out before it could be handed over"
logger = logging.getLogger(__name__)


def expires_at(data: Json | None, created_at: int, expire_after: int | None = None) -> int | None:
    """Milliseconds, UTC; None: never. `expire_after` is the rule for messages that say nothing, in milliseconds."""
    said = data.get(DELIVER_BY) if data else None
    if isinstance(said, int) and not isinstance(said, bool):
        return said
    return None if expire_after is None else created_at + expire_after


class Expiry:
    """Ends what nobody took in time, whether a program stands behind its recipient or not.

    What is under way then is left to prove itself.
    """

    def __init__(self, door: Door, by: Caller, expire_after: int | None = None) -> None:
        self._door, self._by, self._expire_after = door, by, expire_after
        self._due: list[tuple[int, str]] = []
        self._earlier = asyncio.Event()
        self._task = asyncio.create_task(self._run(), name="expiry")

    def said(self, event: e.MessageCreated, at: int) -> None:
        if event.data or self._expire_after is not None:
            self._expect(event.message_id, expires_at(event.data, at, self._expire_after))

    async def close(self) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    def _expect(self, message_id: str, at: int | None) -> None:
        if at is not None:
            heapq.heappush(self._due, (at, message_id))
            self._earlier.set()

    async def _run(self) -> None:
        await asyncio.sleep(RECOVER_AFTER)
        for message in await self._recovered():
            self._expect(message.id, expires_at(message.data, message.created_at, self._expire_after))
        while True:
            self._earlier.clear()
            left = (self._due[0][0] - self._door.clock()) / 1000 if self._due else None
            if left is not None and left <= 0:
                _, message_id = heapq.heappop(self._due)
                try:
                    await self._expire(message_id)
                except RelayError as error:
                    logger.warning("message %s is not said to have expired: %s", message_id, error)
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._earlier.wait()

    async def _recovered(self) -> list[Message]:
        """What was sent before this start and may still expire: without a rule, only what says so itself."""
        if self._expire_after is None:
            return await self._door.queries.undelivered_with_data(RECOVERED)
        return [message for message, _ in await self._door.queries.undelivered(limit=RECOVERED)]

    async def _expire(self, message_id: str) -> None:
        for delivery in (await self._door.queries.deliveries([message_id]))[message_id]:
            if delivery.open and delivery.reached == Reached.QUEUED and not is_cut_off(delivery):
                ledger = Ledger(self._door, delivery.agent_id, self._by)
                await ledger.settle(message_id, Disposition.EXPIRED, REASON)
