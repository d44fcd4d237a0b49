"""What has happened: the facts of the log, discriminated by `type`.

An event holds everything that a view needs, so that folding the log again gives the same rows; who did it and when
is in the envelope. Adding a field with a default is a compatible change; anything else raises the event's `v`.
"""

from __future__ import annotations

from dataclasses import field
from typing import Any, ClassVar

from relay_tui.core.events_base import Event
from relay_tui.core.events_delivery import AgentInterrupted as AgentInterrupted
from relay_tui.core.events_delivery import ApprovalsFrozen as ApprovalsFrozen
from relay_tui.core.events_delivery import ApprovalsThawed as ApprovalsThawed
from relay_tui.core.events_delivery import ClaimWithdrawn as ClaimWithdrawn
from relay_tui.core.events_delivery import DoorbellRuled as DoorbellRuled
from relay_tui.core.events_delivery import HoldLifted as HoldLifted
from relay_tui.core.events_delivery import HoldPlaced as HoldPlaced
from relay_tui.core.events_delivery import OwnCommandGiven as OwnCommandGiven
from relay_tui.core.events_log import EntriesWithheld as EntriesWithheld
from relay_tui.core.events_rules import RuleChanged as RuleChanged
from relay_tui.core.events_rules import RuleCreated as RuleCreated
from relay_tui.core.events_rules import RuleNotified as RuleNotified
from relay_tui.core.events_rules import RuleRan as RuleRan
from relay_tui.core.events_rules import RuleRemoved as RuleRemoved
from relay_tui.core.events_rules import RuleSwitched as RuleSwitched
from relay_tui.core.events_talk import ChannelUnarchived as ChannelUnarchived
from relay_tui.core.events_talk import FileRemoved as FileRemoved
from relay_tui.core.events_talk import FileStored as FileStored
from relay_tui.core.events_talk import MessageDeleted as MessageDeleted
from relay_tui.core.events_talk import MessageEdited as MessageEdited
from relay_tui.core.events_talk import MessagePinned as MessagePinned
from relay_tui.core.events_talk import MessageScheduled as MessageScheduled
from relay_tui.core.events_talk import MessageUnpinned as MessageUnpinned
from relay_tui.core.events_talk import MuteSet as MuteSet
from relay_tui.core.events_talk import ReactionAdded as ReactionAdded
from relay_tui.core.events_talk import ReactionRemoved as ReactionRemoved
from relay_tui.core.events_talk import ReplyWaived as ReplyWaived
from relay_tui.core.events_talk import RoleSet as RoleSet
from relay_tui.core.events_talk import ScheduleEnded as ScheduleEnded
from relay_tui.core.events_talk import ThreadReadMarked as ThreadReadMarked
from relay_tui.core.events_talk import UploadBegun as UploadBegun
from relay_tui.core.model import AgentType, ChannelKind, Disposition, Evidence, Json, Mode, Reached, State
from relay_tui.core.record import record


@record
class WorkspaceCreated(Event):
    type: ClassVar[str] = "workspace.created"
    workspace_id: str
    name: str
    key_hash: str


@record
class AgentRegistered(Event):
    type: ClassVar[str] = "agent.registered"
    agent_id: str
    name: str
    agent_type: AgentType
    persona: str
    metadata: Json
    token_hash: str


@record
class AgentUpdated(Event):
    type: ClassVar[str] = "agent.updated"
    agent_id: str
    persona: str
    metadata: Json


@record
class AgentRemoved(Event):
    type: ClassVar[str] = "agent.removed"
    agent_id: str


@record
class TokenSet(Event):
    type: ClassVar[str] = "agent.token_set"
    agent_id: str
    kind: str
    token_hash: str


@record
class ChannelCreated(Event):
    type: ClassVar[str] = "channel.created"
    channel_id: str
    kind: ChannelKind
    name: str
    topic: str
    metadata: Json


@record
class ChannelUpdated(Event):
    type: ClassVar[str] = "channel.updated"
    channel_id: str
    topic: str
    metadata: Json


@record
class ChannelArchived(Event):
    type: ClassVar[str] = "channel.archived"
    channel_id: str


@record
class MemberJoined(Event):
    type: ClassVar[str] = "member.joined"
    channel_id: str
    agent_id: str
    role: str
    joined_seq: int


@record
class MemberLeft(Event):
    type: ClassVar[str] = "member.left"
    channel_id: str
    agent_id: str
    left_seq: int


