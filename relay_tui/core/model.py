"""What exists in a workspace, as plain records. All times are milliseconds since 1970, UTC; all ids are strings."""

from __future__ import annotations

from dataclasses import field
from enum import IntEnum, StrEnum
from typing import Any, Literal

from relay_tui.core.record import record

AgentType = Literal["agent", "human", "system"]
ChannelKind = Literal["channel", "dm", "group"]
Json = dict[str, Any]


class Source(StrEnum):
    """By which door a command came in."""

    SDK = "sdk"
    HTTP = "http"
    TUI = "tui"
    CLI = "cli"
    HARNESS = "harness"
    RULE = "rule"
    SYSTEM = "system"


class Mode(StrEnum):
    """The boundary at which a recipient is shown a message."""

    IMMEDIATE = "immediate"
    NEXT_TOOL_CALL = "next-tool-call"
    NEXT_MESSAGE = "next-message"
    ON_IDLE = "on-idle"
    MANUAL = "manual"


class Reached(IntEnum):
    """How far a delivery has come. Only ever rises."""

    QUEUED = 0
    ACCEPTED = 1
    DELIVERED = 2
    ACKNOWLEDGED = 3
    ANSWERED = 4

    @property
    def word(self) -> str:
        return self.name.lower()


class Disposition(StrEnum):
    """What the engine does about a delivery now."""

    ACTIVE = "active"
    DEFERRED = "deferred"
    HELD = "held"
    UNCERTAIN = "uncertain"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    DEAD = "dead"


ENDED = frozenset({Disposition.FAILED, Disposition.EXPIRED, Disposition.CANCELLED, Disposition.DEAD})
"""Dispositions in which the engine does nothing more by itself."""


class Evidence(StrEnum):
    """How a rung of the ladder is known."""

    COMMIT = "commit"
    ADAPTER = "adapter"
    ECHO = "echo"
    SOCKET_ACK = "socket ack"
    TRANSCRIPT = "transcript"
    HOOK = "hook"
    CALLBACK = "callback"
    INBOX_READ = "inbox read"
    READ_MARK = "read mark"
    REACTION = "reaction"
    TOOL_CALL = "tool call"
    REPLY = "reply"
    NONE = "none"


UNPROVEN = frozenset({Evidence.ECHO, Evidence.NONE})
"""Evidence that does not prove `delivered`; such a delivery is drawn as unverified."""
SEEN = frozenset({Evidence.TRANSCRIPT, Evidence.HOOK})
"""Evidence that its agent was shown something, if only that a message waits."""


class State(StrEnum):
    """What a session is doing."""

    STARTING = "starting"
    READY = "ready"
    WORKING = "working"
    WAITING = "waiting"
    IDLE = "idle"
    BLOCKED = "blocked"
    EXITED = "exited"
    LOST = "lost"
    UNKNOWN = "unknown"


ENDED_STATES = frozenset({State.EXITED, State.LOST})


@record
class Workspace:
    id: str
    name: str
    created_at: int
    key_hash: str


@record
class Agent:
    id: str
    name: str
    type: AgentType
    created_at: int
    persona: str = ""
    metadata: Json = field(default_factory=dict[str, Any])
    token_hash: str = ""
    """Empty: this agent cannot sign in by itself (the operator, the system)."""
    node_token_hash: str = ""
    removed_at: int | None = None
    wire_seq: int = 0
    """The last per-agent sequence number given to a delivery; the wire's `seq`."""
    acked_wire_seq: int = 0


@record
class Channel:
    """A named channel, a DM or a group DM: whatever has members and an order of messages."""

    id: str
    kind: ChannelKind
    name: str
    """Without `#`. For a DM its key: the member ids, sorted, joined by `:`."""
    created_at: int
    created_by: str
    topic: str = ""
    metadata: Json = field(default_factory=dict[str, Any])
    archived_at: int | None = None
    last_seq: int = 0
    """`channel_seq` of the newest message; 0: there is none."""


@record
class Member:
    """One stay of an agent in a channel. Recipients of a message are the stays that hold its `channel_seq`."""

    channel_id: str
    agent_id: str
    role: str
    joined_at: int
    joined_seq: int
    """`channel_seq` of the last message before joining."""
    left_seq: int | None = None
    """`channel_seq` of the last message before leaving; None: still a member."""
    muted: bool = False
    read_seq: int = 0
    dispatched_seq: int = 0
    """Up to here every message to this member has a delivery row; above, deliveries without a row are implied."""
    unread_mentions: int = 0
    """Messages above `read_seq` that name this member and were not deleted."""
    unread_own: int = 0
    """Messages above `read_seq` that this member said itself: nobody has to read those."""


