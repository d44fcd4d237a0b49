"""What a person can ask about deliveries: hold, flush, stop, and what becomes of a message that did not arrive."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from relay_tui.core.commands_base import AgentName, Command, Id


class HoldDeliveries(Command):
    """→ `Hold`. Nothing more is handed over to the agent (None: to anybody) until it is flushed."""

    agent_id: Id | None = None
    reason: str = Field(default="", max_length=500)


class FlushDeliveries(Command):
    """→ `Hold`, or None when there was none. Takes the hold off; what was held, messages of mode `manual` among it,
    goes at its next moment."""

    agent_id: Id | None = None


class RetryDelivery(Command):
    """→ `Delivery`. Takes up what ended short of delivered, or is uncertain: then it may arrive twice."""

    message_id: Id
    agent_id: Id


class RedirectDelivery(Command):
    """→ `Delivery`, the new one: the message goes to another agent in place of the one it did not reach."""

    message_id: Id
    agent_id: Id
    to: AgentName


class DropDelivery(Command):
    """→ `Delivery`, cancelled."""

    message_id: Id
    agent_id: Id
    reason: str = Field(default="", max_length=500)


class FreezeApprovals(Command):
    """→ `Hold`. Until they are thawed nobody decides an approval; requests wait, and expire refused in their time."""

    reason: str = Field(default="", max_length=500)


class ThawApprovals(Command):
    """→ `Hold`, or None when they were not frozen."""


class RecordInterrupt(Command):
    """→ `Interrupt`. Written before the key is pressed (`seen` False), and again when the program was seen to stop."""

    agent_id: Id
    generation: int
    seen: bool = False


class RecordOwnCommand(Command):
    """→ `Agent`. Written before the text is typed (`taken` False), and again when the program took it."""

    agent_id: Id
    generation: int
    text: str = Field(pattern=r"^[/!][^\x00-\x1f\x7f]+$", max_length=500)
    taken: bool = False


class RuleDoorbell(Command):
    """→ `DoorbellRule`. How what one agent says is typed into another's terminal: whole, or as a doorbell that the
    agent answers by reading it. None: everybody. `default` takes a rule away."""

    sender_id: Id | None = None
    agent_id: Id | None = None
    say: Literal["whole", "doorbell", "default"]


class WithdrawClaim(Command):
    """→ `Delivery`. What was only claimed to be delivered was not: the program it was handed to is gone, and its whole
    transcript does not have it. Nothing happens to what is proven."""

    message_id: Id
    agent_id: Id
    reason: str = Field(max_length=500)
