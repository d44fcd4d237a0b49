"""What has happened to messages after they were said, to threads, membership, schedules and files."""

from __future__ import annotations

from typing import ClassVar

from relay_tui.core.events_base import Event
from relay_tui.core.model import Json
from relay_tui.core.record import record


@record
class MessageEdited(Event):
    """`mentions`: who is named by now and before; `explicit`: who gets a delivery row because of this edit."""

    type: ClassVar[str] = "message.edited"
    message_id: str
    text: str
    blocks: list[Json] | None
    mentions: list[str]
    explicit: list[str]


@record
class MessageDeleted(Event):
    type: ClassVar[str] = "message.deleted"
    message_id: str


@record
class ReactionAdded(Event):
    """`to_id`: who sent the message."""

    type: ClassVar[str] = "reaction.added"
    message_id: str
    agent_id: str
    emoji: str
    to_id: str


@record
class ReactionRemoved(Event):
    type: ClassVar[str] = "reaction.removed"
    message_id: str
    agent_id: str
    emoji: str


@record
class MessagePinned(Event):
    type: ClassVar[str] = "message.pinned"
    message_id: str
    channel_id: str


@record
class MessageUnpinned(Event):
    type: ClassVar[str] = "message.unpinned"
    message_id: str


@record
class ReplyWaived(Event):
    type: ClassVar[str] = "message.reply_waived"
    message_id: str


@record
class ThreadReadMarked(Event):
    """`replies`: how many of the thread's replies are read."""

    type: ClassVar[str] = "thread.read"
    root_id: str
    agent_id: str
    replies: int


@record
class ChannelUnarchived(Event):
    type: ClassVar[str] = "channel.unarchived"
    channel_id: str


@record
class RoleSet(Event):
    type: ClassVar[str] = "member.role_set"
    channel_id: str
    agent_id: str
    role: str


@record
class MuteSet(Event):
    """One stay ends and another begins behind `channel_seq`: what is due to whom stays readable from the stays."""

    type: ClassVar[str] = "member.mute_set"
    channel_id: str
    agent_id: str
    muted: bool
    channel_seq: int


@record
class MessageScheduled(Event):
    """`content`: the fields of the command that will be given then."""

    type: ClassVar[str] = "schedule.created"
    scheduled_id: str
    to: str
    reply_to: str | None
    content: Json
    due_at: int | None
    idle_agent_id: str | None


@record
class ScheduleEnded(Event):
    """`status`: sent, cancelled or failed; `reason`: why it failed, in words."""

    type: ClassVar[str] = "schedule.ended"
    scheduled_id: str
    status: str
    message_id: str | None = None
    reason: str = ""


@record
class UploadBegun(Event):
    type: ClassVar[str] = "file.begun"
    file_id: str
    filename: str
    content_type: str
    size_bytes: int


@record
class FileStored(Event):
    type: ClassVar[str] = "file.stored"
    file_id: str
    sha256: str
    size_bytes: int
    content_type: str


@record
class FileRemoved(Event):
    type: ClassVar[str] = "file.removed"
    file_id: str
