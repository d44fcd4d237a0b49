"""The session contract (harness, session, receipts): what the delivery engine needs of a running agent, and no more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field
from enum import StrEnum
from typing import Any, Literal, Protocol, runtime_checkable

from relay_tui.core.model import Evidence, Json, Mode, State
from relay_tui.core.record import record

Unsubscribe = Callable[[], None]
ReceiptOutcome = Literal["accepted", "delivered", "deferred", "failed"]


@record
class Step:
    """One timed step of an attempt, for the flight recorder."""

    name: str
    at: int
    ok: bool
    detail: str = ""


@record
class Receipt:
    """What became of one attempt to hand a message to a session."""

    outcome: ReceiptOutcome
    evidence: Evidence = Evidence.NONE
    how: str = ""
    """In words: `typed into its pane, echo seen, one Enter`; for a deferral or failure the reason."""
    retryable: bool = True
    shut: bool = False
    """With `deferred`: this way in is shut and nothing was handed over, so another way may be tried at once."""
    uncertain: bool = False
    """Something was typed and it is not known whether the program took it."""
    steps: list[Step] = field(default_factory=list["Step"])


class Route(StrEnum):
    """How a message gets into a session, best first."""

    CALLBACK = "callback"
    NATIVE = "native"
    """The program's own way in: a socket, a queue, an HTTP API."""
    HOOK = "hook"
    MCP = "mcp"
    TYPED = "typed"
    DOORBELL = "doorbell"
    """Typed, but only that a message waits and how to read it."""


@record(frozen=True)
class Way:
    """One way into a session, and the boundaries that it can honour."""

    route: Route
    boundaries: frozenset[Mode] = frozenset({Mode.ON_IDLE})


@record(frozen=True)
class Capabilities:
    """What a session can honestly do. What is not declared is not offered."""

    route: str
    """Its main way in (`Route`), with `boundaries`."""
    boundaries: frozenset[Mode] = frozenset({Mode.ON_IDLE})
    transcript: bool = False
    """Its transcript can prove a delivery."""
    concurrent: int = 1
    """How many deliveries may be under way at once."""
    pane: bool = False
    """There is a terminal to open."""
    others: tuple[Way, ...] = ()
    """Further ways in. Which one a message takes is the engine's choice, told in its context."""
    digest: int = 1
    """Most messages that it can be handed as one. More than 1: it is `Digesting`."""
    always_ready: bool = False
    """Nothing is looked at before it is handed a message, neither its state nor a gate: while it is there, it takes
    what comes, at any boundary."""
    fetches: bool = False
    """The agent can read a message by itself once it knows that one waits, so a doorbell is enough."""

    @property
    def answers_bells(self) -> bool:
        """A doorbell is rung only where words would be typed."""
        return self.fetches or self.route != Route.TYPED


@record
class DeliverableMessage:
    """A message as a session gets it: everything a recipient may know, text as it was stored."""

    message_id: str
    delivery_id: str
    sender: str
    """Name of the sender."""
    target: str
    """`#release`, `@builder`: where it was sent."""
    text: str
    thread_id: str | None
    mode: Mode
    created_at: int
    wire_seq: int
    wire_type: Literal["message.created", "thread.reply", "dm.received", "group_dm.received"]
    wire_data: Json


@record
class MessageContext:
    """One attempt: the nonce is in the text that is handed over, so that only this attempt can be proven by it."""

    attempt: int
    nonce: str
    generation: int
    offset: int
    accepted: bool = False
    """The session had taken responsibility for it, for an attempt that is looked back at."""
    mode: Mode = Mode.ON_IDLE
    """The boundary that it is handed over at: what was asked for, or the nearest that the way in can honour."""
    route: str = ""
    """The way in that was chosen (`Route`); empty: the session's only one."""


class Resolution(StrEnum):
    """What a session can say of an attempt that was cut off between handing over and proof."""

    DELIVERED = "delivered"
    ABSENT = "absent"
    LOOKING = "looking"
    """Nothing is found of it, which proves absence once it has stayed so for a while: to be asked again."""
    PENDING = "pending"
    UNKNOWN = "unknown"


@record
class TranscriptEntry:
    """One line of what an agent did or said. `kind` is what the card shows in its second column."""

    n: int
    at: int
    role: Literal["user", "assistant", "tool", "system"]
    kind: Literal["got", "sent", "read", "edit", "run", "asks", "text", "status"]
    text: str
    detail: Json = field(default_factory=dict[str, Any])
    end_offset: int = 0
    """Byte offset in the transcript behind this entry."""


@record
class StateChanged:
    """The session's state, said by `evidence`."""

    state: State
    evidence: str
    exact: bool = True
    detail: str = ""


@record
class TranscriptGrew:
    """New entries at the end of the transcript."""

    entries: Sequence[TranscriptEntry]


@record
class Proven:
    """A delivery was shown to have reached the model (or, by `acknowledged`, to have been read)."""

    evidence: Evidence
    how: str
    nonce: str = ""
    delivery_id: str = ""
    """One of nonce and delivery_id is given."""
    message_id: str = ""
    """With a nonce: which message it says it is, so that an attempt of long ago can be looked up; empty: not told."""


@record
class Unblocked:
    """Something that stood in the way of a delivery may be gone; the state is as it was."""


SessionEvent = StateChanged | TranscriptGrew | Proven | Unblocked
EventHandler = Callable[[SessionEvent], None]


class AgentSession(Protocol):
    """A running agent that messages can be handed to."""

    @property
    def agent_id(self) -> str: ...
    @property
    def harness(self) -> str: ...
    @property
    def generation(self) -> int: ...
    @property
    def capabilities(self) -> Capabilities: ...
    @property
    def state(self) -> StateChanged: ...

    def transcript_offset(self) -> int:
        """Bytes of transcript read so far; 0 when there is none."""
        ...

    async def blocked(self, mode: Mode) -> str:
        """Why nothing can be handed over at this boundary now, in words; empty: nothing stands in the way."""
        ...

    async def receive_message(self, message: DeliverableMessage, ctx: MessageContext) -> Receipt: ...

    async def resolve(self, ctx: MessageContext) -> Resolution:
        """Look for traces of an attempt that was cut off; may finish it where that is safe (a missing Enter)."""
        ...

    def on_event(self, handler: EventHandler) -> Unsubscribe: ...

    def recent_transcript(self, limit: int = 200) -> Sequence[TranscriptEntry]: ...

    async def release(self, reason: str = "") -> None: ...


@runtime_checkable
class Digesting(Protocol):
    """A session that can be handed several messages as one."""

    async def receive_digest(self, messages: Sequence[tuple[DeliverableMessage, MessageContext]]) -> Receipt:
        """One receipt for all: they are handed over together or not at all. Each is proven by its own nonce."""
        ...


@runtime_checkable
class Searchable(Protocol):
    """A session with a record of what its program took, also of what earlier programs of the agent took."""

    async def search(self, attempts: Sequence[MessageContext]) -> frozenset[str]:
        """Nonces of those attempts that the whole record proves. Reads only."""
        ...


@runtime_checkable
class Interruptible(Protocol):
    """A session whose program can be stopped in what it does."""

    async def interrupt(self) -> bool:
        """True: it was seen to stop."""
        ...


@runtime_checkable
class Commandable(Protocol):
    """A session whose program has commands of its own, as `/compact`, that a person may have it run."""

    async def own_command(self, text: str) -> Receipt:
        """Type this one line as it is and submit it, once, now or not at all. Not uncertain and not accepted: nothing
        was typed."""
        ...
