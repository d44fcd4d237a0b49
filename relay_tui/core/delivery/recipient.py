"""One live session's queue: what is due to it, in order, one attempt at a time (or as many as it says it can take).

Level-triggered: a step looks at the whole queue as it is on disk, so a signal that was missed costs time and never a
message. Only a queue that was seen empty, and of which nothing but new messages was heard since, takes those as it is
told of them: reading them back would cost more than all the rest.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from typing import Any

from relay_tui.core.delivery.boundary import not_yet
from relay_tui.core.delivery.courier import Courier, Letter
from relay_tui.core.delivery.deadlines import Deadlines
from relay_tui.core.delivery.directory import Directory
from relay_tui.core.delivery.expiry import deadline
from relay_tui.core.delivery.forms import Forms
from relay_tui.core.delivery.holding import Holding
from relay_tui.core.delivery.ledger import Door, Ledger
from relay_tui.core.delivery.news import new_delivery
from relay_tui.core.delivery.order import Due, in_order
from relay_tui.core.delivery.proofs import NOT_TAKEN, Proofs
from relay_tui.core.delivery.ready import BUSY, Ready
from relay_tui.core.delivery.ringing import UNREAD, UNREADABLE, after_ring, may_be_unheard
from relay_tui.core.delivery.routing import choose
from relay_tui.core.delivery.standing import is_cut_off, is_flushed, is_let_go, is_parked, is_rung
from relay_tui.core.delivery.sweep import Sweep
from relay_tui.core.errors import Refused, RelayError
from relay_tui.core.events import DeliveryDispatched
from relay_tui.core.model import ENDED_STATES, Caller, Delivery, Disposition, Message, Mode, State
from relay_tui.core.session import AgentSession, Proven, Route

LOOK_AGAIN = 5.0
"""Seconds after which a queue with something due is looked at even if nothing was heard."""
LOOK_ANYWAY = 60.0
"""The same for a queue in which nothing was due: whatever was missed, it is found."""
LOOKED_AT = 100
"""Deliveries that one look at the queue takes in, as long as any of them may go."""
DEEPEST = 10_000
"""Deliveries that are looked through at most for one that may."""
MANUAL = "held until it is flushed"
STOP_GRACE = 3.0
"""Seconds an attempt under way is given when its queue stops."""
logger = logging.getLogger(__name__)


class Recipient:
    def __init__(
        self,
        door: Door,
        directory: Directory,
        session: AgentSession,
        by: Caller,
        deadlines: Deadlines,
        ready: Ready,
    ) -> None:
        self.session = session
        self._ready, self._place = ready, ready.enter(session)
        self._deadlines = deadlines
        self._directory = directory
        self._door = door
        self._wake = asyncio.Event()
        self._news: list[Message] | None = None
        """Everything that is due, besides what is under way; None: only the log knows."""
        self._dispatched: list[tuple[Message, DeliveryDispatched]] = []
        """What came with its dispatch and is not begun yet."""
        self._untold = ""
        """The attempt of which a look at the log said so before the queue was told."""
        self._ledger = Ledger(door, session.agent_id, by)
        self._holding = Holding(door.queries, directory, self._ledger, session.agent_id)
        self._proofs = Proofs(door, session, self._ledger, by, self.wake, self._later, self._holding.current)
        self._courier = Courier(door, directory, session, self._ledger, self._proofs, by)
        self._forms = Forms(door.queries, session.agent_id)
        self._task: asyncio.Task[None] | None = None
        self._background: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=f"deliver-{self.session.agent_id}")

    def wake(self) -> None:
        """Something has changed: the queue is looked at."""
        self._news = None
        self._place.empty_at = BUSY
        self._wake.set()

    def said(self, message: Message, dispatched: DeliveryDispatched | None = None) -> None:
        """A message has come for the agent, and nothing else has changed. `dispatched`: so has its dispatch."""
        self._place.empty_at = BUSY
        if dispatched is not None and dispatched.generation == self.session.generation:
            self._dispatched.append((message, dispatched))
            self._wake.set()
        elif dispatched is not None or self._news is None or len(self._news) == LOOKED_AT:
            self.wake()
        else:
            self._news.append(message)
            self._wake.set()

    async def stop(self) -> None:
        """Begin nothing more; what is being typed is given a moment, so that no half of it is left standing."""
        self._ready.leave(self._place)
        self._proofs.forget()
        if self._task is not None:
            self._task.cancel()
        self._proofs.release()
        if self._courier.under_way:
            await asyncio.wait(set(self._courier.under_way.values()), timeout=STOP_GRACE)
        every = (self._task, *self._courier.under_way.values(), *self._background)
        tasks: list[asyncio.Task[Any]] = [task for task in every if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def under_way(self) -> list[asyncio.Task[bool]]:
        """Attempts that are being made just now."""
        return list(self._courier.under_way.values())

    def proven(self, event: Proven) -> None:
        """The session has shown that a message reached the model."""
        self._proofs.proven(event)

    def hold_changed(self) -> None:
        """A hold was placed or lifted, on this agent or on everyone."""
        self._holding.changed()
        self.wake()

    def rule(self, deadlines: Deadlines) -> None:
        """Other rules say until when a message is worth handing over."""
        self._deadlines = deadlines
        self.wake()

    def doorbells_changed(self) -> None:
        """A rule of what is typed whole was made or taken away."""
        self._forms.changed()
        self.wake()

    async def _run(self) -> None:
        self._later(self._proofs.catch_up())
        while True:
            self._wake.clear()
            due = True
            try:
                due = await self._step()
                self._may_be_ready()
            except RelayError as error:
                self._news = None
                logger.warning("queue of agent %s: %s", self.session.agent_id, error)
            except Exception:  # whatever a session does wrong, its queue goes on
                self._news = None
                logger.exception("the queue of agent %s failed; it goes on", self.session.agent_id)
            try:
                async with asyncio.timeout(LOOK_AGAIN if due else LOOK_ANYWAY):
                    await self._wake.wait()
            except TimeoutError:
                self._news = None
                if self._untold:
                    self._place.begun, self._untold = self._untold, ""  # nobody tells of it any more: it was cut off

    async def _step(self) -> bool:
        """Look at the queue once. True: something is due and could not go yet."""
        await self._begin_dispatched()
        if self._news == []:
            return False
        if self.session.state.state in ENDED_STATES:
            self._news = None
            await self._wait_for_restart()
            return False
        if (hold := await self._holding.current()) is not None:
            self._news = None
            await self._holding.say(hold)
            return False
        due, whole = await self._due()
        if self._is_typed and await self._proofs.unsettled(due):
            self._news = None
            return True
        sweep = Sweep(self._proofs.senders if self.session.capabilities.transcript else set[str]())
        for one in due:
            if self._has_gone(one.message.id):
                continue
            if self._place.is_to_be_told(one.delivery.nonce):
                self._untold = one.delivery.nonce
                sweep.hold(one)
                continue
            if self._courier.at_once >= self.session.capabilities.concurrent:
                self._news = None
                return True
            if one.message.sender_id in sweep.held:
                sweep.left = True
                await self._doubt(one)
                continue
            if (letter := await self._letter(one, sweep)) is None:
                continue
            if not self._courier.fits(sweep.load, letter):
                # In order: what does not fit in goes next, and nothing of its sender before it.
                sweep.hold(one)
            elif self.session.capabilities.digest > 1 and letter.form is not None:
                sweep.load.append(letter)
            elif await self._attempt([letter], sweep):
                return True
        if sweep.load and await self._attempt(sweep.load, sweep):
            return True
        if sweep.left or sweep.held or sweep.rung or not whole:
            self._news = None
        elif not self._wake.is_set():
            self._news = []
        return sweep.waiting

    async def _begin_dispatched(self) -> None:
        """Before all else: it came when nothing was due, and the log has its attempt already."""
        while self._dispatched:
            message, event = self._dispatched.pop(0)
            self._place.begun, self._untold = event.nonce, ""
            (await self._courier.begin_dispatched(message, event)).add_done_callback(self._ended)

    def _may_be_ready(self) -> None:
        room = self._courier.at_once < self.session.capabilities.concurrent
        if room and self._news == [] and not self._wake.is_set():
            self._place.empty_at = self._ready.heard

    async def _attempt(self, letters: Sequence[Letter], sweep: Sweep) -> bool:
        """Hand them over. True: what that came to decides what goes next, so the queue is looked at anew."""
        try:
            task = await self._courier.begin(letters)
        except Refused as refusal:  # of these only; what others sent may go
            logger.info("attempt on message %s given up: %s", letters[0].due.message.id, refusal)
            for letter in letters:
                sweep.hold(letter.due)
            return False
        task.add_done_callback(self._ended)
        delivered = self.session.capabilities.concurrent > 1 or await asyncio.shield(task)
        if delivered and not self._is_typed:
            return False
        self.wake()
        return True

    def _ended(self, task: asyncio.Task[bool]) -> None:
        self._courier.ended(task)
        if self._news is None or task.cancelled() or task.exception() or not task.result():
            self.wake()

    @property
    def _is_typed(self) -> bool:
        """Everything goes through one input box."""
        return self.session.capabilities.route == Route.TYPED

    async def _due(self) -> tuple[list[Due], bool]:
        """What is due, in the order in which it goes. False: there may be more."""
        news, self._news = self._news, []
        if news:
            return in_order((new_delivery(message, self.session.agent_id), message) for message in news), True
        # By the log. What comes meanwhile may be in it or not, so it means another look.
        self._news = None
        found, limit = list[Delivery](), LOOKED_AT
        while len(found) < limit <= DEEPEST:
            found = await self._door.queries.pending(self.session.agent_id, limit)
            if len(found) < limit or not all(map(self._is_behind, found)):
                break
            limit *= 10  # behind what waits for something else there may be what does not, or something urgent
        messages = {m.id: m for m in await self._door.queries.messages_of([d.message_id for d in found])}
        due = in_order((d, messages[d.message_id]) for d in found if d.message_id in messages)
        return due, len(found) < limit

    def _has_gone(self, message_id: str) -> bool:
        """Is it being handed over, or was it just now and its proof is awaited?"""
        return message_id in self._courier.under_way or message_id in self._proofs

    def _is_behind(self, delivery: Delivery) -> bool:
        """Is there nothing to be done about it in this look?"""
        return is_parked(delivery) or self._has_gone(delivery.message_id)

    async def _letter(self, one: Due, sweep: Sweep) -> Letter | None:
        """The message as it goes now; None: this is not the moment, and the log knows why."""
        if one.mode == Mode.MANUAL:
            if one.message.mode == Mode.MANUAL and not is_flushed(one.delivery):
                await self._ledger.settle(one.message.id, Disposition.HELD, MANUAL, unless_flushed=True)
            sweep.held.add(one.message.sender_id)
            return None
        if is_rung(one.delivery) and not await self._rings_again(one, sweep):
            return None
        choice = choose(self.session.capabilities, one.mode, self._courier.shut())
        form = None
        if choice.way.route == Route.TYPED:
            form = await self._forms.of(await self._directory.agent(one.message.sender_id), self.session.capabilities)
            if not form.bell and one.message.sender_id in sweep.rung:
                # What was only announced is read first, or the order would be lost.
                sweep.hold(one)
                return None
        if not await self._may_go(one, choice.mode, sweep):
            if one.message.id not in self._proofs or self.session.capabilities.transcript:
                # Whoever comes after it from the same sender waits too: order per sender is kept.
                sweep.hold(one)
            return None
        return Letter(one, choice, form)

    async def _rings_again(self, one: Due, sweep: Sweep) -> bool:
        """It was announced. True: it is time to do so again."""
        now = after_ring(one.delivery, self.session.generation, self._door.clock())
        if now == "give up":
            reason = UNREAD if self.session.capabilities.answers_bells else UNREADABLE
            await self._ledger.settle(one.message.id, Disposition.FAILED, reason)
        elif now == "wait" and await self._is_unheard(one.delivery):
            return True
        elif now == "wait":
            sweep.rung.add(one.message.sender_id)
            sweep.waiting = True
        return now == "ring"

    async def _is_unheard(self, delivery: Delivery) -> bool:
        """Did its doorbell not get there? Then nothing is gained by waiting until the agent reads it."""
        if not self.session.capabilities.transcript or not may_be_unheard(delivery, self._door.clock()):
            return False
        return await self._proofs.is_unheard(delivery)

    async def _may_go(self, one: Due, mode: Mode, sweep: Sweep) -> bool:
        """Is this the moment? If not, the log is told why, once for each reason."""
        delivery = one.delivery
        if is_cut_off(delivery):
            found = await self._proofs.resolution(delivery)
            if not await self._proofs.may_go_again(delivery, one.message.sender_id, found):
                return False
        if await self._is_too_late(one):
            return False
        if reason := self._deadlines.in_doubt(one.message.data):
            await self._ledger.settle(delivery.message_id, Disposition.DEFERRED, reason)
            return False
        rides_along = bool(sweep.load) and sweep.load[0].choice.mode == Mode.IMMEDIATE
        if not rides_along and (reason := await self._blocked(one.mode, mode, sweep)):
            since = delivery.until if is_let_go(one.message, delivery) else None
            await self._ledger.settle(delivery.message_id, Disposition.DEFERRED, reason, since)
            return False
        if delivery.until is not None and (left := delivery.until - self._door.clock()) > 0:
            asyncio.get_running_loop().call_later(left / 1000, self.wake)
            return False
        return True

    async def _doubt(self, one: Due) -> None:
        """It waits for its sender's earlier words. What was handed to a program that is gone must not be shown until
        then as if proof of it could still come."""
        delivery = one.delivery
        if not is_cut_off(delivery) or delivery.disposition != Disposition.ACTIVE or is_flushed(delivery):
            return
        if delivery.generation == self.session.generation:
            return
        found = await self._proofs.resolution(delivery)
        if await self._proofs.may_go_again(delivery, one.message.sender_id, found):
            await self._ledger.settle(delivery.message_id, Disposition.DEFERRED, NOT_TAKEN)

    async def _is_too_late(self, one: Due) -> bool:
        """Its time may have run out while nothing of ours ran, so that nobody has said so yet."""
        at, reason = await deadline(one.message, one.delivery, self._deadlines, self._directory)
        if at is None or at > self._door.clock():
            return False
        if is_cut_off(one.delivery):  # what is under way is not ended; of this one nothing is left
            await self._ledger.settle(one.message.id, Disposition.DEFERRED, reason)
        await self._ledger.settle(one.message.id, Disposition.EXPIRED, reason)
        self.wake()  # for what its sender said after it
        return True

    async def _wait_for_restart(self) -> None:
        """The program is gone: what was put off is simply queued again, until another one stands behind the agent."""
        self._proofs.forget()
        due = await self._door.queries.pending(self.session.agent_id)
        put_off = {d.message_id: d for d in due if d.disposition == Disposition.DEFERRED}
        for message in await self._door.queries.messages_of(list(put_off)):
            # What a person let go stays so; the time of a next try was that of the program that is gone.
            since = put_off[message.id].until if is_let_go(message, put_off[message.id]) else None
            await self._ledger.settle(message.id, Disposition.ACTIVE, "", since)

    async def _blocked(self, asked: Mode, mode: Mode, sweep: Sweep) -> str:
        """`mode`: the boundary that is kept in place of the one that was asked for. The gates are looked at once a
        sweep for each: what changes in between is seen again before anything is typed."""
        said = self.session.state
        if said.state == State.BLOCKED and said.detail:
            return said.detail
        if reason := not_yet(asked, said.state, {mode}):
            return reason
        if mode not in sweep.gates:
            sweep.gates[mode] = await self.session.blocked(mode)
        return sweep.gates[mode]

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine beside the queue; its refusal is logged."""

        async def run() -> None:
            try:
                await work
            except RelayError as error:
                logger.info("agent %s: %s", self.session.agent_id, error)

        task = asyncio.create_task(run())
        self._background.add(task)
        task.add_done_callback(self._background.discard)
