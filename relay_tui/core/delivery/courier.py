"""Handing messages over to one session: written to the log before it begins, so that a crash leaves a trace, and its
outcome after it. Several messages go as one digest where the session can take one."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from relay_tui.core import commands as c
from relay_tui.core.delivery.deliverable import deliverable
from relay_tui.core.delivery.directory import Directory
from relay_tui.core.delivery.forms import Form
from relay_tui.core.delivery.ledger import Door, Ledger
from relay_tui.core.delivery.news import new_delivery
from relay_tui.core.delivery.order import Due
from relay_tui.core.delivery.proofs import Proofs
from relay_tui.core.delivery.routing import Choice, choose
from relay_tui.core.errors import Refused, RelayError
from relay_tui.core.events import DeliveryDispatched
from relay_tui.core.model import Caller, Message
from relay_tui.core.model_delivery import Dispatched
from relay_tui.core.session import (
    AgentSession,
    DeliverableMessage,
    Digesting,
    MessageContext,
    Receipt,
    Route,
    Step,
)

PROOF_BEFORE_NEXT = 3.0
"""Seconds that the next message waits for the proof of the one before, so that two never meet in one input box."""
DIGEST_CHARACTERS = 12_000
"""Text of a digest at most; what is longer goes alone."""
SHUT_FOR = 30.0
"""Seconds until a way in that was shut is tried again while there is another."""
logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Letter:
    """One message that is about to be handed over."""

    due: Due
    choice: Choice
    form: Form | None
    """None: it is not typed, so it goes as it is."""

    @property
    def route(self) -> Route:
        return Route.DOORBELL if self.form is not None and self.form.bell else self.choice.way.route

    @property
    def size(self) -> int:
        """Characters that it takes in a digest."""
        return 200 + (0 if self.route == Route.DOORBELL else len(self.due.message.text))


@dataclass(slots=True)
class _Sent:
    letter: Letter
    ctx: MessageContext
    content: DeliverableMessage
    shown: asyncio.Event


class Courier:
    """One session's. `under_way`: tasks by message id; a digest's messages share one."""

    def __init__(
        self, door: Door, directory: Directory, session: AgentSession, ledger: Ledger, proofs: Proofs, by: Caller
    ) -> None:
        self._door, self._directory, self._session = door, directory, session
        self._ledger, self._proofs, self._by = ledger, proofs, by
        self.under_way: dict[str, asyncio.Task[bool]] = {}
        self._shut: dict[str, float] = {}
        """Until when (loop time) a way in counts as shut, by route."""

    @property
    def at_once(self) -> int:
        return len(set(self.under_way.values()))

    def shut(self) -> Collection[str]:
        now = asyncio.get_running_loop().time()
        return {route for route, until in self._shut.items() if until > now}

    def fits(self, letters: Sequence[Letter], letter: Letter) -> bool:
        """May it go along with those, as one digest?"""
        if not letters:
            return True
        same = letters[0].choice.way == letter.choice.way and letter.form is not None
        small = sum(one.size for one in letters) + letter.size <= DIGEST_CHARACTERS
        return same and small and len(letters) < self._session.capabilities.digest

    async def begin(self, letters: Sequence[Letter]) -> asyncio.Task[bool]:
        """Begin one attempt on each; the task's result: the log knows that all of them are delivered or, where one does
        not wait for the proof of another, accepted. Otherwise the queue has to be looked at anew.

        Raises `Refused` when none of them may be attempted any more; one of several that may not is left out.
        """
        return self._begun(await self._dispatched(letters))

    async def begin_dispatched(self, message: Message, event: DeliveryDispatched) -> asyncio.Task[bool]:
        """Begin the first attempt on a message whose dispatch stands in the log already. The result as of `begin`."""
        delivery = new_delivery(message, event.agent_id)
        choice = choose(self._session.capabilities, message.mode, self.shut())
        letter = Letter(Due(delivery, message, message.mode), choice, None)
        ctx = MessageContext(1, event.nonce, event.generation, event.offset, mode=choice.mode, route=event.route)
        shown = self._expected(message.id, ctx)
        return self._begun([await self._addressed(letter, ctx, message, event.wire_seq, shown)])

    def _begun(self, sent: Sequence[_Sent]) -> asyncio.Task[bool]:
        ids = [one.content.message_id for one in sent]
        task = asyncio.create_task(self._hand_over(sent), name=f"hand-over-{ids[0]}")
        self.under_way |= dict.fromkeys(ids, task)
        return task

    def ended(self, task: asyncio.Task[bool]) -> None:
        for message_id in [known for known, one in self.under_way.items() if one is task]:
            del self.under_way[message_id]
            self._proofs.end(message_id)

    async def _dispatched(self, letters: Sequence[Letter]) -> list[_Sent]:
        key = secrets.token_hex(4)
        # The key of a message in a digest begins with the digest's, so that each can be told and all belong together.
        nonces = [key] if len(letters) == 1 else [f"{key}{number:02x}" for number in range(1, len(letters) + 1)]
        answers = await asyncio.gather(*map(self._dispatch, letters, nonces), return_exceptions=True)
        sent = [one for one in answers if isinstance(one, _Sent)]
        faults = [one for one in answers if isinstance(one, BaseException)]
        for fault in faults:
            if not sent or not isinstance(fault, Refused):
                raise fault
            logger.info("one message of a digest is left out: %s", fault)
        return sent

    async def _dispatch(self, letter: Letter, nonce: str) -> _Sent:
        delivery, message = letter.due.delivery, letter.due.message
        ctx = MessageContext(
            delivery.attempts + 1,
            nonce,
            self._session.generation,
            self._session.transcript_offset(),
            mode=letter.choice.mode,
            route=letter.route,
        )
        shown = self._expected(message.id, ctx)
        command = c.DispatchDelivery(
            message_id=message.id,
            agent_id=delivery.agent_id,
            route=ctx.route,
            generation=ctx.generation,
            nonce=ctx.nonce,
            offset=ctx.offset,
        )
        dispatched = await self._door.execute(command, self._by)
        assert isinstance(dispatched, Dispatched), "a dispatch answers with what goes"
        # Its words may have been changed since the queue was read; whoever changes them now is too late.
        return await self._addressed(letter, ctx, dispatched.message, dispatched.delivery.wire_seq, shown)

    def _expected(self, message_id: str, ctx: MessageContext) -> asyncio.Event:
        """Set when the session has shown that this attempt got there."""
        shown = asyncio.Event()
        self._proofs.begin(message_id, ctx, shown.set)
        return shown

    async def _addressed(
        self, letter: Letter, ctx: MessageContext, message: Message, wire_seq: int, shown: asyncio.Event
    ) -> _Sent:
        sender = await self._directory.agent(message.sender_id)
        channel = await self._directory.channel(message.channel_id)
        to = await self._directory.agent(letter.due.delivery.agent_id)
        return _Sent(letter, ctx, deliverable(message, wire_seq, sender, channel, to), shown)

    async def _hand_over(self, sent: Sequence[_Sent]) -> bool:
        began = self._door.clock()
        receipt = await self._received(sent)
        if receipt.outcome == "deferred" and receipt.shut:
            self._shut[sent[0].letter.choice.way.route] = asyncio.get_running_loop().time() + SHUT_FOR
        try:
            await asyncio.gather(*(self._record(one, receipt, began, sent) for one in sent))
        except RelayError as error:
            ids = ", ".join(one.content.message_id for one in sent)
            logger.warning("outcome of message %s not recorded: %s", ids, error)
            return False
        many = self._session.capabilities.concurrent > 1
        if receipt.outcome == "accepted" and not many:
            await _wait([one.shown for one in sent], PROOF_BEFORE_NEXT)
        return receipt.outcome == "delivered" or (receipt.outcome == "accepted" and many)

    async def _received(self, sent: Sequence[_Sent]) -> Receipt:
        try:
            if len(sent) == 1:
                return await self._session.receive_message(sent[0].content, sent[0].ctx)
            assert isinstance(self._session, Digesting), "a session that offers digests takes them"
            return await self._session.receive_digest([(one.content, one.ctx) for one in sent])
        except Exception as error:  # a session's fault is this attempt's outcome, and may have left something behind
            logger.exception("the session of agent %s failed", self._session.agent_id)
            return Receipt("failed", how=f"its session failed: {type(error).__name__}", uncertain=True)

    async def _record(self, one: _Sent, receipt: Receipt, began: int, sent: Sequence[_Sent]) -> None:
        if receipt.outcome == "accepted" and not one.shown.is_set():
            # Before the log says so: a queue that looks must not take it for one that was cut off.
            self._proofs.expect(one.content.message_id, one.letter.due.message.sender_id, one.ctx)
        steps = [*_how_it_goes(one.letter, began, sent), *receipt.steps]
        await self._ledger.end_attempt(one.content.message_id, one.ctx, receipt, steps)


def _how_it_goes(letter: Letter, at: int, sent: Sequence[_Sent]) -> list[Step]:
    """What was decided before anything was done, for the flight recorder."""
    steps = [Step("way in", at, True, letter.choice.why)]
    if letter.form is not None:
        steps.append(Step("form", at, True, letter.form.why))
    if letter.due.mode != letter.due.message.mode:
        steps.append(Step("order", at, True, f"as {letter.due.mode.value}: its sender's next one is more urgent"))
    if len(sent) > 1:
        ids = ", ".join(one.content.message_id for one in sent)
        steps.append(Step("digest", at, True, f"{len(sent)} messages as one: {ids}"))
    return steps


async def _wait(events: Sequence[asyncio.Event], seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            for event in events:
                await event.wait()
    except TimeoutError:
        pass
