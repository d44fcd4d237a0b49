"""One live session's queue: what is due to it, in order, one attempt at a time (or as many as it says it can take).

Level-triggered: a step looks at the whole queue as it is on disk, so a signal that was missed costs time and never a
message. Only a queue that was seen empty, and of which nothing but new messages was heard since, takes those as it is
told of them: reading them back would cost more than all the rest.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from dataclasses import replace
from typing import Any

from relay_tui.core import commands as c
from relay_tui.core.delivery.boundary import not_yet
from relay_tui.core.delivery.claims import Claim, Claims
from relay_tui.core.delivery.deliverable import deliverable
from relay_tui.core.delivery.directory import Directory
from relay_tui.core.delivery.holding import Holding
from relay_tui.core.delivery.ledger import Door, Ledger
from relay_tui.core.delivery.news import new_delivery
from relay_tui.core.delivery.standing import is_cut_off, is_flushed, last_attempt
from relay_tui.core.errors import Refused, RelayError
from relay_tui.core.ids import parse_delivery_id
from relay_tui.core.model import ENDED_STATES, Caller, Delivery, Disposition, Evidence, Message, Mode, Reached, State
from relay_tui.core.session import AgentSession, DeliverableMessage, MessageContext, Proven, Receipt, Resolution

LOOK_AGAIN = 5.0
"""Seconds after which a queue with something due is looked at even if nothing was heard."""
PROOF_WAIT = 10.0
"""Seconds that an accepted message may lack proof before it is shown as unverified. Late proof still counts."""
PROOF_BEFORE_NEXT = 3.0
"""Seconds that the next message waits for the proof of the one before, so that two never meet in one input box."""
LOOK_CLOSELY = 1.0
"""Seconds between looks for a message that was accepted, is not proven, and is nowhere to be seen."""
LOOKED_AT = 100
"""Deliveries that one look at the queue takes in."""
MANUAL = "held until it is flushed"
UNSETTLED = 10_000
"""Milliseconds that an attempt which nothing is known of may still be on its way into the session."""
STOP_GRACE = 3.0
"""Seconds an attempt under way is given when its queue stops."""
logger = logging.getLogger(__name__)


class Recipient:
    def __init__(self, door: Door, directory: Directory, session: AgentSession, by: Caller) -> None:
        self.session = session
        self._directory = directory
        self._door = door
        self._by = by
        self._wake = asyncio.Event()
        self._news: list[Message] | None = None
        """Everything that is due, besides what is under way; None: only the log knows."""
        self._under_way: dict[str, asyncio.Task[bool]] = {}
        self._nonces: dict[str, str] = {}
        """Message id by nonce, of every attempt this queue made or inherited."""
        self._proofs: dict[str, asyncio.Event] = {}
        self._claims = Claims(self._unproven)
        self._ledger = Ledger(door, session.agent_id, by)
        self._holding = Holding(door.queries, directory, self._ledger, session.agent_id)
        self._task: asyncio.Task[None] | None = None
        self._background: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=f"deliver-{self.session.agent_id}")

    def wake(self) -> None:
        """Something has changed: the queue is looked at."""
        self._news = None
        self._wake.set()

    def said(self, message: Message) -> None:
        """A message has come for the agent, and nothing else has changed."""
        if self._news is None or len(self._news) == LOOKED_AT:
            self.wake()
        else:
            self._news.append(message)
            self._wake.set()

    async def stop(self) -> None:
        """Begin nothing more; what is being typed is given a moment, so that no half of it is left standing."""
        self._claims.clear()
        if self._task is not None:
            self._task.cancel()
        for proof in self._proofs.values():
            proof.set()  # what comes after waits for it, and nothing comes after
        if self._under_way:
            await asyncio.wait(self._under_way.values(), timeout=STOP_GRACE)
        every = (self._task, *self._under_way.values(), *self._background)
        tasks: list[asyncio.Task[Any]] = [task for task in every if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def proven(self, event: Proven) -> None:
        """The session has shown that a message reached the model."""
        message_id = self._nonces.get(event.nonce)
        if message_id is None and (named := parse_delivery_id(event.delivery_id)) is not None:
            message_id = named[0] if named[1] == self.session.agent_id else None
        if message_id is None:
            return
        if (waiting := self._proofs.get(message_id)) is not None:
            waiting.set()
        self._later(self._raise(message_id, Reached.DELIVERED, event.evidence, event.how))

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            due = True
            try:
                due = await self._step()
            except RelayError as error:
                self._news = None
                logger.warning("queue of agent %s: %s", self.session.agent_id, error)
            except Exception:  # whatever a session does wrong, its queue goes on
                self._news = None
                logger.exception("the queue of agent %s failed; it goes on", self.session.agent_id)
            try:
                async with asyncio.timeout(LOOK_AGAIN if due else None):
                    await self._wake.wait()
            except TimeoutError:
                pass

    async def _step(self) -> bool:
        """Look at the queue once. True: something is due and could not go yet."""
        if self.session.state.state in ENDED_STATES:
            self._news = None
            await self._wait_for_restart()
            return False
        if (hold := await self._holding.current()) is not None:
            self._news = None
            await self._holding.say(hold)
            return False
        due = self._told() or await self._look()
        if await self._is_unsettled(due):
            self._news = None
            return True
        waiting, left = False, len(due) >= LOOKED_AT
        held_senders = self._claims.senders if self.session.capabilities.transcript else set[str]()
        for delivery, known in due:
            if delivery.message_id in self._under_way or delivery.message_id in self._claims:
                continue
            if len(self._under_way) >= self.session.capabilities.concurrent:
                self._news = None
                return True
            message = known or await self._door.queries.message(delivery.message_id)
            if message is None or message.sender_id in held_senders:
                left = True
                continue
            if message.mode == Mode.MANUAL and not is_flushed(delivery):
                await self._ledger.settle(message.id, Disposition.HELD, MANUAL, unless_flushed=True)
                held_senders.add(message.sender_id)
                continue
            if await self._may_go(delivery, message):
                try:
                    await self._attempt(delivery, message)
                except Refused as refusal:  # of this one only; what others sent may go
                    logger.info("attempt on message %s given up: %s", message.id, refusal)
                    held_senders.add(message.sender_id)
                    waiting = True
                else:
                    if self._is_typed:
                        # What that came to decides what may be typed next.
                        self.wake()
                        return True
            elif message.id not in self._claims or self.session.capabilities.transcript:
                # Whoever comes after it from the same sender waits too: order per sender is kept.
                held_senders.add(message.sender_id)
                waiting = True
        if left or held_senders:
            self._news = None
        elif not self._wake.is_set():
            self._news = []
        return waiting

    @property
    def _is_typed(self) -> bool:
        """Everything goes through one input box."""
        return self.session.capabilities.route == "typed"

    async def _is_unsettled(self, due: list[tuple[Delivery, Message | None]]) -> bool:
        """Could an attempt that was cut off still be on its way into the session? Then nothing else goes there: two
        messages must never meet in one input box."""
        if not self._is_typed:
            return False
        unsettled = False
        for delivery, known in due:
            if not is_cut_off(delivery) or is_flushed(delivery) or delivery.message_id in self._claims:
                continue
            message = known or await self._door.queries.message(delivery.message_id)
            if message is None or delivery.generation != self.session.generation:
                continue
            found = await self._resolution(delivery)
            young = self._door.clock() - delivery.updated_at < UNSETTLED
            if found is Resolution.LOOKING or (found is Resolution.UNKNOWN and young):
                await self._may_go_again(delivery, message.sender_id, found)
                unsettled = True
        return unsettled

    def hold_changed(self) -> None:
        """A hold was placed or lifted, on this agent or on everyone."""
        self._holding.changed()
        self.wake()

    def _told(self) -> list[tuple[Delivery, Message | None]]:
        """What is due by what was heard; empty: the log must say."""
        news, self._news = self._news, []
        return [(new_delivery(message, self.session.agent_id), message) for message in news or ()]

    async def _look(self) -> list[tuple[Delivery, Message | None]]:
        """What is due by the log. What comes meanwhile may be in it or not, so it means another look."""
        self._news = None
        return [(due, None) for due in await self._door.queries.pending(self.session.agent_id, LOOKED_AT)]

    async def _may_go(self, delivery: Delivery, message: Message) -> bool:
        """Is this the moment? If not, the log is told why, once for each reason."""
        mode = Mode.ON_IDLE if message.mode == Mode.MANUAL else message.mode
        if is_cut_off(delivery):
            found = await self._resolution(delivery)
            if not await self._may_go_again(delivery, message.sender_id, found):
                return False
        if reason := await self._blocked(mode):
            since = delivery.until if is_flushed(delivery) else None
            await self._ledger.settle(delivery.message_id, Disposition.DEFERRED, reason, since)
            return False
        if delivery.until is not None and (left := delivery.until - self._door.clock()) > 0:
            asyncio.get_running_loop().call_later(left / 1000, self.wake)
            return False
        return True

    async def _wait_for_restart(self) -> None:
        """The program is gone: what was put off is simply queued again, until another one stands behind the agent."""
        self._claims.clear()
        for delivery in await self._door.queries.pending(self.session.agent_id):
            if delivery.disposition == Disposition.DEFERRED:
                await self._ledger.settle(delivery.message_id, Disposition.ACTIVE, "")

    async def _blocked(self, mode: Mode) -> str:
        said = self.session.state
        if said.state == State.BLOCKED and said.detail:
            return said.detail
        reason = not_yet(mode, said.state, self.session.capabilities.boundaries)
        return reason or await self.session.blocked(mode)

    async def _attempt(self, delivery: Delivery, message: Message) -> None:
        """Hand one message over: written to the log before it begins, so that a crash leaves a trace."""
        ctx = MessageContext(
            delivery.attempts + 1, secrets.token_hex(4), self.session.generation, self.session.transcript_offset()
        )
        self._nonces[ctx.nonce] = message.id
        command = c.DispatchDelivery(
            message_id=message.id,
            agent_id=delivery.agent_id,
            route=self.session.capabilities.route,
            generation=ctx.generation,
            nonce=ctx.nonce,
            offset=ctx.offset,
        )
        content = await self._deliverable(await self._door.execute(command, self._by), message)
        self._proofs[message.id] = asyncio.Event()
        task = asyncio.create_task(self._hand_over(content, message.sender_id, ctx), name=f"hand-over-{message.id}")
        self._under_way[message.id] = task
        task.add_done_callback(lambda task: self._ended(message.id, task))
        if self.session.capabilities.concurrent == 1:
            await asyncio.shield(task)

    def _ended(self, message_id: str, task: asyncio.Task[bool]) -> None:
        self._under_way.pop(message_id, None)
        self._proofs.pop(message_id, None)
        if self._news is None or task.cancelled() or task.exception() or not task.result():
            self.wake()

    async def _deliverable(self, dispatched: object, message: Message) -> DeliverableMessage:
        assert isinstance(dispatched, Delivery), "a dispatch answers with its delivery"
        sender = await self._directory.agent(message.sender_id)
        channel = await self._directory.channel(message.channel_id)
        to = await self._directory.agent(dispatched.agent_id)
        return deliverable(message, dispatched, sender, channel, to)

    async def _hand_over(self, content: DeliverableMessage, sender_id: str, ctx: MessageContext) -> bool:
        """True: it is delivered, and the log knows it."""
        proof = self._proofs[content.message_id]
        try:
            receipt = await self.session.receive_message(content, ctx)
        except Exception as error:  # a session's fault is this attempt's outcome, and may have left something behind
            logger.exception("the session of agent %s failed", self.session.agent_id)
            receipt = Receipt("failed", how=f"its session failed: {type(error).__name__}", uncertain=True)
        try:
            if receipt.outcome == "accepted" and not proof.is_set():
                # Before the log says so: a queue that looks must not take it for one that was cut off.
                self._expect_proof(content.message_id, sender_id, ctx)
            await self._ledger.end_attempt(content.message_id, ctx, receipt)
        except RelayError as error:
            logger.warning("outcome of message %s not recorded: %s", content.message_id, error)
            return False
        if receipt.outcome == "accepted" and self.session.capabilities.concurrent == 1:
            await _wait(proof, PROOF_BEFORE_NEXT)
        return receipt.outcome == "delivered"

    async def _resolution(self, delivery: Delivery) -> Resolution:
        """What the session knows of an attempt that was cut off, or left no receipt."""
        self._nonces[delivery.nonce] = delivery.message_id
        return await self.session.resolve(last_attempt(delivery))

    async def _may_go_again(self, delivery: Delivery, sender_id: str, found: Resolution) -> bool:
        """True: nothing of the last attempt is left, so it may be tried again now."""
        if found in {Resolution.UNKNOWN, Resolution.LOOKING} and is_flushed(delivery):
            return True  # a person decided that it goes again
        match found:
            case Resolution.DELIVERED:
                how = "found in its transcript"
                await self._raise(delivery.message_id, Reached.DELIVERED, Evidence.TRANSCRIPT, how)
                return False
            case Resolution.PENDING:
                how = "handed over; its proof is awaited"
                await self._raise(delivery.message_id, Reached.ACCEPTED, Evidence.ADAPTER, how)
                self._expect_proof(delivery.message_id, sender_id, last_attempt(delivery))
                return False
            case Resolution.LOOKING:
                reason = "nothing of the last attempt is seen; it goes again if that stays so"
                await self._ledger.settle(delivery.message_id, Disposition.UNCERTAIN, reason, unless_flushed=True)
                return False
            case Resolution.UNKNOWN:
                reason = "it is not known whether the last attempt arrived"
                await self._ledger.settle(delivery.message_id, Disposition.UNCERTAIN, reason, unless_flushed=True)
                return False
            case Resolution.ABSENT:
                return True

    def _expect_proof(self, message_id: str, sender_id: str, ctx: MessageContext) -> None:
        self._claims.expect(Claim(message_id, sender_id, replace(ctx, accepted=True)), PROOF_WAIT)

    def _unproven(self, claim: Claim) -> None:
        self._later(self._claim(claim))

    async def _claim(self, claim: Claim) -> None:
        """No proof came. Unless its session now finds that it has it, or never took it, the claim is all there is.

        Shown as delivered but unverified; late proof mends that.
        """
        try:
            found = await self.session.resolve(claim.ctx)
        except Exception:  # a session's fault says nothing of the message
            logger.exception("the session of agent %s failed to look for a message", self.session.agent_id)
            found = Resolution.UNKNOWN
        if claim.message_id not in self._claims:
            return  # proven while the session looked
        if found is Resolution.LOOKING:
            self._claims.expect(claim, LOOK_CLOSELY)
        elif found is Resolution.ABSENT:
            self._claims.forget(claim.message_id)
            self.wake()
        elif found is Resolution.DELIVERED:
            await self._raise(claim.message_id, Reached.DELIVERED, Evidence.TRANSCRIPT, "found in its transcript")
        else:
            how = "handed over; nothing has proven it yet"
            await self._raise(claim.message_id, Reached.DELIVERED, Evidence.ECHO, how)

    async def _raise(self, message_id: str, reached: Reached, evidence: Evidence, how: str) -> None:
        await self._ledger.reach(message_id, reached, evidence, how)
        # Only now: until the log has it, the queue must not take the message for one that was cut off.
        if reached >= Reached.DELIVERED and self._claims.forget(message_id):
            self.wake()  # whoever comes after it from the same sender waited for it

    def _later(self, work: object) -> None:
        """Run a coroutine beside the queue; its refusal is logged."""

        async def run() -> None:
            try:
                await work  # pyright: ignore[reportGeneralTypeIssues]
            except RelayError as error:
                logger.info("agent %s: %s", self.session.agent_id, error)

        task = asyncio.create_task(run())
        self._background.add(task)
        task.add_done_callback(self._background.discard)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
