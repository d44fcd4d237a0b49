"""What is known of messages beyond their text: reactions, pins, expected replies, thread reads, schedules, files."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum

from relay_tui.core.model import Json
from relay_tui.core.record import record


@record
class Reaction:
    message_id: str
    agent_id: str
    emoji: str
    to_id: str
    """Who sent the message."""
    at: int
    seq: int
    """Of the entry that added it."""
    removed_at: int | None = None


@record
class Pin:
    message_id: str
    channel_id: str
    pinned_by: str
    pinned_at: int
    unpinned_at: int | None = None


@record
class Expectation:
    """A message whose sender wants a reply."""

    message_id: str
    channel_id: str
    sender_id: str
    asked_at: int
    waiting_on: list[str]
    """Agent ids that have still to answer; empty while open: anybody's reply will do."""
    reply_by: int | None = None
    """None: no deadline, so never overdue."""
    closed_at: int | None = None
    closed_by: str | None = None
    """Who gave the last reply, or waived it, or deleted the message."""


@record
class ThreadRead:
    """A participant's place in a thread. Unread is the thread's `reply_count` less `read_replies`."""

    root_id: str
    agent_id: str
    read_replies: int


class ScheduleStatus(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    CANCELLED = "cancelled"
    FAILED = "failed"


@record
class Scheduled:
    """A message that is not said yet. It is decided as its sender's own when it is due."""

    id: str
    sender_id: str
    to: str
    """Empty: a reply to `reply_to`."""
    reply_to_id: str | None
    content: Json
    created_at: int
    due_at: int | None = None
    idle_agent_id: str | None = None
    """Sent once this agent is idle; None: at `due_at`."""
    status: ScheduleStatus = ScheduleStatus.WAITING
    ended_at: int | None = None
    message_id: str | None = None
    reason: str = ""


@record
class StoredFile:
    """Bytes kept under their hash in the workspace's state folder."""

    id: str
    filename: str
    content_type: str
    """What the bytes say; before they are there, what was declared."""
    size_bytes: int
    uploaded_by: str
    created_at: int
    sha256: str = ""
    """Empty: the bytes are not there yet."""
    stored_at: int | None = None
    removed_at: int | None = None


@record
class ReactionCount:
    """One emoji on one message."""

    emoji: str
    agent_ids: list[str] = field(default_factory=list[str])
    """In the order in which they reacted."""


@record
class Revision:
    """What a message said until it was edited or deleted."""

    text: str
    at: int
    """When this was said."""
    by: str
    """Who said it: the sender, or who edited it."""
    until: int
    """When it stopped saying this."""
    blocks: list[Json] | None = None


@record
class ThreadState:
    """A thread as one participant sees it."""

    root_id: str
    channel_id: str
    reply_count: int
    unread: int
    last_reply_at: int | None
    last_reply_by: str | None
