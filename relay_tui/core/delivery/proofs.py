"""What is known of a session's attempts: proof that comes, proof that is missed, and what an old record still tells."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any

from relay_tui.core import commands as c
from relay_tui.core.delivery.claims import Claim, Claims
from relay_tui.core.delivery.ledger import Door, Ledger
from relay_tui.core.delivery.order import Due
from relay_tui.core.delivery.standing import is_cut_off, is_flushed, last_attempt
from relay_tui.core.events import DeliveryDispatched
from relay_tui.core.ids import parse_delivery_id
from relay_tui.core.model import ENDED_STATES, Caller, Delivery, Disposition, Evidence, Reached, State
from relay_tui.core.session import AgentSession, MessageContext, Proven, Resolution, Route, Searchable

PROOF_WAIT = 10.0
"""Seconds that an accepted message may lack proof before it is shown as unverified. Late proof still counts."""
LOOK_CLOSELY = 1.0
"""Seconds between looks for a message that was accepted, is not proven, and is nowhere to be seen."""
UNSETTLED = 10_000
"""Milliseconds that an attempt which nothing is known of may still be on its way into the session."""
NOT_TAKEN = "its program ended without having taken it"
_BUSY = frozenset({State.WORKING, State.WAITING})
logger = logging.getLogger(__name__)


class Proofs:
    def __init__(
        self,
        door: Door,
        session: AgentSession,
        ledger: Ledger,
        by: Caller,
        wake: Callable[[], None],
        later: Callable[[Coroutine[Any, Any, None]], None],
        held: Callable[[], Awaitable[object | None]],
    ) -> None:
        """`wake`: something may go now. `later`: runs beside the queue. `held`: what the agent is held by."""
        self._door, self._session, self._ledger, self._by = door, session, ledger, by
        self._wake, self._later, self._held = wake, later, held
        self._attempts: dict[str, tuple[str, bool]] = {}
        """By nonce, of every attempt this queue made or inherited: message id, and whether it was a doorbell."""
        self._shown: dict[str, Callable[[], None]] = {}
        """By message id: whom to tell that it was seen in the session."""
        self._claims = Claims(lambda claim: self._later(self._claim(claim)))

    # What the queue asks

    def __contains__(self, message_id: object) -> bool:
        """Was it accepted, and is its proof awaited?"""
        return message_id in self._claims

    @property
    def senders(self) -> set[str]:
        return self._claims.senders

    def begin(self, message_id: str, ctx: MessageContext, shown: Callable[[], None]) -> None:
        """An attempt begins. `shown` is called when the session has shown that it got there."""
        self._attempts[ctx.nonce] = (message_id, ctx.route == Route.DOORBELL)
        self._shown[message_id] = shown

    def end(self, message_id: str) -> None:
        """The attempt is over; what comes of it may still come."""
        self._shown.pop(message_id, None)

    def expect(self, message_id: str, sender_id: str, ctx: MessageContext) -> None:
        """It was accepted: proof is awaited for a while."""
        self._claims.expect(Claim(message_id, sender_id, replace(ctx, accepted=True)), PROOF_WAIT)

    def forget(self) -> None:
        """The program is gone: nothing more is awaited of it."""
        self._claims.clear()

    def release(self) -> None:
        """Nothing comes after what is under way, so nothing waits for its proof any more."""
        for tell in self._shown.values():
            tell()

    # What comes in

    def proven(self, event: Proven) -> None:
        """The session has shown that a message reached the model."""
        known = self._attempts.get(event.nonce)
        if known is None and (named := parse_delivery_id(event.delivery_id)) is not None:
            known = (named[0], False) if named[1] == self._session.agent_id else None
        if known is not None:
            self._proven(*known, event)
        elif event.nonce and event.message_id:
            self._later(self._look_up(event))

    def _proven(self, message_id: str, bell: bool, event: Proven) -> None:
        if (tell := self._shown.get(message_id)) is not None:
            tell()
        self._later(self._raise(message_id, bell, event.evidence, event.how))

    async def _look_up(self, event: Proven) -> None:
        """An attempt that this queue knows nothing of: the log does, if it was ever made."""
        message = await self._door.queries.message(event.message_id)
        delivery = await self._door.queries.delivery(event.message_id, self._session.agent_id)
        if message is None or delivery is None or not delivery.attempts:
            return
        for entry in await self._door.queries.delivery_entries(message, delivery):
            made = entry.event
            if isinstance(made, DeliveryDispatched) and made.nonce == event.nonce:
                self._attempts[event.nonce] = (message.id, made.route == Route.DOORBELL)
                self._proven(*self._attempts[event.nonce], event)

    async def catch_up(self) -> None:
        """What was handed over before this queue began and never proven: its program's record may prove it now. What
        was only claimed, and the whole record of a program that is gone does not have, was not taken and goes again."""
        session = self._session
        if not isinstance(session, Searchable) or not session.capabilities.transcript:
            return
        doubtful = await self._door.queries.doubtful(session.agent_id)
        found = await session.search([last_attempt(one) for one in doubtful])
        for delivery in doubtful:
            bell = delivery.route == Route.DOORBELL
            if delivery.nonce in found and not (bell and delivery.unverified):
                await self._raise(delivery.message_id, bell, Evidence.TRANSCRIPT, "found in its transcript, late")
            elif delivery.unverified and delivery.generation < session.generation and delivery.offset:
                # An offset says that there was a transcript then: without one its silence says nothing.
                command = c.WithdrawClaim(
                    message_id=delivery.message_id, agent_id=delivery.agent_id, reason=f"{NOT_TAKEN}; goes again"
                )
                await self._door.execute(command, self._by)
                self._wake()

    # Attempts that were cut off

    async def resolution(self, delivery: Delivery) -> Resolution:
        """What the session knows of an attempt that was cut off, or left no receipt."""
        self._attempts[delivery.nonce] = (delivery.message_id, delivery.route == Route.DOORBELL)
        return await self._session.resolve(last_attempt(delivery))

    async def may_go_again(self, delivery: Delivery, sender_id: str, found: Resolution) -> bool:
        """True: nothing of the last attempt is left, so it may be tried again now."""
        if found in {Resolution.UNKNOWN, Resolution.LOOKING} and is_flushed(delivery):
            return True  # a person decided that it goes again
        match found:
            case Resolution.DELIVERED:
                bell = delivery.route == Route.DOORBELL
                await self._raise(delivery.message_id, bell, Evidence.TRANSCRIPT, "found in its transcript")
                return False
            case Resolution.PENDING:
                how = "handed over; its proof is awaited"
                await self._ledger.reach(delivery.message_id, Reached.ACCEPTED, Evidence.ADAPTER, how)
                if delivery.disposition == Disposition.UNCERTAIN:
                    await self._ledger.settle(delivery.message_id, Disposition.ACTIVE, "")
                self.expect(delivery.message_id, sender_id, last_attempt(delivery))
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

    async def unsettled(self, due: Sequence[Due]) -> bool:
        """Could an attempt that was cut off still be on its way into the session? Then nothing else is typed there: two
        messages must never meet in one input box."""
        unsettled = False
        for one in due:
            delivery = one.delivery
            if not is_cut_off(delivery) or is_flushed(delivery) or delivery.message_id in self:
                continue
            if delivery.generation != self._session.generation:
                continue
            found = await self.resolution(delivery)
            young = self._door.clock() - delivery.updated_at < UNSETTLED
            if found is Resolution.LOOKING or (found is Resolution.UNKNOWN and young):
                await self.may_go_again(delivery, one.message.sender_id, found)
                unsettled = True
        return unsettled

    async def is_unheard(self, delivery: Delivery) -> bool:
        """Of a doorbell that was rung and not seen: is it proven that it did not get there?"""
        found = await self.resolution(delivery)
        if found is Resolution.DELIVERED:
            await self._raise(delivery.message_id, True, Evidence.TRANSCRIPT, "found in its transcript")
        return found is Resolution.ABSENT

    # Proof that did not come

    async def _claim(self, claim: Claim) -> None:
        """No proof came. Unless its session now finds that it has it, or never took it, the claim is all there is.

        Shown as delivered but unverified; late proof mends that. Of a doorbell nothing is claimed: it was rung. Under a
        hold nobody looks: a session that finds it unsubmitted presses the Enter that it lacks, and a program that was
        interrupted puts what it was told back into its input box.
        """
        if await self._held() is not None:
            self._claims.expect(claim, LOOK_CLOSELY)
            return
        try:
            found = await self._session.resolve(claim.ctx)
        except Exception:  # a session's fault says nothing of the message
            logger.exception("the session of agent %s failed to look for a message", self._session.agent_id)
            found = Resolution.PENDING
        if claim.message_id not in self._claims:
            return  # proven while the session looked
        bell = claim.ctx.route == Route.DOORBELL
        if found is Resolution.LOOKING:
            self._claims.expect(claim, LOOK_CLOSELY)
        elif found is Resolution.ABSENT or self._is_left_to_the_queue(found):
            self._over(claim.message_id)
        elif found is Resolution.DELIVERED:
            await self._raise(claim.message_id, bell, Evidence.TRANSCRIPT, "found in its transcript")
        elif found is Resolution.PENDING and self._is_busy():
            self._claims.expect(claim, PROOF_WAIT)
        elif bell:
            self._over(claim.message_id)
        else:
            how = "handed over; nothing has proven it yet"
            await self._ledger.reach(claim.message_id, Reached.DELIVERED, Evidence.ECHO, how)
            self._over(claim.message_id)

    def _is_busy(self) -> bool:
        """May the program still take it in once it is done with something else? Its transcript will tell, and only at
        rest its silence says anything."""
        return self._session.capabilities.transcript and self._session.state.state in _BUSY

    def _is_left_to_the_queue(self, found: Resolution) -> bool:
        """Of a program that ended nothing is claimed: the next one is asked, or handed it again. Nor of one that has a
        record and is seen not to have taken it, but may yet: that is uncertain."""
        ended = self._session.state.state in ENDED_STATES and found is not Resolution.DELIVERED
        return ended or (found is Resolution.UNKNOWN and self._session.capabilities.transcript)

    async def _raise(self, message_id: str, bell: bool, evidence: Evidence, how: str) -> None:
        if bell:
            await self._ledger.reach(message_id, Reached.ACCEPTED, evidence, f"doorbell rung; {how}")
        else:
            await self._ledger.reach(message_id, Reached.DELIVERED, evidence, how)
        self._over(message_id)

    def _over(self, message_id: str) -> None:
        # Only once the log has it: until then the queue must not take the message for one that was cut off.
        if self._claims.forget(message_id):
            self._wake()  # whoever comes after it from the same sender waited for it
