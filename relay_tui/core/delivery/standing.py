"""What a delivery's record says of where it stands, for the queue. Pure."""

from __future__ import annotations

from relay_tui.core.model import Delivery, Disposition, Message, Mode, Reached
from relay_tui.core.session import MessageContext, Route


def is_cut_off(delivery: Delivery) -> bool:
    """Was it handed over, or half of it, without a word of what became of that?"""
    return delivery.attempts > 0 and delivery.disposition != Disposition.DEFERRED and not is_rung(delivery)


def is_rung(delivery: Delivery) -> bool:
    """Was the agent told that it waits? Then it is the agent's to fetch it, and nothing is in doubt."""
    told = delivery.route == Route.DOORBELL and delivery.reached == Reached.ACCEPTED
    return told and delivery.disposition == Disposition.ACTIVE and delivery.until is None


def is_handed_over(delivery: Delivery) -> bool:
    """Did the session take it whole, so that only the proof is awaited?"""
    taken = delivery.reached == Reached.ACCEPTED and delivery.route != Route.DOORBELL
    return taken and delivery.disposition == Disposition.ACTIVE and delivery.until is None


def is_parked(delivery: Delivery) -> bool:
    """Does it wait for something else than its turn?"""
    return is_rung(delivery) or delivery.disposition != Disposition.ACTIVE


def last_attempt(delivery: Delivery) -> MessageContext:
    """What a person says may go again counts as taken by nobody, as long as nothing shows that it was."""
    accepted = delivery.reached >= Reached.ACCEPTED and not is_flushed(delivery)
    return MessageContext(
        delivery.attempts, delivery.nonce, delivery.generation, delivery.offset, accepted, route=delivery.route
    )


def is_flushed(delivery: Delivery) -> bool:
    """Did a person say that it may go? That is kept as the time since when it may."""
    return delivery.disposition in {Disposition.ACTIVE, Disposition.DEFERRED} and delivery.until is not None


def is_let_go(message: Message, delivery: Delivery) -> bool:
    """Did a person say so of this message? A time that is yet to come, or was when it was set, is only that of the next
    try; but a `manual` message is tried after a flush alone."""
    by_hand = message.mode == Mode.MANUAL or (delivery.until or 0) <= delivery.updated_at
    return is_flushed(delivery) and by_hand
