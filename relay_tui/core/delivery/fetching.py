"""What waits for an agent, read by the agent itself: over HTTP, or by a tool.

An answer that was sent may never have come: what was read is delivered without proof until the agent confirms it. A
reading can be repeated, and says the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from relay_tui.core import commands as c
from relay_tui.core.delivery.deliverable import deliverable
from relay_tui.core.delivery.ledger import Door
from relay_tui.core.delivery.order import Due, in_order
from relay_tui.core.delivery.standing import is_cut_off
from relay_tui.core.errors import Refused
from relay_tui.core.ids import parse_delivery_id
from relay_tui.core.model import Agent, Caller, Delivery, Disposition, Evidence, Message, Mode, Reached
from relay_tui.core.session import DeliverableMessage

READ = "the agent read it by itself"
UNCONFIRMED = "handed to it on its asking; it has not confirmed that it has it"
WAITING = 100
"""Messages that one look takes in."""


@dataclass(slots=True)
class Waiting:
    """One message that waits, without what it says."""

    message_id: str
    sender: str
    target: str
    mode: Mode
    created_at: int


@dataclass(slots=True)
class Reading:
    message: DeliverableMessage
    before: list[str]
    """Ids of what its sender said before it and the agent has not read yet, or not confirmed, oldest first."""


class Postbox:
    """One agent's."""

    def __init__(self, door: Door, agent: Agent, by: Caller) -> None:
        self._door, self._agent, self._by = door, agent, by

    async def waiting(self) -> list[Waiting]:
        """What can be read now, in the order in which it should be. Nothing counts as read by this.

        Left out: what waits for a flush, and what is being handed over whole just now. Raises `Refused` (on_hold).
        """
        await self._refuse_on_hold()
        return [await self._in_short(one) for one in await self._due() if not is_cut_off(one.delivery)]

    async def read(self, ref: str) -> Reading:
        """What a message says, by its id or its delivery's; delivered from now on, and proven once it is confirmed.

        Raises `Refused`: delivery_not_found, delivery_ended (taken back), on_hold.
        """
        message, delivery = await self._mine(ref)
        if delivery.reached < Reached.DELIVERED:
            await self._refuse_on_hold()
            if delivery.disposition == Disposition.HELD:
                raise Refused("on_hold", "That message waits until a person lets it go.")
        if delivery.disposition == Disposition.CANCELLED or message.deleted_at is not None:
            raise Refused("delivery_ended", "That message was taken back.")
        await self._reach(message, Evidence.NONE, UNCONFIRMED)
        before = [one.message.id for one in await self._due() if _is_before(one.message, message)]
        lost = [one.id for one in await self._unconfirmed() if _is_before(one, message)]
        return Reading(await self._content(message, delivery), sorted({*lost, *before}, key=int))

    async def confirm(self, ref: str) -> None:
        """The agent has what a message says. Raises `Refused`: delivery_not_found, not_read."""
        message, delivery = await self._mine(ref)
        if delivery.reached < Reached.DELIVERED:
            raise Refused("not_read", "That message was not read.", "Read it first.")
        await self._reach(message, Evidence.INBOX_READ, READ)

    async def _reach(self, message: Message, evidence: Evidence, how: str) -> None:
        command = c.RaiseDelivery(
            message_id=message.id, agent_id=self._agent.id, reached=Reached.DELIVERED, evidence=evidence, how=how
        )
        await self._door.execute(command, self._by)

    async def _due(self) -> list[Due]:
        queries = self._door.queries
        pending = await queries.pending(self._agent.id, WAITING)
        messages = {message.id: message for message in await queries.messages_of([d.message_id for d in pending])}
        due = in_order((d, messages[d.message_id]) for d in pending if d.message_id in messages)
        return [one for one in due if one.mode != Mode.MANUAL and one.delivery.disposition != Disposition.HELD]

    async def _unconfirmed(self) -> list[Message]:
        """What was handed to it on its asking, and may have been lost on the way: as when it was interrupted."""
        doubtful = await self._door.queries.doubtful(self._agent.id)
        found = await self._door.queries.messages_of([d.message_id for d in doubtful if d.how == UNCONFIRMED])
        return [message for message in found if message.deleted_at is None]

    async def _mine(self, ref: str) -> tuple[Message, Delivery]:
        named = parse_delivery_id(ref)
        message_id = named[0] if named is not None and named[1] == self._agent.id else ref
        message = await self._door.queries.message(message_id) if message_id.isdecimal() else None
        delivery = await self._door.queries.delivery(message_id, self._agent.id) if message else None
        if message is None or delivery is None:
            raise Refused("delivery_not_found", "No such message was sent to you.", "List what waits without an id.")
        return message, delivery

    async def _refuse_on_hold(self) -> None:
        hold = await self._door.queries.hold_on(self._agent.id)
        if hold is not None:
            because = f": {hold.reason}" if hold.reason else ""
            raise Refused("on_hold", f"What is due to {self._agent.name} is on hold{because}.")

    async def _in_short(self, one: Due) -> Waiting:
        content = await self._content(one.message, one.delivery)
        return Waiting(one.message.id, content.sender, content.target, one.message.mode, one.message.created_at)

    async def _content(self, message: Message, delivery: Delivery) -> DeliverableMessage:
        sender = await self._door.queries.agent(message.sender_id)
        channel = await self._door.queries.channel(message.channel_id)
        assert sender is not None, "an id in the log is somebody's"
        assert channel is not None, "an id in the log is a channel's"
        return deliverable(message, delivery.wire_seq, sender, channel, self._agent)


def _is_before(one: Message, other: Message) -> bool:
    return one.sender_id == other.sender_id and int(one.id) < int(other.id)
