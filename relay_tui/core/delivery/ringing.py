"""How often a doorbell is rung, and when that was often enough. Pure."""

from __future__ import annotations

from typing import Literal

from relay_tui.core.model import SEEN, Delivery

RING_AGAIN = (60_000, 180_000, 600_000)
"""Milliseconds that an agent is given to read what it was told of, by how often it was told. After the last of them
the delivery has failed: its words are kept, its sender is told, and reading it late still counts."""
UNHEARD = 10_000
"""Milliseconds after a ring of which nothing was seen, until its session is asked whether it got there; twice as many
after each further one, but never more than it takes to ring anyway."""
UNREAD = f"rung {len(RING_AGAIN)} times, and it was not read"
UNABLE = "its program was started as one that cannot read messages by itself"
UNREADABLE = f"a rule has it only rung for, {len(RING_AGAIN)} times by now, and {UNABLE}"


def after_ring(delivery: Delivery, generation: int, now: int) -> Literal["wait", "ring", "give up"]:
    """What becomes of a delivery that was rung for. A program that came after the last ring was told of nothing."""
    rung = max(1, delivery.attempts)
    if delivery.generation == generation and now < delivery.updated_at + RING_AGAIN[min(rung, len(RING_AGAIN)) - 1]:
        return "wait"
    return "give up" if rung >= len(RING_AGAIN) and delivery.generation == generation else "ring"


def may_be_unheard(delivery: Delivery, now: int) -> bool:
    """Is it time to ask whether a ring got there at all? A ring that was seen did."""
    after = min(UNHEARD << min(max(0, delivery.attempts - 1), 8), RING_AGAIN[0])
    return delivery.evidence not in SEEN and now >= delivery.updated_at + after
