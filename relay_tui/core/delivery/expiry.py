"""Ending what nobody took in time, by a message's own word or by a rule (`deadlines.py`)."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import logging

from relay_tui.core import events as e
from relay_tui.core.delivery.deadlines import Deadlines, said_by_itself
from relay_tui.core.delivery.directory import Directory
from relay_tui.core.delivery.ledger import Door, Ledger
from relay_tui.core.delivery.standing import is_cut_off, is_let_go
from relay_tui.core.errors import RelayError
from relay_tui.core.model import Caller, Delivery, Disposition, Message, Mode, Reached

RECOVERED = 10_000
"""Messages that are looked through for what may expire."""
RECOVER_AFTER = 1.0
"""Seconds after the start: whoever opens a workspace asks for what is on the screen first."""
UNDER_WAY = 5_000
"""Milliseconds until one is looked at again that is being handed over when its time is over: it may come back."""
REASON = "its time ran out before it could be handed over"
logger = logging.getLogger(__name__)


class Expiry:
    """Whether a program stands behind the recipient or not. What is under way then is left to prove itself, and what a
    person let go again is not ended a second time."""

    def __init__(self, door: Door, directory: Directory, by: Caller, deadlines: Deadlines) -> None:
        self._door, self._directory, self._by, self._deadlines = door, directory, by, deadlines
        self._due: list[tuple[int, str]] = []
        """When which message is looked at: milliseconds, UTC, and its id."""
        self._earlier = asyncio.Event()
        self._anew = True
        """What waits is looked through for what may expire: at the start, and when the rules have changed."""
        self._task = asyncio.create_task(self._run(), name="expiry")

    def said(self, event: e.MessageCreated, at: int) -> None:
        if event.data or self._deadlines.rules:
            self._expect(event.message_id, said_by_itself(event.data), event.mode, at)

    def rule(self, deadlines: Deadlines) -> None:
        """Other rules count from now on, also for what was said before."""
        self._deadlines, self._anew = deadlines, True
        self._earlier.set()

    async def close(self) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    def _expect(self, message_id: str, own: int | None, mode: Mode, created_at: int) -> None:
        """Look at it when its time may be over at the earliest: whom it goes to is asked then."""
        if own is None and (after := self._deadlines.soonest(mode)) is not None:
            own = created_at + after
        if own is not None:
            self._look_at(message_id, own)

    def _look_at(self, message_id: str, at: int) -> None:
        heapq.heappush(self._due, (at, message_id))
        self._earlier.set()

    async def _run(self) -> None:
        await asyncio.sleep(RECOVER_AFTER)
        while True:
            self._earlier.clear()
            if self._anew:
                self._anew = False
                for message in await self._recovered():
                    self._expect(message.id, said_by_itself(message.data), message.mode, message.created_at)
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
        """What was sent before and may still expire: without rules, only what says so itself."""
        if not self._deadlines.rules:
            return await self._door.queries.undelivered_with_data(RECOVERED)
        return list({m.id: m for m, _ in await self._door.queries.undelivered(limit=RECOVERED)}.values())

    async def _expire(self, message_id: str) -> None:
        """End it for those whose time is over, and look again when the next one's is."""
        message = await self._door.queries.message(message_id)
        if message is None:
            return
        later: list[int] = []
        for delivery in (await self._door.queries.deliveries([message_id]))[message_id]:
            if not delivery.open or delivery.reached != Reached.QUEUED:
                continue
            at, reason = await deadline(message, delivery, self._deadlines, self._directory)
            if at is None:
                continue
            now = self._door.clock()
            if at > now:
                later.append(at)
            elif is_cut_off(delivery):
                later.append(now + UNDER_WAY)
            else:
                ledger = Ledger(self._door, delivery.agent_id, self._by)
                await ledger.settle(message_id, Disposition.EXPIRED, reason)
        if later:
            self._look_at(message_id, min(later))


async def deadline(
    message: Message, delivery: Delivery, deadlines: Deadlines, directory: Directory
) -> tuple[int | None, str]:
    """When its time is over for this recipient (None: never, or a person let it go), and the reason to be given."""
    own = said_by_itself(message.data)
    if (own is None and not deadlines.rules) or is_let_go(message, delivery):
        return None, ""
    if own is not None:
        return own, REASON
    sender = await directory.agent(message.sender_id)
    to = await directory.agent(delivery.agent_id)
    channel = await directory.channel(message.channel_id)
    place = channel.name if channel.kind == "channel" else "@"
    rule = deadlines.rule_on(message.mode, sender.name, to.name, place)
    if rule is None or rule.after is None:
        return None, ""
    return message.created_at + rule.after, f"{REASON}, by the rule {rule.name!r}"
