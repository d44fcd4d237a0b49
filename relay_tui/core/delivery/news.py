"""A message as its recipients' queues hear of it: out of the commit, so that what was just written is not read back."""

from __future__ import annotations

from dataclasses import fields

from relay_tui.core.events import Entry, MessageCreated
from relay_tui.core.model import Delivery, Message

_SAME = tuple(
    {field.name for field in fields(Message)} & {field.name for field in fields(MessageCreated)} - {"mentions"}
)
"""What event and record call alike."""


def message_said(entry: Entry, event: MessageCreated) -> Message:
    """The record of a message at its beginning."""
    same = {name: getattr(event, name) for name in _SAME}
    return Message(
        id=event.message_id, seq=entry.seq, created_at=entry.at, mentions=tuple(event.mentions), **same
    )  # fmt: skip


def new_delivery(message: Message, agent_id: str) -> Delivery:
    """The delivery of a message that nothing has been done about."""
    at = message.created_at
    return Delivery(message.id, agent_id, message.channel_id, queued_at=at, updated_at=at)
