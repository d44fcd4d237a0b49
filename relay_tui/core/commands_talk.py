"""What can be asked about messages after they were said, about threads, membership, schedules and files."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from relay_tui.core.commands_base import MAX_TEXT, AgentName, Command, Id, Moment
from relay_tui.core.model import Json, Mode

MAX_ATTACHMENTS = 20
MAX_FILE = 25 * 1024 * 1024
"""Bytes in one stored file."""


class Content(BaseModel):
    """What a message carries, wherever it goes."""

    model_config = ConfigDict(defer_build=True)

    text: str = Field(min_length=1, max_length=MAX_TEXT)
    mode: Mode = Mode.ON_IDLE
    data: Json | None = None
    attachments: list[Json] | None = Field(default=None, max_length=MAX_ATTACHMENTS)
    """Each names its `kind`: file, text, image, link, path, json or diff (see `core/content.py`)."""
    blocks: list[Json] | None = None
    """Structured parts, stored as they are (see `core/content.py`)."""
    expects_reply: bool = False
    reply_by: Moment | None = None
    """Milliseconds, UTC: after it the missing reply is overdue. Asks for a reply also without `expects_reply`."""
    strict_mentions: bool = False
    """Refuse a mention of nobody, with the nearest names. People want that; a wire client's text is not refused."""


class EditMessage(Command):
    """→ `Message`. By its sender or a person; what it said before stays in the log. Who was named stays named."""

    message_id: Id
    text: str = Field(min_length=1, max_length=MAX_TEXT)
    blocks: list[Json] | None = None
    """None leaves them as they are."""
    strict_mentions: bool = False


class DeleteMessage(Command):
    """→ `Message` without its content. By its sender or a person; who was not shown it yet never is."""

    message_id: Id


class AddReaction(Command):
    """→ `Reaction`. An agent's reaction acknowledges the message."""

    message_id: Id
    emoji: str = Field(min_length=1, max_length=64)


class RemoveReaction(Command):
    """→ `Reaction`, removed. Only one's own."""

    message_id: Id
    emoji: str = Field(min_length=1, max_length=64)


class PinMessage(Command):
    """→ `Pin`."""

    message_id: Id


class UnpinMessage(Command):
    """→ `Pin`, removed."""

    message_id: Id


class WaiveReply(Command):
    """→ `Expectation`, closed: the sender, or a person, waits for the reply no longer."""

    message_id: Id


class MarkThreadRead(Command):
    """→ `ThreadRead`. A reply: the thread up to it counts as read by the caller; the root: all of it."""

    message_id: Id


class UnarchiveChannel(Command):
    """→ `Channel`."""

    channel_id: Id


class SetRole(Command):
    """→ `Member`. By an owner of the channel or a person."""

    channel_id: Id
    agent_id: Id
    role: Literal["owner", "member"]


class MuteChannel(Command):
    """→ `Member`. A member that has muted a channel is due only what mentions it by name."""

    channel_id: Id
    muted: bool


class ScheduleMessage(Command, Content):
    """→ `Scheduled`. Sent at `at`, or once `when_idle` is idle; with both, when both hold. Survives a restart."""

    to: str = Field(default="", max_length=200)
    """As in `SendMessage`; empty: a reply to `message_id`."""
    message_id: Id | None = None
    at: Moment | None = None
    """Milliseconds, UTC."""
    when_idle: AgentName | None = None


class CancelScheduled(Command):
    """→ `Scheduled`. By its sender or a person."""

    scheduled_id: Id


class SendScheduled(Command):
    """→ `Scheduled`, sent or failed. Only by the relay itself, and only when it is due."""

    scheduled_id: Id


class BeginUpload(Command):
    """→ `StoredFile` without content: its id, before the bytes come."""

    filename: str = Field(min_length=1, max_length=255)
    content_type: str = Field(default="", max_length=255)
    """As declared; what is stored is what the bytes say."""
    size_bytes: int = Field(default=0, ge=0, le=2**53)
    """As declared; 0: not said."""


class CompleteUpload(Command):
    """→ `StoredFile`. Its bytes are on disk under their hash."""

    file_id: Id
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size_bytes: int = Field(ge=0, le=2**53)
    content_type: str = Field(min_length=1, max_length=255)


class RemoveFile(Command):
    """→ `StoredFile`, removed. By who uploaded it or a person; messages keep its name and size."""

    file_id: Id
