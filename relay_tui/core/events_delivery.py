"""Facts about holds, stopping, doorbells and claims. `EVERYONE` stands for all agents."""

from __future__ import annotations

from typing import ClassVar

from relay_tui.core.events_base import Event
from relay_tui.core.record import record


@record
class HoldPlaced(Event):
    type: ClassVar[str] = "hold.placed"
    agent_id: str
    reason: str


@record
class HoldLifted(Event):
    type: ClassVar[str] = "hold.lifted"
    agent_id: str


@record
class ApprovalsFrozen(Event):
    type: ClassVar[str] = "approvals.frozen"
    reason: str


@record
class ApprovalsThawed(Event):
    type: ClassVar[str] = "approvals.thawed"


@record
class AgentInterrupted(Event):
    """`seen` False: a person asked for it; True: the program was seen to stop."""

    type: ClassVar[str] = "agent.interrupted"
    agent_id: str
    generation: int
    seen: bool


@record
class OwnCommandGiven(Event):
    """A person had an agent's program run a command of its own. `taken` False: it was asked for; True: it was typed,
    and left the input box."""

    type: ClassVar[str] = "agent.commanded"
    agent_id: str
    generation: int
    text: str
    taken: bool


@record
class DoorbellRuled(Event):
    """`say`: whole, doorbell, or default when the rule was taken away."""

    type: ClassVar[str] = "doorbell.ruled"
    sender_id: str
    agent_id: str
    say: str


@record
class ClaimWithdrawn(Event):
    """What was claimed to be delivered was not; the only fact that takes a rung back, and never a proven one."""

    type: ClassVar[str] = "delivery.withdrawn"
    message_id: str
    agent_id: str
    channel_id: str
    reason: str
