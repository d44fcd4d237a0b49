"""Telling the sender, when it is an agent, that a message of its own ended short of delivered: once for each ending."""

from __future__ import annotations

import asyncio
import logging

from relay_tui.core import commands as c
from relay_tui.core import events as e
from relay_tui.core import text
from relay_tui.core.delivery.ledger import Door
from relay_tui.core.errors import RelayError
from relay_tui.core.model import Caller, Disposition

TOLD = frozenset({Disposition.FAILED, Disposition.DEAD, Disposition.EXPIRED})
logger = logging.getLogger(__name__)


class Notices:
    """A person sees it among what needs them; an agent is written to by the relay itself."""

    def __init__(self, door: Door, system: Caller) -> None:
        self._door, self._system = door, system
        self._tasks: set[asyncio.Task[None]] = set()

    def settled(self, event: e.DeliverySettled, seq: int) -> None:
        if event.disposition in TOLD:
            task = asyncio.create_task(self._tell(event, seq))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

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
