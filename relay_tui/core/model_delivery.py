"""What exists around deliveries: holds, and what the log tells of an attempt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from relay_tui.core.model import Delivery, Json, Message, Session, State
from relay_tui.core.record import record

EVERYONE = "0"
"""Stands for all agents in a hold."""
APPROVALS = "1"
"""Stands in a hold for the deciding of approvals: while it holds, they are frozen."""


@record
class Dispatched:
    """The answer to a dispatch: both as of its own commit."""

    delivery: Delivery
    message: Message
    """What goes, in the words that it has then."""


@record
class Hold:
    """Somebody put what is due to an agent or to everyone, or the deciding of approvals, on hold; or took it off."""

    agent_id: str
    held_by: str
    since: int
    reason: str = ""
    lifted_at: int | None = None
    """None: it holds."""
    lifted_by: str | None = None


@record
class DoorbellRule:
    """How what one agent says is typed into another's terminal; `EVERYONE` stands for all."""

    sender_id: str
    agent_id: str
    say: str
    """`whole` or `doorbell`; `default`: the rule was taken away."""
    set_by: str = ""
    set_at: int = 0


def holding(own: Hold | None, everyones: Hold | None) -> Hold | None:
    """The hold that an agent is under, or None. Taken off by name, an agent is free of an older hold on everyone."""
    if own is not None and own.lifted_at is None:
        return own
    if everyones is None or everyones.lifted_at is not None:
        return None
    freed = own is not None and own.lifted_at is not None and own.lifted_at >= everyones.since
    return None if freed else everyones


def hold_over(agent_id: str, every: Mapping[str, Hold]) -> Hold | None:
    """The hold that an agent is under; `every`: all that were ever placed, by agent id."""
    return holding(every.get(agent_id), every.get(EVERYONE))


@record
class Interrupt:
    """A person told an agent's program to stop what it does; the newest one of each agent."""

    agent_id: str
    generation: int
    asked_by: str
    asked_at: int
    seen_at: int | None = None
    """When it was seen to stop; None: not seen."""


def stopped_at(interrupt: Interrupt, session: Session | None) -> int | None:
    """When the program was seen to have stopped, by whoever pressed the key or by its state later; None: not seen."""
    if interrupt.seen_at is not None or session is None:
        return interrupt.seen_at
    another = session.generation != interrupt.generation
    rested = session.state != State.WORKING and session.since >= interrupt.asked_at
    return session.since if another or rested else None


@record
class Attempt:
    """One attempt to hand a message over, as it was recorded."""

    number: int
    began_at: int
    route: str
    generation: int
    ended_at: int | None = None
    """None: nothing was recorded after it began."""
    outcome: str = ""
    """The rung or the disposition that it ended in; empty: none yet."""
    how: str = ""
    steps: list[Json] = field(default_factory=list[dict[str, Any]])
    """`{"name", "at", "ok", "detail"}`, in order."""
