"""The demo without a screen: approves what is asked, runs its time, lets things settle, and counts."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from relay_tui.core import commands as c
from relay_tui.core import events as e
from relay_tui.core.delivery.boundary import not_yet
from relay_tui.core.errors import Refused
from relay_tui.core.model import ENDED_STATES, Delivery, InvocationStatus, Message, Session, State
from relay_tui.core.session import TranscriptEntry
from relay_tui.core.signals import Signal
from relay_tui.demo.swarm import Swarm

SETTLING = 15.0
"""Seconds that what is under way gets after the time is up."""
STILL = 0.6
"""Seconds without an event after which a swarm that has nothing open counts as settled."""
_UNDER_WAY = (InvocationStatus.AWAITING_APPROVAL, InvocationStatus.APPROVED, InvocationStatus.RUNNING)
logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Report:
    """What a run came to."""

    agents: int
    messages: int
    deliveries: dict[str, int]
    """How many stand where, by the word that is shown."""
    unproven: int
    """Deliveries that are neither delivered with evidence nor explained."""
    approvals: int
    errors: int
    """Errors that agents recorded, and warnings of the relay."""
    seconds: float
    talking: float | None = field(default=None)
    """Seconds until every agent had said something; None: not all did."""
    faults: list[str] = field(default_factory=list[str])
    """The errors and the unproven deliveries, in words."""

    @property
    def ok(self) -> bool:
        return not self.unproven


class Watcher(logging.Handler):
    """Counts what happens in a run, and approves what is asked."""

    def __init__(self, swarm: Swarm, began: float) -> None:
        super().__init__(logging.WARNING)
        self._swarm = swarm
        self._began = began
        self._spoke: dict[str, float] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.news = asyncio.Event()
        self.messages = 0
        self.approvals = 0
        self.errors: list[str] = []

    @property
    def talking(self) -> float | None:
        """See `Report.talking`."""
        everyone = len(self._spoke) >= len(self._swarm.cast.names)
        return round(max(self._spoke.values()), 2) if everyone else None

    def committed(self, entries: Sequence[e.Entry]) -> None:
        for entry in entries:
            match entry.event:
                case e.MessageCreated():
                    self.messages += 1
                    self._spoke.setdefault(entry.actor, time.monotonic() - self._began)
                case e.ApprovalRequested(approval_id=approval_id, request_hash=shown):
                    task = asyncio.create_task(self._approve(approval_id, shown))
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)
                case _:
                    pass
        self.news.set()

    def signalled(self, signal: Signal) -> None:
        if signal.kind != "transcript":
            return
        grown: Sequence[TranscriptEntry] = signal.data
        self.errors += [entry.text for entry in grown if entry.role == "system" and entry.detail.get("error")]

    def emit(self, record: logging.LogRecord) -> None:
        self.errors.append(f"{record.name}: {record.getMessage()}")

    async def _approve(self, approval_id: str, shown: str) -> None:
        command = c.DecideApproval(approval_id=approval_id, request_hash=shown, approve=True)
        try:
            await self._swarm.host.relay.execute(command, self._swarm.host.operator)
        except Refused as refusal:
            logger.warning("approval %s not given: %s", approval_id, refusal)
        else:
            self.approvals += 1


async def run_headless(swarm: Swarm, seconds: float, *, port: int = 0, began: float | None = None) -> Report:
    """Run the swarm for `seconds` from its launch on. `began`: when the program started, by `time.monotonic`."""
    began = time.monotonic() if began is None else began
    watcher = Watcher(swarm, began)
    relay = swarm.host.relay
    unfollow = [relay.on_commit(watcher.committed), relay.on_signal(watcher.signalled)]
    logging.getLogger().addHandler(watcher)
    try:
        await swarm.start(port)
        await asyncio.sleep(seconds)
        swarm.draw_curtain()
        await _settle(swarm, watcher)
        return await _report(swarm, watcher, began)
    finally:
        logging.getLogger().removeHandler(watcher)
        for forget in unfollow:
            forget()


async def _settle(swarm: Swarm, watcher: Watcher) -> None:
    """Until nothing is open, everyone is idle and nothing has happened for a moment; not forever."""
    loop = asyncio.get_running_loop()
    end = loop.time() + SETTLING
    while loop.time() < end:
        watcher.news.clear()
        try:
            async with asyncio.timeout(STILL):
                await watcher.news.wait()
        except TimeoutError:
            if not await _under_way(swarm):
                return


async def _under_way(swarm: Swarm) -> bool:
    queries = swarm.host.relay.queries
    sessions = await queries.sessions()
    if any(one.state not in {State.IDLE, State.READY, *ENDED_STATES} for one in sessions.values()):
        return True
    if any([await queries.invocations(status=status) for status in _UNDER_WAY]):
        return True
    open_ones = [one for _, one in await queries.undelivered() if one.open or one.unverified]
    return any(one.unverified or not _is_gone(sessions.get(one.agent_id)) for one in open_ones)


async def _report(swarm: Swarm, watcher: Watcher, began: float) -> Report:
    queries = swarm.host.relay.queries
    sessions = await queries.sessions()
    names = {agent.id: agent.name for agent in await queries.agents()}
    unproven = [
        f"message {message.id} to {names.get(delivery.agent_id, delivery.agent_id)}: {delivery.word}, {delivery.how}"
        for message, delivery in await queries.undelivered(limit=10_000)
        if _is_unproven(message, delivery, sessions.get(delivery.agent_id))
    ]
    return Report(
        agents=len(swarm.cast.names),
        messages=watcher.messages,
        deliveries=await queries.delivery_counts(),
        unproven=len(unproven),
        approvals=watcher.approvals,
        errors=len(watcher.errors),
        seconds=round(time.monotonic() - began, 1),
        talking=watcher.talking,
        faults=[*watcher.errors, *unproven],
    )


def _is_unproven(message: Message, delivery: Delivery, session: Session | None) -> bool:
    """Short of proof, and nothing says why: neither the delivery itself nor the state of who it is for."""
    if delivery.unverified:
        return True
    if delivery.reason or not (delivery.open or delivery.fault):
        return False
    return not (delivery.open and (session is None or not_yet(message.mode, session.state, (message.mode,))))


def _is_gone(session: Session | None) -> bool:
    """Whether there is no program to hand anything to; what is due to it waits for the next one."""
    return session is None or session.state in ENDED_STATES
