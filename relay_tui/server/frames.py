"""The frames of the node socket: checked on the way in, exact on the way out (clients refuse unknown keys)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field

from relay_tui.core.model import Agent, Channel, Invocation, InvocationStatus, Json, Message
from relay_tui.core.session import DeliverableMessage
from relay_tui.server.wire import invocation_error, iso_or_none, wire_mode

RECEIPTS = "relay:receipts-v1"
"""Capability: the client says when its handler has returned."""
NO_DELIVERIES = "relay:no-deliveries-v1"
"""Capability: the client wants events only, and no messages."""


class Frame(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Provider(Frame):
    name: str = Field(default="default", max_length=200)
    instance_id: str = Field(default="", max_length=200)


class Capability(Frame):
    name: str = Field(max_length=200)
    kind: str | None = Field(None, max_length=50)


class NodeRegister(Frame):
    name: str = Field("", max_length=200)
    node_id: str | None = Field(None, max_length=200)
    provider: Provider | None = None
    capabilities: Annotated[list[Capability], Field(max_length=500)] = []


class DeliveryAck(Frame):
    agent: str = Field(max_length=200)
    up_to_seq: int = Field(ge=0, lt=2**63)


class DeliveryReceipt(Frame):
    delivery_id: str = Field(max_length=200)
    outcome: Literal["delivered", "failed"]
    error: str = Field("", max_length=2_000)


def reply(frame_id: Any, data: Json) -> bytes:
    return orjson.dumps({"v": 1, "id": frame_id, "type": "reply", "ok": True, "data": data})


def error(frame_id: Any, code: str, message: str) -> bytes:
    return orjson.dumps({"v": 1, "id": frame_id, "type": "error", "ok": False, "code": code, "message": message})


def deliver(agent: Agent, message: DeliverableMessage) -> bytes:
    return _deliver(
        agent,
        delivery_id=message.delivery_id,
        msg_id=message.message_id,
        seq=message.wire_seq,
        mode=wire_mode(message.mode),
        event=message.wire_type,
        data=message.wire_data,
    )


def outcome(agent: Agent, found: Invocation, words: str) -> bytes:
    """How an invocation of `agent` ended, as an ephemeral frame: seq 0, not acknowledged, not repeated."""
    event = _OUTCOMES.get(found.status, "action.failed")
    data = {
        "invocation_id": found.id,
        "action_name": found.action,
        "caller_name": agent.name,
        "handler_agent_id": None,
        "status": "completed" if event == "action.completed" else "failed",
        "relay_status": found.status.value,
        "output": found.output,
        "error": words or invocation_error(found),
        "error_code": found.error_code or None,
        "approval_id": found.approval_id,
    }
    return _deliver(
        agent,
        delivery_id=f"evt_{event}_{found.id}_{agent.id}",
        msg_id=found.id,
        seq=0,
        mode="wait",
        event=event,
        data=data,
    )


def reacted(agent: Agent, message_id: str, emoji: str, by: Agent, action: Literal["added", "removed"]) -> bytes:
    """Somebody's reaction to what `agent` said, as an ephemeral frame."""
    data = {"message_id": message_id, "emoji": emoji, "agent_id": by.id, "agent_name": by.name, "action": action}
    return _event(agent, "message.reacted", message_id, f"{by.id}_{action}", data)


def updated(agent: Agent, message: Message, channel: Channel) -> bytes:
    """What a message says since it was edited or deleted, as an ephemeral frame."""
    said = {
        "id": message.id,
        "agent_id": message.sender_id,
        "text": message.text,
        "edited_at": iso_or_none(message.edited_at),
        "deleted_at": iso_or_none(message.deleted_at),
    }
    name = channel.name if channel.kind == "channel" else None
    data = {"channel": name, "channel_id": channel.id, "message": said}
    changed = message.deleted_at or message.edited_at
    return _event(agent, "message.updated", message.id, str(changed), data)


def _event(agent: Agent, event: str, msg_id: str, what: str, data: Json) -> bytes:
    delivery_id = f"evt_{event}_{msg_id}_{what}_{agent.id}"
    return _deliver(agent, delivery_id=delivery_id, msg_id=msg_id, seq=0, mode="wait", event=event, data=data)


_OUTCOMES = {
    InvocationStatus.COMPLETED: "action.completed",
    InvocationStatus.DENIED: "action.denied",
    InvocationStatus.REJECTED: "action.denied",
}


def _deliver(agent: Agent, *, delivery_id: str, msg_id: str, seq: int, mode: str, event: str, data: Json) -> bytes:
    return orjson.dumps(
        {
            "v": 1,
            "type": "deliver",
            "delivery_id": delivery_id,
            "agent_id": agent.id,
            "agent": agent.name,
            "msg_id": msg_id,
            "seq": seq,
            "mode": mode,
            "payload": {"type": event, "data": data},
        }
    )
