"""A stored message as a recipient gets it, with the wire's own shape of it for sessions that speak the wire."""

from __future__ import annotations

from typing import Literal

from relay_tui.core.clock import iso
from relay_tui.core.content import described, said_in
from relay_tui.core.ids import delivery_id
from relay_tui.core.model import Agent, Channel, Json, Message
from relay_tui.core.session import DeliverableMessage

WireType = Literal["message.created", "thread.reply", "dm.received", "group_dm.received"]


def deliverable(message: Message, wire_seq: int, sender: Agent, channel: Channel, to: Agent) -> DeliverableMessage:
    kind = wire_type(message, channel)
    return DeliverableMessage(
        message_id=message.id,
        delivery_id=delivery_id(message.id, to.id),
        sender=sender.name,
        target=f"#{channel.name}" if channel.kind == "channel" else f"@{to.name}",
        text=_as_text(message),
        thread_id=message.thread_id,
        mode=message.mode,
        created_at=message.created_at,
        wire_seq=wire_seq,
        wire_type=kind,
        wire_data=_wire_data(message, sender, channel, kind),
    )


def wire_type(message: Message, channel: Channel) -> WireType:
    if channel.kind == "dm":
        return "dm.received"
    if channel.kind == "group":
        return "group_dm.received"
    return "message.created" if message.thread_id is None else "thread.reply"


def _as_text(message: Message) -> str:
    """The text, and lines for what else there is: where only text goes, nothing is dropped in silence."""
    lines = [line for line in said_in(message.blocks) if line != message.text]
    lines += [f"[attached] {described(attachment)}" for attachment in message.attachments or ()]
    if message.expects_reply:
        by = f" by {iso(message.reply_by)}" if message.reply_by is not None else ""
        lines.append(f"[a reply is wanted{by}]")
    return "\n".join((message.text, *lines))


def _wire_data(message: Message, sender: Agent, channel: Channel, kind: WireType) -> Json:
    data: Json = {
        "id": message.id,
        "channel_id": channel.id,
        "agent_id": sender.id,
        "agent_name": sender.name,
        "agent_type": sender.type,
        "from_name": sender.name,
        "text": message.text,
        "blocks": message.blocks,
        "metadata": message.data or {},
        "attachments": message.attachments or [],
        "has_attachments": bool(message.attachments),
        "thread_id": message.thread_id,
        "created_at": iso(message.created_at),
        "injection_mode": "steer" if message.mode.value in {"immediate", "next-tool-call"} else "wait",
    }
    if message.expects_reply:
        data |= {"expects_reply": True, "reply_by": iso(message.reply_by) if message.reply_by is not None else None}
    if kind in {"message.created", "thread.reply"}:
        return data | {"channel_name": channel.name}
    inner = {key: data[key] for key in ("id", "agent_id", "agent_name", "agent_type", "text", "attachments")}
    inner["injection_mode"] = data["injection_mode"]
    return data | {"conversation_id": channel.id, "message": inner}
