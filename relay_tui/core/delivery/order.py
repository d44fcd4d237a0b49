"""What is due to one agent, in the order in which it goes: urgent first across senders, each sender in order. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from relay_tui.core.delivery.boundary import urgency
from relay_tui.core.delivery.standing import is_flushed
from relay_tui.core.model import Delivery, Message, Mode


@dataclass(slots=True)
class Due:
    delivery: Delivery
    message: Message
    mode: Mode
    """Its own, or that of a more urgent one behind it from the same sender: to go first, it must go as soon.
    `MANUAL`: it waits for a flush, and whatever its sender said after it waits with it."""


def in_order(due: Iterable[tuple[Delivery, Message]]) -> list[Due]:
    found = [Due(delivery, message, message.mode) for delivery, message in sorted(due, key=lambda one: int(one[1].id))]
    waits: set[str] = set()
    """Senders of whom something waits for a flush."""
    for one in found:
        if one.message.sender_id in waits or (one.mode == Mode.MANUAL and not is_flushed(one.delivery)):
            waits.add(one.message.sender_id)
            one.mode = Mode.MANUAL
        elif one.mode == Mode.MANUAL:
            one.mode = Mode.ON_IDLE
    pressing: dict[str, Mode] = {}
    """By sender, the most urgent mode of what comes later and may go."""
    for one in reversed(found):
        if one.mode != Mode.MANUAL:
            one.mode = min(one.mode, pressing.get(one.message.sender_id, one.mode), key=urgency)
            pressing[one.message.sender_id] = one.mode
    # What goes before another of its sender is at least as urgent, so sorting keeps each sender's order.
    return sorted(found, key=lambda one: urgency(one.mode))