@record
class MessageCreated(Event):
    """`explicit`: recipients who get a delivery row at once; to the members of a channel deliveries are implied.

    A top-level message names mentioned agents that are not members or have muted the channel; a reply names its
    thread's participants. `answers`: the messages whose expected reply this is.
    """

    type: ClassVar[str] = "message.created"
    message_id: str
    channel_id: str
    channel_seq: int
    sender_id: str
    text: str
    thread_id: str | None = None
    mode: Mode = Mode.ON_IDLE
    mentions: list[str] = field(default_factory=list[str])
    explicit: list[str] = field(default_factory=list[str])
    data: Json | None = None
    attachments: list[Json] | None = None
    blocks: list[Json] | None = None
    expects_reply: bool = False
    reply_by: int | None = None
    answers: list[str] | None = None


@record
class ReadMarked(Event):
    type: ClassVar[str] = "message.read"
    channel_id: str
    agent_id: str
    channel_seq: int


@record
class SessionStarted(Event):
    type: ClassVar[str] = "session.started"
    agent_id: str
    harness: str
    generation: int
    address: Json
    state: State
    evidence: str
    was: State | None = None
    """As in `StateRecorded`."""


@record
class StateRecorded(Event):
    type: ClassVar[str] = "session.state"
    agent_id: str
    generation: int
    state: State
    evidence: str
    exact: bool
    detail: str
    was: State | None = None
    """The state before; None: none, or unknown. With it a change can be told from a repetition by this entry alone."""


@record
class DeliveryDispatched(Event):
    """`dispatched_seq`: how far the member's cursor stands after it; None: the recipient is not a member."""

    type: ClassVar[str] = "delivery.dispatched"
    message_id: str
    agent_id: str
    channel_id: str
    wire_seq: int
    route: str
    generation: int
    nonce: str
    offset: int
    queued_at: int
    dispatched_seq: int | None


@record
class DeliveryRaised(Event):
    type: ClassVar[str] = "delivery.raised"
    message_id: str
    agent_id: str
    channel_id: str
    reached: Reached
    evidence: Evidence
    how: str
    queued_at: int
    dispatched_seq: int | None
    steps: list[Json] = field(default_factory=list[dict[str, Any]])
    was: Reached = Reached.QUEUED
    """The rung before."""


@record
class DeliverySettled(Event):
    type: ClassVar[str] = "delivery.settled"
    message_id: str
    agent_id: str
    channel_id: str
    disposition: Disposition
    reason: str
    until: int | None
    queued_at: int
    dispatched_seq: int | None
    steps: list[Json] = field(default_factory=list[dict[str, Any]])


@record
class WireAcked(Event):
    type: ClassVar[str] = "delivery.wire_acked"
    agent_id: str
    up_to_seq: int


@record
class ActionRegistered(Event):
    type: ClassVar[str] = "action.registered"
    name: str
    description: str
    input_schema: Json
    output_schema: Json


@record
class ActionInvoked(Event):
    """`status` is what policy made of it: denied, awaiting_approval or approved."""

    type: ClassVar[str] = "action.invoked"
    invocation_id: str
    action: str
    input: Json
    status: str
    verdict: str
    rule: str
    reason: str


@record
class ApprovalRequested(Event):
    type: ClassVar[str] = "approval.requested"
    approval_id: str
    invocation_id: str
    action: str
    request: Json
    request_hash: str
    expires_at: int
    rule: str
    reason: str


@record
class ApprovalDecided(Event):
    type: ClassVar[str] = "approval.decided"
    approval_id: str
    invocation_id: str
    decision: str
    words: str
    action: str = ""
    caller_id: str = ""


@record
class InvocationStarted(Event):
    type: ClassVar[str] = "action.started"
    invocation_id: str


@record
class InvocationFinished(Event):
    type: ClassVar[str] = "action.finished"
    invocation_id: str
    status: str
    output: Json | None
    error_code: str
    error: str
    action: str = ""
    """Its name; with `caller_id`, so that the entry alone tells what ended for whom."""
    caller_id: str = ""


EVENT_TYPES: dict[str, type[Event]] = {cls.type: cls for cls in Event.__subclasses__()}


@record
class Entry:
    """An event in its envelope. `seq` is gapless in a workspace."""

    seq: int
    id: str
    at: int
    actor: str
    source: str
    causation: str
    """Id of what caused it: the command's `client_id`, or empty."""
    event: Event
