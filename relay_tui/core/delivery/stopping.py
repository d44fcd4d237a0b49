"""Holding, interrupting and freezing: what a person does to stop the swarm, and the proof of it, agent by agent."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any, Literal

from relay_tui.core import commands as c
from relay_tui.core import text
from relay_tui.core.delivery.ledger import Door
from relay_tui.core.delivery.sessions import Sessions
from relay_tui.core.errors import Refused
from relay_tui.core.model import ENDED_STATES, Agent, Caller, State
from relay_tui.core.model_delivery import APPROVALS, EVERYONE, Hold, stopped_at
from relay_tui.core.session import AgentSession, Commandable, Interruptible

Json = dict[str, Any]
Part = Literal["hold", "interrupt", "freeze"]
PARTS: tuple[Part, ...] = ("hold", "freeze", "interrupt")
"""What stopping consists of, in the order in which it is done: nothing new arrives before anybody is interrupted."""
STOPPED = "stopped"
"""Reason of the hold that `stop` places."""


class Stopping:
    """`sessions` None: no program runs under this relay, so nothing can be interrupted."""

    def __init__(self, door: Door, by: Caller, sessions: Sessions | None = None) -> None:
        self._door, self._by, self._sessions = door, by, sessions

    async def holds(self) -> list[Json]:
        found = await self._door.queries.holds()
        return [await self._hold(hold) for id, hold in found.items() if id != APPROVALS]

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

    async def interrupt(self, agent: str) -> Json:
        """Tell its program to stop what it does. Raises `Refused`: not_interruptible, not_working."""
        known = await self._agent(agent)
        session = self._sessions.get(known.id) if self._sessions is not None else None
        if session is None or not isinstance(session, Interruptible):
            hint = f"Look into the pane of {known.name}."
            raise Refused("not_interruptible", f"Nothing here can interrupt {known.name}.", hint)
        if session.state.state != State.WORKING:
            raise Refused("not_working", f"{known.name} is {session.state.state.value}, not working.")
        return await self._stopped(session)

    async def own_command(self, agent: str, line: str) -> Json:
        """Have its program run a command of its own, as `/compact`. Raises `Refused`: not_commandable, not_taken."""
        known = await self._agent(agent)
        session = self._sessions.get(known.id) if self._sessions is not None else None
        if session is None or not isinstance(session, Commandable):
            raise Refused("not_commandable", f"Nothing here can type into the program of {known.name}.")
        asked = c.RecordOwnCommand(agent_id=known.id, generation=session.generation, text=line)
        await self._door.execute(asked, self._by)
        receipt = await session.own_command(line)
        if receipt.outcome != "accepted":
            typed = "It may stand in its input box" if receipt.uncertain else "Nothing was typed"
            raise Refused("not_taken", f"{known.name} did not take {line}: {receipt.how}. {typed}.")
        await self._door.execute(asked.model_copy(update={"taken": True}), self._by)
        return {"agent": known.name, "text": line, "taken": True, "how": receipt.how}

    async def stop(self, reason: str = "", only: Collection[str] = PARTS) -> Json:
        """Hold everyone, freeze the approvals, interrupt whoever works; what became of each is in the answer."""
        hold = await self.hold(reason=reason or STOPPED) if "hold" in only else None
        freeze: Any = None
        if "freeze" in only:
            freeze = await self._door.execute(c.FreezeApprovals(reason=reason or STOPPED), self._by)
        if "interrupt" not in only:
            agents: list[Json] = []
        elif self._sessions is None:
            agents = await self._out_of_reach()
        else:
            agents = await asyncio.gather(*(self._stopped(session) for session in self._sessions.all()))
        return {"hold": hold, "frozen": await self._hold(freeze) if freeze else None, "agents": agents}

    async def resume(self, agent: str = "", only: Collection[str] = PARTS) -> Json:
        """Let go what `stop` holds, of one agent or of everyone; without an agent approvals are decided again, too."""
        answer: Json = {"agent": agent or None, "was_held": False, "was_frozen": False}
        if "hold" in only:
            answer |= await self.flush(agent)
        if "freeze" in only and not agent:
            answer["was_frozen"] = APPROVALS in await self._door.queries.holds()
            await self._door.execute(c.ThawApprovals(), self._by)
        return answer

    async def standing(self) -> Json:
        """What is stopped now: the hold on everyone, the frozen approvals, and who was interrupted since."""
        holds = await self._door.queries.holds()
        everyones, frozen = holds.get(EVERYONE), holds.get(APPROVALS)
        since = min((hold.since for hold in (everyones, frozen) if hold is not None), default=None)
        return {
            "hold": await self._hold(everyones) if everyones else None,
            "frozen": await self._hold(frozen) if frozen else None,
            "agents": await self._interrupted(since) if since is not None else [],
        }

    # Inside

    async def _interrupted(self, since: int) -> list[Json]:
        sessions = await self._door.queries.sessions()
        found: list[Json] = []
        for one in (await self._door.queries.interrupts()).values():
            session = sessions.get(one.agent_id)
            if one.asked_at >= since:
                seen = stopped_at(one, session)
                now = session.state.value if session is not None else None
                name = await self._name(one.agent_id)
                found.append({"agent": name, "asked_at": one.asked_at, "interrupted": seen is not None,
                              "seen_at": seen, "is": now})  # fmt: skip
        return found

    async def _out_of_reach(self) -> list[Json]:
        """Programs that may run on while no relay stands over them: none of them was told to stop."""
        return [
            {"agent": await self._name(id), "was": one.state.value, "interrupted": False, "is": "out of reach"}
            for id, one in (await self._door.queries.sessions()).items()
            if one.state not in ENDED_STATES
        ]

    async def _stopped(self, session: AgentSession) -> Json:
        """Interrupt it if it works. It is written down before the key is pressed, so that a crash leaves a trace."""
        if self._sessions is not None and isinstance(session, Interruptible) and session.state.state != State.WORKING:
            # What it is being handed just now would set it to work behind our back.
            await self._sessions.settled(session)
        before = session.state.state
        interrupted: bool | None = None
        if before == State.WORKING:
            interrupted = False
            if isinstance(session, Interruptible):
                asked = c.RecordInterrupt(agent_id=session.agent_id, generation=session.generation)
                await self._door.execute(asked, self._by)
                interrupted = await session.interrupt()
                if interrupted:
                    await self._door.execute(asked.model_copy(update={"seen": True}), self._by)
        name = await self._name(session.agent_id)
        return {"agent": name, "was": before.value, "interrupted": interrupted, "is": session.state.state.value}

    async def _agent(self, ref: str) -> Agent:
        found = await self._door.queries.agent(ref.removeprefix("@"))
        if found is None:
            known = [agent.name for agent in await self._door.queries.agents()]
            near = text.nearest(ref, known)
            hint = f"Did you mean {' or '.join(near)}?" if near else ""
            raise Refused("agent_not_found", f"There is no agent {text.preview(ref, 60)}.", hint)
        return found

    async def _name(self, agent_id: str) -> str:
        found = await self._door.queries.agent(agent_id)
        return found.name if found is not None else agent_id

    async def _hold(self, hold: Hold) -> Json:
        agent = None if hold.agent_id in (EVERYONE, APPROVALS) else await self._name(hold.agent_id)
        return {"agent": agent, "by": await self._name(hold.held_by), "since": hold.since, "reason": hold.reason}
