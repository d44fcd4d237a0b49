"""The live sessions of this host, each with its queue. What they report becomes facts of the log."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

from relay_tui.core import commands as c
from relay_tui.core import events as e
from relay_tui.core.delivery.deadlines import Deadlines
from relay_tui.core.delivery.directory import Directory
from relay_tui.core.delivery.expiry import Expiry
from relay_tui.core.delivery.news import message_said
from relay_tui.core.delivery.notices import LogDoor, Notices
from relay_tui.core.delivery.ready import Ready
from relay_tui.core.delivery.recipient import Recipient
from relay_tui.core.errors import RelayError
from relay_tui.core.events import Entry
from relay_tui.core.model import Caller, Source, State
from relay_tui.core.model_delivery import EVERYONE
from relay_tui.core.session import (
    AgentSession,
    Proven,
    SessionEvent,
    StateChanged,
    TranscriptGrew,
    Unblocked,
    Unsubscribe,
)
from relay_tui.core.signals import Signal, Signals

NO_DEADLINES = Deadlines()
ATTEMPT_ENDS = 4.5
"""Seconds that the end of an attempt is waited for: who stops everyone is answered before a request times out."""
BEGINS = 1.5
"""Seconds after which a program that was handed a message is seen to work, or does not."""
logger = logging.getLogger(__name__)


class Sessions:
    """Takes sessions in, runs a queue for each, and lets them go again."""

    def __init__(self, door: LogDoor, signals: Signals, system: Caller, deadlines: Deadlines = NO_DEADLINES) -> None:
        self._door = door
        self._signals = signals
        self._directory = Directory(door.queries)
        self._by = Caller(system.agent_id, Source.HARNESS)
        self._notices = Notices(door, system)
        self._deadlines = deadlines
        self.ready = Ready(self._by, deadlines)
        self._expiry = Expiry(door, self._directory, self._by, deadlines)
        self._live: dict[str, Recipient] = {}
        self._unsubscribe: dict[str, Unsubscribe] = {}
        self._channels: dict[str, set[str]] = {}
        """Live members by channel id: who is woken by a message there."""
        self._tasks: set[asyncio.Task[None]] = set()

    def get(self, agent_id: str) -> AgentSession | None:
        recipient = self._live.get(agent_id)
        return recipient.session if recipient else None

    def all(self) -> list[AgentSession]:
        return [recipient.session for recipient in self._live.values()]

    async def settled(self, session: AgentSession) -> None:
        """Once no attempt is under way into it any more, and the program has begun on what it was handed, if it has."""
        recipient = self._live.get(session.agent_id)
        if recipient is None or not (tasks := recipient.under_way()):
            return
        begun = asyncio.Event()
        forget = session.on_event(lambda _: begun.set() if session.state.state == State.WORKING else None)
        begins, over = asyncio.create_task(begun.wait()), asyncio.create_task(asyncio.wait(tasks))
        try:
            await asyncio.wait((begins, over), timeout=ATTEMPT_ENDS, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait((begins,), timeout=BEGINS)
        finally:
            forget()
            begins.cancel()
            over.cancel()

    async def attach(self, session: AgentSession) -> None:
        """Take a session in: its state is recorded and its queue begins. One that was there before is let go."""
        await self._let_go(session.agent_id)
        recipient = Recipient(self._door, self._directory, session, self._by, self._deadlines, self.ready)
        self._live[session.agent_id] = recipient
        self._unsubscribe[session.agent_id] = session.on_event(lambda event: self._heard(session, event))
        # Live first, so that a channel that is joined while the others are read is not missed.
        for member in await self._door.queries.memberships(session.agent_id):
            self._channels.setdefault(member.channel_id, set()).add(session.agent_id)
        # Behind this in the log the writer knows of the queue, which has heard of everything before it.
        await self._record(session, session.state)
        if self._live.get(session.agent_id) is recipient:  # its agent may have been removed meanwhile
            recipient.start()

    async def detach(self, agent_id: str, state: State = State.LOST, detail: str = "", evidence: str = "") -> None:
        """The session is over, or out of reach; what is due to it stays queued."""
        recipient = self._live.get(agent_id)
        if recipient is None:
            return
        await self._let_go(agent_id)
        await self._record(recipient.session, StateChanged(state, evidence or "host", detail=detail))

    def rule(self, deadlines: Deadlines) -> None:
        """Other rules say from now on until when a message is worth handing over."""
        self._deadlines = deadlines
        self.ready.deadlines = deadlines
        self._expiry.rule(deadlines)
        for recipient in self._live.values():
            recipient.rule(deadlines)

    async def close(self) -> None:
        await self._notices.close()
        await self._expiry.close()
        await asyncio.gather(*(self._let_go(agent_id) for agent_id in list(self._live)))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def committed(self, entries: Sequence[Entry]) -> None:
        """Wake whom these entries give something to do."""
        along = {
            (event.message_id, event.agent_id): event
            for entry in (entries if self._live else ())
            if isinstance(event := entry.event, e.DeliveryDispatched)
        }
        for entry in entries:
            event = entry.event
            if isinstance(event, e.MessageCreated):  # nearly always, and there may be thousands a second
                self._expiry.said(event, entry.at)
                if self._live:
                    self._tell(entry, event, along)
            elif not isinstance(event, e.DeliveryDispatched | e.DeliveryRaised):
                self._directory.happened(event)
                self._changed(entry, event)
        self.ready.heard = entries[-1].seq

    def _changed(self, entry: Entry, event: e.Event) -> None:
        match event:
            case e.HoldPlaced() | e.HoldLifted():
                self._hold_changed(event.agent_id)
            case e.DoorbellRuled():
                for recipient in self._live.values():
                    recipient.doorbells_changed()
            case e.DeliverySettled():
                self._notices.settled(event, entry.seq)
                if event.disposition == "active":
                    self._wake((event.agent_id,))
            case e.MessageEdited():
                self._wake(event.explicit)
            case e.StateRecorded() | e.SessionStarted():
                self._wake((event.agent_id,))
            case e.MemberJoined():
                if event.agent_id in self._live:
                    self._channels.setdefault(event.channel_id, set()).add(event.agent_id)
            case e.MemberLeft():
                self._channels.get(event.channel_id, set()).discard(event.agent_id)
            case e.AgentRemoved():
                self._later(self._let_go(event.agent_id))
            case _:
                pass

    def _hold_changed(self, agent_id: str) -> None:
        for recipient in self._live.values():
            if agent_id in {EVERYONE, recipient.session.agent_id}:
                recipient.hold_changed()

    def _wake(self, agent_ids: Sequence[str] | set[str]) -> None:
        for agent_id in agent_ids:
            if (recipient := self._live.get(agent_id)) is not None:
                recipient.wake()

    def _tell(
        self, entry: Entry, event: e.MessageCreated, along: Mapping[tuple[str, str], e.DeliveryDispatched]
    ) -> None:
        """Whoever a message is for hears what it says. Hearing of one that is not for them costs them a refusal.

        `along`: dispatches of the same commit. A queue's own come later than the message that it has heard of."""
        members = self._channels.get(event.channel_id, set[str]()) if event.thread_id is None else set[str]()
        live = [self._live[id] for id in {*event.explicit, *members} - {event.sender_id} if id in self._live]
        if live:
            message = message_said(entry, event)
            for recipient in live:
                recipient.said(message, along.get((message.id, recipient.session.agent_id)))

    def _heard(self, session: AgentSession, event: SessionEvent) -> None:
        recipient = self._live.get(session.agent_id)
        if recipient is None or recipient.session is not session:
            return
        match event:
            case TranscriptGrew():
                self._signals.send(Signal("transcript", session.agent_id, event.entries))
            case StateChanged():
                self._later(self._record(session, event))
            case Proven():
                recipient.proven(event)
            case Unblocked():
                recipient.wake()

    async def _record(self, session: AgentSession, said: StateChanged) -> None:
        command = c.RecordState(
            agent_id=session.agent_id,
            generation=session.generation,
            state=said.state,
            evidence=said.evidence,
            exact=said.exact,
            detail=said.detail[:2_000],
        )
        try:
            await self._door.execute(command, self._by)
        except RelayError as error:
            logger.info("state of agent %s not recorded: %s", session.agent_id, error)

    async def _let_go(self, agent_id: str) -> None:
        recipient = self._live.pop(agent_id, None)
        if recipient is None:
            return
        self._unsubscribe.pop(agent_id)()
        for members in self._channels.values():
            members.discard(agent_id)
        await recipient.stop()

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
