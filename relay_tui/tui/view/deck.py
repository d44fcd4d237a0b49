"""What is on the deck, as plain records. No Textual, no relay: the store fills them, widgets draw them.

Strings hold what people and agents wrote, as it is stored; they are made visible where they become lines.
Ages and clock times are words already, so that a record changes exactly when its picture does.
"""

from __future__ import annotations

from dataclasses import field

from relay_tui.core.model import Mode
from relay_tui.core.record import record
from relay_tui.core.session import TranscriptEntry
from relay_tui.tui.view.enclosed import BlockRow, EnclosedRow
from relay_tui.tui.view.letter import Letter
from relay_tui.tui.view.stopped import StopView
from relay_tui.tui.view.talk import ReactionMark, ThreadRow


@record
class HeaderView:
    workspace: str = ""
    place: str = ""
    needs: int = 0
    undelivered: int = 0
    working: int = 0
    idle: int = 0
    now: str = ""
    held: int = 0
    """Agents that are on hold one by one; while everything is stopped, `stop` says it."""
    stop: StopView = field(default_factory=StopView)


@record
class NeedRow:
    """One thing that waits for a person."""

    key: str
    """`approval:<id>`, `agent:<id>` or `delivery:<message>:<agent>`: stays the same while it is the same need."""
    glyph: str
    """Field name in `Glyphs`."""
    role: str
    name: str
    what: str
    age: str
    line: str
    literal: bool = False
    """`line` is exactly what would run."""
    agent_id: str = ""
    since: int = 0


@record
class ChannelRow:
    id: str
    name: str
    unread: int = 0
    mentions: int = 0
    muted: bool = False
    member: bool = True


@record
class DirectRow:
    id: str
    title: str
    unread: int = 0
    agent_ids: tuple[str, ...] = ()


@record
class AgentRow:
    id: str
    name: str
    glyph: str
    word: str
    role: str
    age: str = ""
    context: str = ""
    """How full its context is, `41%`; empty: not known."""
    bright: bool = True
    """False: nothing to see there now."""


@record
class DeliveryRow:
    agent_id: str
    name: str
    cells: str
    """Four of `# ~ . x =`: accepted, delivered, acknowledged, answered."""
    role: str
    word: str
    when: str = ""
    reason: str = ""
    trouble: bool = False


@record
class MessageRow:
    id: str
    at: int
    time: str
    sender: str
    mine: bool
    to: str
    text: str
    names: frozenset[str] = frozenset()
    """`@name` and `#name` that are drawn as links."""
    summary: str = ""
    """`4 answered`, `2 of 3 delivered`, `unverified`; empty: nobody to deliver to."""
    cells: str = ""
    """The folded track; empty: the rows below say more."""
    role: str = "muted"
    deliveries: tuple[DeliveryRow, ...] = ()
    rest: str = ""
    """What the rows above leave out: `5 others delivered`."""
    replies: int = 0
    replied: str = ""
    thread_id: str = ""
    """Not empty: a reply, drawn in its thread."""
    sender_id: str = ""
    wants: str = ""
    """`wants a reply by 14:30`; empty: it wants none, or has it."""
    wants_role: str = ""
    blocks: tuple[BlockRow, ...] = ()
    enclosed: tuple[EnclosedRow, ...] = ()
    new_replies: int = 0
    """Of `replies`, those that the operator has not read."""
    reactions: tuple[ReactionMark, ...] = ()
    edited: bool = False
    pinned: bool = False
    deleted: str = ""
    """When it was deleted; empty: it stands."""


@record
class ConversationView:
    id: str = ""
    title: str = ""
    topic: str = ""
    right: str = ""
    rows: list[MessageRow] = field(default_factory=list[MessageRow])
    new_from: str = ""
    """Id of the first message that was new when the conversation was opened; empty: none."""
    new_label: str = ""
    older: bool = False
    """There is more above."""
    channel_id: str = ""
    """What it is a window of; empty: a DM that does not exist yet."""
    pinned: int = 0
    newer: bool = False
    """There is more below: what is said now is not in it."""
    teach: tuple[str, ...] = ()
    """What an empty conversation says."""


@record
class CardView:
    """One need, with everything a person decides on. `key` is the need's."""

    key: str
    kind: str
    """`approval`, `agent` or `delivery`."""
    glyph: str
    role: str
    head: str
    name: str
    does: str
    age: str
    place: str
    literal: tuple[str, ...] = ()
    """What would run, exactly."""
    facts: tuple[tuple[str, str], ...] = ()
    digest: str = ""
    """First characters of the hash that the decision is bound to."""
    request_hash: str = ""
    agent_id: str = ""
    message_id: str = ""
    mine: bool = False
    """That message is the operator's own."""
    state: str = ""
    """Of its delivery: queued, dead, …"""
    frozen: str = ""
    """Not empty: nothing is decided now, and why."""
    outcome: str = ""
    """Not empty: decided, expired or gone; nothing more can be done with it."""
    outcome_role: str = "ok"


