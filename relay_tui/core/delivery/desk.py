"""What a person does at the mail desk, in plain words and plain data: the server and the command line say the same."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from relay_tui.core import commands as c
from relay_tui.core import text
from relay_tui.core.delivery.ledger import Door
from relay_tui.core.delivery.sessions import Sessions
from relay_tui.core.delivery.why import why
from relay_tui.core.errors import Refused
from relay_tui.core.model import ENDED, Agent, Caller, Delivery, Message, Reached, State
from relay_tui.core.model_delivery import EVERYONE, Hold
from relay_tui.core.session import Interruptible

Json = dict[str, Any]
STOPPED = "stopped"
"""Reason of the hold that `stop` places."""


class Desk:
    """`sessions` None: no program runs under this relay, so nothing can be interrupted."""

    def __init__(self, door: Door, by: Caller, sessions: Sessions | None = None) -> None:
        self._door, self._by, self._sessions = door, by, sessions

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

    async def holds(self) -> list[Json]:
        return [await self._hold(hold) for hold in (await self._door.queries.holds()).values()]

    async def hold(self, agent: str = "", reason: str = "") -> Json:
        """Without an agent: everyone."""
        agent_id = (await self._agent(agent)).id if agent else None
        command = c.HoldDeliveries(agent_id=agent_id, reason=reason)
        held: Any = await self._door.execute(command, self._by)
        return await self._hold(held)

    async def flush(self, agent: str = "") -> Json:
        agent_id = (await self._agent(agent)).id if agent else None
        lifted: Any = await self._door.execute(c.FlushDeliveries(agent_id=agent_id), self._by)
        return {"agent": agent or None, "was_held": lifted is not None}

    async def stop(self, reason: str = "") -> Json:
        """Hold everyone, then interrupt whoever works; what became of each is in the answer."""
        hold = await self.hold(reason=reason or STOPPED)
        agents: list[Json] = []
        for session in self._sessions.all() if self._sessions is not None else ():
            before = session.state.state
            interrupted: bool | None = None
            if before == State.WORKING:
                interrupted = await session.interrupt() if isinstance(session, Interruptible) else False
            name = (await self._agent(session.agent_id)).name
            agents.append({"agent": name, "was": before.value, "interrupted": interrupted,
                           "is": session.state.state.value})  # fmt: skip
        return {"hold": hold, "agents": agents}

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

    async def _agent(self, ref: str) -> Agent:
        found = await self._door.queries.agent(ref.removeprefix("@"))
        if found is None:
            known = [agent.name for agent in await self._door.queries.agents()]
            near = text.nearest(ref, known)
            hint = f"Did you mean {' or '.join(near)}?" if near else ""
            raise Refused("agent_not_found", f"There is no agent {text.preview(ref, 60)}.", hint)
        return found

    async def _message(self, message_id: str) -> Message:
        found = await self._door.queries.message(message_id) if message_id.isdecimal() else None
        if found is None:
            raise Refused("message_not_found", f"There is no message {text.preview(message_id, 40)}.")
        return found

    async def _name(self, agent_id: str) -> str:
        found = await self._door.queries.agent(agent_id)
        return found.name if found is not None else agent_id

    async def _hold(self, hold: Hold) -> Json:
        agent = None if hold.agent_id == EVERYONE else await self._name(hold.agent_id)
        return {"agent": agent, "by": await self._name(hold.held_by), "since": hold.since, "reason": hold.reason}

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