@record
class Message:
    id: str
    seq: int
    channel_id: str
    channel_seq: int
    """Position among the top-level messages of the channel, from 1; 0: a reply in a thread."""
    sender_id: str
    text: str
    created_at: int
    thread_id: str | None = None
    """The message that this one replies under; None: top level."""
    mode: Mode = Mode.ON_IDLE
    mentions: tuple[str, ...] = ()
    """Ids of the mentioned agents."""
    kind: str = "message"
    data: Json | None = None
    attachments: list[Json] | None = None
    blocks: list[Json] | None = None
    expects_reply: bool = False
    reply_by: int | None = None
    """None: no deadline."""
    edited_at: int | None = None
    deleted_at: int | None = None
    """Not None: its content is gone from the views; the log has it."""
    reply_count: int = 0
    last_reply_at: int | None = None
    last_reply_by: str | None = None


@record
class Thread:
    """The replies under one message. Its participants are who a further reply is delivered to."""

    root_id: str
    participants: list[str]
    """Agent ids: the root's sender and mentions, then whoever replied or was mentioned."""
    reply_count: int = 0
    last_reply_at: int | None = None
    last_reply_by: str | None = None


@record
class Delivery:
    message_id: str
    agent_id: str
    channel_id: str
    reached: Reached = Reached.QUEUED
    disposition: Disposition = Disposition.ACTIVE
    reason: str = ""
    """Why it is not further, in words for the operator."""
    until: int | None = None
    evidence: Evidence = Evidence.COMMIT
    how: str = ""
    """How the last rung was reached, in words: `transcript, entry 31`."""
    route: str = ""
    attempts: int = 0
    wire_seq: int = 0
    """0: never dispatched."""
    generation: int = 0
    nonce: str = ""
    offset: int = 0
    """Size in bytes of the agent's transcript when the last attempt began: proof lies behind it."""
    queued_at: int = 0
    accepted_at: int | None = None
    delivered_at: int | None = None
    acknowledged_at: int | None = None
    answered_at: int | None = None
    updated_at: int = 0

    @property
    def unverified(self) -> bool:
        """Said to be in the model's context, without proof."""
        return self.reached == Reached.DELIVERED and self.evidence in UNPROVEN

    @property
    def open(self) -> bool:
        """The engine still has something to do, or something to wait for."""
        return self.reached < Reached.DELIVERED and self.disposition not in ENDED

    @property
    def fault(self) -> bool:
        """A person should look: it ended short of delivered, is uncertain, or is claimed without proof."""
        if self.reached >= Reached.DELIVERED:
            return self.unverified
        stopped = self.disposition in ENDED and self.disposition != Disposition.CANCELLED
        return stopped or self.disposition == "uncertain"

    @property
    def word(self) -> str:
        """The state as shown: `reached` from delivered upward or while active, else the disposition."""
        if self.unverified:
            return "unverified"
        if self.reached >= Reached.DELIVERED or self.disposition == Disposition.ACTIVE:
            return self.reached.word
        return self.disposition.value


@record
class Session:
    """What the relay knows of the running program behind an agent."""

    agent_id: str
    harness: str
    generation: int
    """Counts the programs that have stood behind this agent; a new program is a new generation."""
    address: Json
    """What the harness needs to find the program again after a restart of the relay."""
    state: State
    since: int
    evidence: str = ""
    """Which signal said so: `transcript`, `pane`, `socket`, `screen`."""
    exact: bool = True
    """False: inferred."""
    detail: str = ""
    """`exit 1`, the name of a dialog, the question asked; or empty."""
    started_at: int = 0


@record
class Action:
    name: str
    description: str
    input_schema: Json
    output_schema: Json
    registered_by: str
    registered_at: int


class InvocationStatus(StrEnum):
    REQUESTED = "requested"
    DENIED = "denied"
    AWAITING_APPROVAL = "awaiting_approval"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


FINISHED = frozenset(
    {
        InvocationStatus.DENIED,
        InvocationStatus.REJECTED,
        InvocationStatus.EXPIRED,
        InvocationStatus.COMPLETED,
        InvocationStatus.FAILED,
    }
)


@record
class Invocation:
    id: str
    action: str
    caller_id: str
    input: Json
    status: InvocationStatus
    created_at: int
    verdict: str = ""
    rule: str = ""
    """The policy rule that decided, by name."""
    reason: str = ""
    output: Json | None = None
    error_code: str = ""
    error: str = ""
    approval_id: str | None = None
    started_at: int | None = None
    finished_at: int | None = None


@record
class Approval:
    """A request that waits for a person, bound by hash to exactly what was shown."""

    id: str
    invocation_id: str
    action: str
    caller_id: str
    request: Json
    """What the hash covers: invocation, schema version, caller, generation, cwd, arguments, expiry."""
    request_hash: str
    """Hex SHA-256 of `request` as canonical JSON (RFC 8785)."""
    requested_at: int
    expires_at: int
    rule: str = ""
    reason: str = ""
    decision: str = ""
    """Empty: open. Else `approve`, `deny` or `expire`."""
    decided_by: str | None = None
    decided_at: int | None = None
    words: str = ""
    """What the person said with a denial; goes back to the agent."""


@record
class Caller:
    """Who gives a command, and by which door."""

    agent_id: str
    source: Source = Source.SDK
