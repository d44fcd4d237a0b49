"""What a person does at the mail desk, in plain words and plain data: the server and the command line say the same."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from relay_tui.core import commands as c
from relay_tui.core import text
from relay_tui.core.delivery.stopping import Stopping
from relay_tui.core.delivery.why import why
from relay_tui.core.errors import Refused
from relay_tui.core.model import ENDED, Delivery, Message, Reached

Json = dict[str, Any]


class Desk(Stopping):
    async def deliveries(
        self, *, agent: str = "", word: str = "", faults: bool = False, limit: int = 200
    ) -> list[Json]:
        """What is short of delivered, or not proven, worst first. `word`: only those that are shown with it."""
        to = (await self._agent(agent)).id if agent else ""
        found = await self._door.queries.undelivered(limit=10_000 if to or word or faults else limit)
        chosen = [
            (message, delivery)
            for message, delivery in found
            if (not to or delivery.agent_id == to)
            and (not word or delivery.word == word)
            and (not faults or delivery.fault)
        ]
        return [await self._row(message, delivery) for message, delivery in chosen[:limit]]

    async def dead(self, limit: int = 200) -> list[Json]:
        """Dead letters: what ended short of delivered, with its whole text."""
        found = await self._door.queries.undelivered(limit=10_000)
        ended = [(m, d) for m, d in found if d.disposition in ENDED and d.reached < Reached.DELIVERED]
        return [await self._row(m, d) | {"text": m.text} for m, d in ended[:limit]]

    async def why(self, message_id: str, agent: str = "") -> list[Json]:
        """Why a message stands where it does, for each of its recipients or one of them."""
        message = await self._message(message_id)
        deliveries = (await self._door.queries.deliveries([message.id]))[message.id]
        if agent:
            to = await self._agent(agent)
            deliveries = [one for one in deliveries if one.agent_id == to.id]
        if not deliveries:
            raise Refused("delivery_not_found", "That message was not addressed to that agent.")
        return [await self._why(message, delivery) for delivery in deliveries]

    async def retry(self, message_id: str, agent: str) -> Json:
        command = c.RetryDelivery(message_id=message_id, agent_id=(await self._agent(agent)).id)
        return await self._settled(command, message_id)

    async def redirect(self, message_id: str, agent: str, to: str) -> Json:
        command = c.RedirectDelivery(message_id=message_id, agent_id=(await self._agent(agent)).id, to=to)
        return await self._settled(command, message_id)

    async def drop(self, message_id: str, agent: str, reason: str = "") -> Json:
        agent_id = (await self._agent(agent)).id
        return await self._settled(c.DropDelivery(message_id=message_id, agent_id=agent_id, reason=reason), message_id)

    # Inside

    async def _settled(self, command: c.Command, message_id: str) -> Json:
        delivery: Any = await self._door.execute(command, self._by)
        return await self._row(await self._message(message_id), delivery)

    async def _message(self, message_id: str) -> Message:
        found = await self._door.queries.message(message_id) if message_id.isdecimal() else None
        if found is None:
            raise Refused("message_not_found", f"There is no message {text.preview(message_id, 40)}.")
        return found

    async def _row(self, message: Message, delivery: Delivery) -> Json:
        return {
            "message": message.id,
            "from": await self._name(message.sender_id),
            "to": await self._name(delivery.agent_id),
            "state": delivery.word,
            "reached": delivery.reached.word,
            "disposition": delivery.disposition.value,
            "since": delivery.updated_at,
            "queued_at": delivery.queued_at,
            "attempts": delivery.attempts,
            "route": delivery.route,
            "evidence": delivery.evidence.value,
            "how": delivery.how,
            "reason": delivery.reason,
            "until": delivery.until,
            "mode": message.mode.value,
            "preview": text.preview(message.text, 80),
        }

    async def _why(self, message: Message, delivery: Delivery) -> Json:
        queries = self._door.queries
        to = await self._agent(delivery.agent_id)
        hold = await queries.hold_on(to.id)
        attempts = await queries.attempts(message, delivery)
        session = (await queries.sessions()).get(to.id)
        held_by = await self._name(hold.held_by) if hold else ""
        answer = why(message, delivery, to, session, hold, attempts, held_by)
        return {"message": message.id, "to": to.name, **asdict(answer)}
