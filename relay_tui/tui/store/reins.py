"""What the operator does to the swarm and to single deliveries, as commands of his own, by the core's own desk."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from relay_tui.core import commands as c
from relay_tui.core.delivery.desk import Desk
from relay_tui.core.delivery.stopping import PARTS
from relay_tui.core.delivery.why import Why
from relay_tui.core.model import Agent, Caller, Delivery, Message, State
from relay_tui.core.model_delivery import hold_over
from relay_tui.core.relay import Relay
from relay_tui.core.session import Commandable, Interruptible
from relay_tui.tui.words.people import People


class Reins:
    def __init__(self, relay: Relay, by: Caller, people: People) -> None:
        self._relay, self._by, self._people = relay, by, people
        self._desk = Desk(relay, by, relay.sessions)
        self._tasks: set[asyncio.Task[object]] = set()

    def can(self, agent_id: str) -> frozenset[str]:
        agent = self._people.agents.get(agent_id)
        if agent is None or agent.type != "agent":
            return frozenset()
        held = hold_over(agent_id, self._people.holds) is not None
        verbs = {"flush"} if held else {"hold"}
        if self._people.held.get(agent_id):
            verbs.add("flush")
        session = self._relay.sessions.get(agent_id)
        if session is not None and isinstance(session, Interruptible) and session.state.state is State.WORKING:
            verbs.add("interrupt")
        return frozenset(verbs)

    async def explain(self, message: Message, delivery: Delivery) -> tuple[Agent, Why]:
        return await self._desk.explain(message, delivery)

    async def hold(self, agent_id: str) -> None:
        await self._relay.execute(c.HoldDeliveries(agent_id=agent_id), self._by)

    async def flush(self, agent_id: str) -> None:
        await self._relay.execute(c.FlushDeliveries(agent_id=agent_id), self._by)

    async def interrupt(self, agent_id: str) -> bool:
        return bool((await self._desk.interrupt(agent_id))["interrupted"])

    def commandable(self, agent_id: str) -> bool:
        return isinstance(self._relay.sessions.get(agent_id), Commandable)

    async def own_command(self, agent_id: str, text: str) -> str:
        return str((await self._desk.own_command(agent_id, text))["how"])

    async def stop(self, only: Collection[str] = PARTS) -> None:
        """Hold and freeze, at once; programs are told to stop meanwhile, and the view says what comes of it."""
        await self._desk.stop(only=[part for part in only if part != "interrupt"])
        if "interrupt" in only:
            task: asyncio.Task[object] = asyncio.create_task(self._desk.stop(only=("interrupt",)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def resume(self, agent_id: str = "", only: Collection[str] = PARTS) -> None:
        await self._desk.resume(agent_id, only)

    async def retry(self, message_id: str, agent_id: str) -> None:
        await self._relay.execute(c.RetryDelivery(message_id=message_id, agent_id=agent_id), self._by)

    async def redirect(self, message_id: str, agent_id: str, to: str) -> None:
        await self._relay.execute(c.RedirectDelivery(message_id=message_id, agent_id=agent_id, to=to), self._by)

    async def drop(self, message_id: str, agent_id: str) -> None:
        await self._relay.execute(c.DropDelivery(message_id=message_id, agent_id=agent_id), self._by)
