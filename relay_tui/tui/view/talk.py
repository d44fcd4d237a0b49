"""What can be seen of what was done with messages and channels, as plain records, beside `deck`."""

from __future__ import annotations

from dataclasses import field

from relay_tui.core.record import record
from relay_tui.core.session import TranscriptEntry


@record(frozen=True)
class ReactionMark:
    """One emoji under a message."""

    emoji: str
    count: int
    who: str = ""
    """The only one who gave it; empty: there are several."""
    mine: bool = False


@record
class ThreadRow:
    """A thread with replies that the operator has not read."""

    root_id: str
    title: str
    """How its root begins."""
    where: str
    """`#planning`, `@builder`."""
    unread: int
    replied: str
    """Who replied last, and when."""


@record
class PlaceView:
    """What verbs about a channel need to know of it."""

    id: str
    kind: str
    name: str
    topic: str = ""
    member: bool = True
    muted: bool = False
    archived: bool = False


@record(frozen=True)
class MemberRow:
    agent_id: str
    name: str
    role: str
    """Empty: not a member."""
    word: str
    """Its state, or that it is a person."""


@record
class Spot:
    """A message that one can go to."""

    message_id: str
    time: str
    sender: str
    text: str
    note: str = ""


@record
class AboutView:
    """All that is known of one message besides its deliveries."""

    message_id: str
    time: str
    sender: str
    mine: bool
    text: str
    readers: list[tuple[str, str]]
    """(name, how it is known) of those who have read it."""
    others: list[tuple[str, str]]
    """(name, how far it has come) of those of whom that is not known."""
    reactions: list[tuple[str, list[str]]]
    """(emoji, names in the order in which they reacted)."""
    pinned: str = ""
    """Who pinned it, and when; empty: nobody."""
    versions: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    """(from when until when, who said it, text), oldest first; the last one is what it says now."""


@record
class TurnView:
    """A message in the transcript of one of its recipients."""

    message_id: str
    agent_id: str
    name: str
    entries: tuple[TranscriptEntry, ...]
    times: tuple[str, ...]
    at: int
    """Index of the entry with which it came in."""
    others: tuple[tuple[str, str], ...] = ()
    """(agent id, name) of all recipients in whose transcript it is, this one included."""
    me: str = ""
