"""Telling the sender, when it is an agent, that a message of its own ended short of delivered: once for each ending."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from typing import Any, Protocol

from relay_tui.core import commands as c
from relay_tui.core import events as e
from relay_tui.core import text
from relay_tui.core.delivery.ledger import Door
from relay_tui.core.errors import RelayError
from relay_tui.core.model import Caller, Disposition

TOLD = frozenset({Disposition.FAILED, Disposition.DEAD, Disposition.EXPIRED})
CATCH_UP_AFTER = 1.0
"""Seconds after the start: whoever opens a workspace asks for what is on the screen first."""
CAUGHT_UP = 1_000
"""Entries of the log's end that are looked through then."""
logger = logging.getLogger(__name__)


class LogDoor(Door, Protocol):
    """A relay that can be asked for its log, too."""

    @property
    def last_seq(self) -> int: ...
    async def entries(self, from_seq: int, limit: int = ...) -> Sequence[e.Entry]: ...


class Notices:
    """A person sees it among what needs them; an agent is written to by the relay itself."""

    def __init__(self, door: LogDoor, system: Caller) -> None:
        self._door, self._system = door, system
        self._last_seq = door.last_seq
        self._tasks: set[asyncio.Task[None]] = set()
        self._begin(self._catch_up())

    def settled(self, event: e.DeliverySettled, seq: int) -> None:
        if event.disposition in TOLD:
            self._begin(self._tell(event, seq))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _catch_up(self) -> None:
        """A relay that was killed between an ending and its notice tells now; what was told is not told twice."""
        await asyncio.sleep(CATCH_UP_AFTER)
        for entry in await self._door.entries(max(1, self._last_seq - CAUGHT_UP), CAUGHT_UP + 1):
            event = entry.event
            if entry.seq <= self._last_seq and isinstance(event, e.DeliverySettled) and event.disposition in TOLD:
                delivery = await self._door.queries.delivery(event.message_id, event.agent_id)
                if delivery is not None and delivery.disposition == event.disposition:
                    await self._tell(event, entry.seq)

    async def _tell(self, event: e.DeliverySettled, seq: int) -> None:
        queries = self._door.queries
        message = await queries.message(event.message_id)
        sender = await queries.agent(message.sender_id) if message is not None else None
        to = await queries.agent(event.agent_id)
        if message is None or sender is None or to is None or sender.type != "agent" or sender.removed_at is not None:
            return
        words = (
            f"Your message {message.id} to {to.name} was not delivered: {Disposition(event.disposition).value},"
            f' {event.reason}. It said: "{text.preview(message.text, 80)}". It is kept; a person can retry it.'
        )
        command = c.SendMessage(to=f"@{sender.name}", text=words, client_id=f"undelivered-{seq}")
        try:
            await self._door.execute(command, self._system)
        except RelayError as error:
            logger.info("%s is not told of message %s: %s", sender.name, message.id, error)
