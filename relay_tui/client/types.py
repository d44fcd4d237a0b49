"""What the client hands out: messages as they arrive, and how actions ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict

Json = dict[str, Any]
Outcome = Literal["completed", "failed", "denied", "rejected", "expired"]


class Content(TypedDict, total=False):
    """What a message may carry beside its text."""

    data: Json | None
    attachments: list[str | Json]
    """Ids of uploaded files, or objects with a `kind`: text, image, link, path, json, diff."""
    blocks: list[Json]
    expects_reply: bool
    reply_by: int | str | None
    """When the reply is overdue: milliseconds since 1970, or ISO 8601."""
    strict_mentions: bool
    """Refuse a mention of nobody."""


@dataclass(slots=True, frozen=True)
class Incoming:
    """One message for this agent."""

    id: str
    delivery_id: str
    kind: Literal["message", "reply", "dm", "group"]
    sender: str
    """Name of who sent it."""
    text: str
    channel: str
    """Name of the channel; empty in a conversation."""
    conversation_id: str
    """Id of the conversation; empty in a channel."""
    thread_id: str | None
    """The message that this one replies under; None: top level."""
    mode: Literal["wait", "steer"]
    created_at: str
    raw: Json = field(repr=False)
    """The payload's data, as it came."""

    @property
    def attachments(self) -> list[Json]:
        """Each with its `kind`; the bytes of a `file` come with `download(attachment["file_id"])`."""
        return self.raw.get("attachments") or []

    @property
    def blocks(self) -> list[Json]:
        return self.raw.get("blocks") or []

    @property
    def data(self) -> Json:
        """What was sent along for programs."""
        return self.raw.get("metadata") or {}

    @property
    def expects_reply(self) -> bool:
        return bool(self.raw.get("expects_reply"))

    @property
    def reply_by(self) -> str | None:
        """When the reply that is expected becomes overdue, as ISO 8601; None: no time was said."""
        return self.raw.get("reply_by")

    @property
    def reply_to(self) -> str:
        """The message to reply to, so that the answer lands in this one's thread."""
        return self.thread_id or self.id


@dataclass(slots=True, frozen=True)
class Message:
    """One message as it is stored."""

    id: str
    sender: str
    text: str
    channel: str
    """Name of the channel; empty in a conversation."""
    conversation_id: str
    """Id of the conversation; empty in a channel."""
    thread_id: str | None
    created_at: str
    raw: Json = field(repr=False)


def message(data: Json) -> Message:
    """A message out of an answer, in either of the wire's two shapes."""
    inner: Json = data.get("message") or {}
    return Message(
        id=data["id"],
        sender=data.get("agent_name") or inner.get("agent_name") or "",
        text=data["text"],
        channel=data.get("channel_name") or "",
        conversation_id=data.get("conversation_id") or "",
        thread_id=data.get("thread_id"),
        created_at=data["created_at"],
        raw=data,
    )


@dataclass(slots=True, frozen=True)
class InvocationResult:
    """How an invocation ended."""

    invocation_id: str
    action: str
    outcome: Outcome
    output: Json | None
    error_code: str
    error: str
    """The operator's words with a denial, the policy's reason, or what went wrong; empty when it completed."""
    approval_id: str | None = None

    @property
    def ok(self) -> bool:
        return self.outcome == "completed"


def incoming(frame: Json) -> Incoming | None:
    """A message out of a `deliver` frame; None for events that are not messages."""
    payload = frame["payload"]
    kind = _KINDS.get(payload["type"])
    if kind is None:
        return None
    data: Json = payload["data"]
    inner: Json = data.get("message") or {}
    direct = kind in ("dm", "group")
    return Incoming(
        id=frame["msg_id"],
        delivery_id=frame["delivery_id"],
        kind=kind,
        sender=data.get("from_name") or data.get("agent_name") or inner.get("agent_name") or "",
        text=data.get("text") or inner.get("text") or "",
        channel="" if direct else data.get("channel_name") or "",
        conversation_id=data.get("conversation_id") or "",
        thread_id=data.get("thread_id") or data.get("parent_id") or inner.get("thread_id"),
        mode="steer" if frame.get("mode") == "steer" else "wait",
        created_at=data.get("created_at") or inner.get("created_at") or "",
        raw=data,
    )


_KINDS: dict[str, Literal["message", "reply", "dm", "group"]] = {
    "message.created": "message",
    "thread.reply": "reply",
    "dm.received": "dm",
    "group_dm.received": "group",
}

_ENDED: dict[str, Outcome] = {
    "completed": "completed",
    "failed": "failed",
    "denied": "denied",
    "rejected": "rejected",
    "expired": "expired",
}


def invocation_result(data: Json) -> InvocationResult | None:
    """The end of an invocation, out of its event or its resource; None while it has not ended."""
    outcome = _ENDED.get(str(data.get("relay_status") or data.get("status")))
    if outcome is None:
        return None
    return InvocationResult(
        invocation_id=data["invocation_id"],
        action=data["action_name"],
        outcome=outcome,
        output=data.get("output"),
        error_code=data.get("error_code") or "",
        error=data.get("error") or "",
        approval_id=data.get("approval_id"),
    )
