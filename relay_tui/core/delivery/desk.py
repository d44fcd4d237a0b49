"""What a person does at the mail desk, in plain words and plain data: the server and the command line say the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from relay_tui.core import commands as c
from relay_tui.core import text
from relay_tui.core.delivery.behind import behind
from relay_tui.core.delivery.doorbells import Doorbells
from relay_tui.core.delivery.forecast import next_try
from relay_tui.core.delivery.why import Why, why
from relay_tui.core.errors import Refused
from relay_tui.core.model import ENDED, Agent, Delivery, Message, Reached
from relay_tui.core.model_delivery import hold_over
from relay_tui.core.views.queries.mail import FAULTS, OPEN, WORDS, MailFilter, MailPlace

Json = dict[str, Any]


class Desk(Doorbells):
    async def deliveries(
        self,
        *,
        agent: str = "",
        word: str = "",
        faults: bool = False,
        every: bool = False,
        channel: str = "",
        sender: str = "",
        before: str = "",
        limit: int = 200,
    ) -> list[Json]:
        """What is short of delivered, or not proven, worst first; with any of the others what they take, oldest first.

        `word`: only those that are shown with it. `every`: also what arrived. `before`: `MESSAGE` or `MESSAGE:AGENT`,
        the first row of a page, for the page before it.
        """
        word = FAULTS if faults and not word else word
        if not (agent or word or every or channel or sender or before):
            found = await self._door.queries.undelivered(limit=limit)
            return await self._rows(found)
        if word and word not in (OPEN, FAULTS, *WORDS):
            raise Refused("invalid_request", f"No delivery is {text.preview(word, 30)}.", f"One of {', '.join(WORDS)}.")
        wanted = MailFilter(
            word,
            (await self._agent(agent)).id if agent else "",
            await self._channel(channel) if channel else "",
            (await self._agent(sender)).id if sender else "",
        )
        page = await self._door.queries.mail(wanted, await self._place(before) if before else None, limit)
        return await self._rows(page.rows)

    async def dead(self, limit: int = 200) -> list[Json]:
        """Dead letters: what ended short of delivered, with its whole text."""
        found = await self._door.queries.undelivered(limit=10_000)
        ended = [(m, d) for m, d in found if d.disposition in ENDED and d.reached < Reached.DELIVERED]
        rows = await self._rows(ended[:limit])
        return [row | {"text": m.text} for row, (m, _) in zip(rows, ended, strict=False)]

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
        return (await self._rows([(await self._message(message_id), delivery)]))[0]

    async def _message(self, message_id: str) -> Message:
        found = await self._door.queries.message(message_id) if message_id.isdecimal() else None
        if found is None:
            raise Refused("message_not_found", f"There is no message {text.preview(message_id, 40)}.")
        return found

    async def _channel(self, ref: str) -> str:
        found = await self._door.queries.channel(ref.removeprefix("#"))
        if found is None:
            raise Refused("channel_not_found", f"There is no channel {text.preview(ref, 60)}.")
        return found.id

    async def _place(self, before: str) -> MailPlace:
        message_id, _, agent = before.partition(":")
        await self._message(message_id)
        return MailPlace(int(message_id), int((await self._agent(agent)).id) if agent else 0)

    async def _rows(self, found: Sequence[tuple[Message, Delivery]]) -> list[Json]:
        queries = self._door.queries
        sessions, holds = await queries.sessions(), await queries.every_hold()
        ids = {id for message, delivery in found for id in (message.sender_id, delivery.agent_id)}
        names = {id: await self._name(id) for id in ids}
        before = await behind(queries, found)
        return [
            _row(m, d, names, next_try(m, d, sessions.get(to), hold_over(to, holds), before.get((m.id, to))))
            for m, d, to in ((m, d, d.agent_id) for m, d in found)
        ]

    async def explain(self, message: Message, delivery: Delivery) -> tuple[Agent, Why]:
        """The recipient, and why the delivery stands where it does."""
        queries = self._door.queries
        to = await self._agent(delivery.agent_id)
        hold = await queries.hold_on(to.id)
        attempts = await queries.attempts(message, delivery)
        session = (await queries.sessions()).get(to.id)
        held_by = await self._name(hold.held_by) if hold else ""
        before = (await behind(queries, [(message, delivery)])).get((message.id, delivery.agent_id))
        live = self._sessions.get(to.id) if self._sessions is not None else None
        unable = live is not None and not live.capabilities.answers_bells
        sender = await self._name(message.sender_id)
        return to, why(message, delivery, to, session, hold, attempts, held_by, before, sender, unable)

    async def _why(self, message: Message, delivery: Delivery) -> Json:
        to, answer = await self.explain(message, delivery)
        return {"message": message.id, "to": to.name, **asdict(answer)}


def _row(message: Message, delivery: Delivery, names: Mapping[str, str], next_try: str) -> Json:
    return {
        "message": message.id,
        "from": names[message.sender_id],
        "to": names[delivery.agent_id],
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
        "next_try": next_try,
        "mode": message.mode.value,
        "preview": text.preview(message.text, 80),
    }