@record
class TranscriptView:
    agent_id: str
    name: str
    harness: str
    glyph: str
    role: str
    state: str
    right: str = ""
    entries: tuple[TranscriptEntry, ...] = ()
    times: tuple[str, ...] = ()
    raw: tuple[tuple[tuple[str, str], ...], ...] | None = None
    """Rows of (text, Rich style) of its real screen; None: shown as cards."""
    pinned: bool = False
    note: str = ""
    """Said instead of entries: why there are none."""
    me: str = ""
    """The operator's name, which is drawn as `you`."""


@record
class OpenMine:
    """One of the operator's own messages that is not yet proven, or one send to several."""

    message_id: str
    name: str
    word: str
    age: str
    role: str
    open: int = 0
    """Of a send to several: so many are not proven yet, out of `of`."""
    of: int = 0


@record
class Arrival:
    """When one recipient of what is being written would be shown it."""

    glyph: str
    role: str
    name: str
    words: str


@record
class ComposerView:
    target: str = ""
    """What the message is sent to, as a command takes it."""
    label: str = ""
    count: str = ""
    arrivals: tuple[Arrival, ...] = ()
    """Of the first recipients, as the source says them for the boundary that is chosen."""
    recipients: tuple[str, ...] = ()
    """Ids of the agents that it goes to."""
    several: int = 0
    """To so many that were marked, each in a conversation of its own or all in one; 0: it goes to one place."""
    reply_to: str = ""
    """Id of the message that is replied to; empty: a message of its own."""


@record
class ScheduledRow:
    """A message of the operator's that waits to be said."""

    id: str
    to: str
    when: str
    letter: Letter
    where: ComposerView


@record
class DeckView:
    header: HeaderView = field(default_factory=HeaderView)
    needs: list[NeedRow] = field(default_factory=list[NeedRow])
    oldest: str = ""
    snoozed: str = ""
    """How many needs are snoozed, and when the next of them is back; empty: none is."""
    channels: list[ChannelRow] = field(default_factory=list[ChannelRow])
    direct: list[DirectRow] = field(default_factory=list[DirectRow])
    threads: list[ThreadRow] = field(default_factory=list[ThreadRow])
    """Those with something unread."""
    agents: list[AgentRow] = field(default_factory=list[AgentRow])
    conversation: ConversationView = field(default_factory=ConversationView)
    card: CardView | None = None
    transcripts: list[TranscriptView] = field(default_factory=list[TranscriptView])
    mine: list[OpenMine] = field(default_factory=list[OpenMine])
    composer: ComposerView = field(default_factory=ComposerView)
    notice: str = ""
    notice_role: str = "need"
    """One line about the whole workspace: tmux is missing, the server could not start."""


@record
class Rung:
    cell: str
    word: str
    role: str
    at: str = ""
    delta: str = ""
    how: str = ""
    evidence: str = ""


@record
class StepRow:
    """One step of an attempt. `delta`: since the step before."""

    at: str
    delta: str
    ok: bool
    name: str
    detail: str = ""


@record
class AttemptRow:
    n: int
    at: str
    route: str
    outcome: str
    role: str
    how: str
    took: str = ""
    steps: tuple[StepRow, ...] = ()


@record
class LadderView:
    """One message to one recipient, each rung on a line of its own."""

    message_id: str
    agent_id: str
    time: str
    sender: str
    mine: bool
    name: str
    text: str
    state: str
    role: str
    rungs: list[Rung]
    why: list[tuple[str, str]]
    attempts: list[AttemptRow]
    others: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """(agent id, name) of all recipients, this one included."""
    word: str = ""
    """The state as it is shown."""
    channel_id: str = ""
    next_verb: str = ""
    """Id of the verb that does the one next thing; empty: none does, or nothing is to be done."""
    next_words: str = ""
    reactions: list[tuple[str, list[str]]] = field(default_factory=list[tuple[str, list[str]]])
    """(emoji, names of those who reacted with it) on the message."""


@record
class WhyView:
    """What is known about a state, a need or a non-delivery, and the one thing to do next."""

    title: str
    sentence: str
    signals: list[tuple[str, str, str]]
    """(time, source, what it said)."""
    rule: str = ""
    changes: str = ""
    next_key: str = ""
    next_action: str = ""


MODES: tuple[tuple[Mode, str], ...] = (
    (Mode.ON_IDLE, "when idle"),
    (Mode.NEXT_MESSAGE, "after its message"),
    (Mode.NEXT_TOOL_CALL, "at its next tool call"),
    (Mode.IMMEDIATE, "now, interrupting"),
    (Mode.MANUAL, "once you flush it"),
)
"""The boundaries that the composer offers, with their words."""
