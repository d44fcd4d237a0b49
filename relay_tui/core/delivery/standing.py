"""What a delivery's record says of where it stands, for the queue. Pure."""

from __future__ import annotations

from relay_tui.core.model import Delivery, Disposition, Reached
from relay_tui.core.session import MessageContext


def is_cut_off(delivery: Delivery) -> bool:
    """Was it handed over, or half of it, without a word of what became of that?"""
    return delivery.attempts > 0 and delivery.disposition != Disposition.DEFERRED


def last_attempt(delivery: Delivery) -> MessageContext:
    accepted = delivery.reached >= Reached.ACCEPTED
    return MessageContext(delivery.attempts, delivery.nonce, delivery.generation, delivery.offset, accepted)


def is_flushed(delivery: Delivery) -> bool:
    """Did a person say that it may go? That is kept as the time since when it may."""
    return delivery.disposition in {Disposition.ACTIVE, Disposition.DEFERRED} and delivery.until is not None
