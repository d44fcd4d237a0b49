"""The shapes of the Agent Relay v1 wire: model in, plain JSON out. Ids are decimal strings, times ISO with `Z`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from relay_tui.core.clock import iso
from relay_tui.core.model import (
    Action,
    Agent,
    Approval,
    Channel,
    Invocation,
    InvocationStatus,
    Json,
    Member,
    Message,
    Mode,
    Workspace,
)
from relay_tui.core.model_talk import Reaction, ReactionCount, ThreadState

if TYPE_CHECKING:
    from relay_tui.server.service import Who

_STEER = frozenset({Mode.IMMEDIATE, Mode.NEXT_TOOL_CALL})
_MODES = {"wait": Mode.ON_IDLE, "steer": Mode.NEXT_TOOL_CALL, **{mode.value: mode for mode in Mode}}
_WIRE_STATUS = {
    InvocationStatus.REQUESTED: "pending",
    InvocationStatus.AWAITING_APPROVAL: "pending",
    InvocationStatus.APPROVED: "dispatched",
    InvocationStatus.RUNNING: "invoked",
    InvocationStatus.COMPLETED: "completed",
}


def iso_or_none(at: int | None) -> str | None:
    return None if at is None else iso(at)


def wire_mode(mode: Mode) -> str:
    """The wire knows two boundaries: `wait` and `steer`."""
    return "steer" if mode in _STEER else "wait"


def mode_of(word: str) -> Mode | None:
    """A wire mode, or one of ours by its own name; None when it is neither."""
    return _MODES.get(word)


def workspace(found: Workspace) -> Json:
    return {
        "id": found.id,
        "name": found.name,
        "system_prompt": None,
        "plan": "free",
        "metadata": {},
        "api_key_hash": found.key_hash,
        "created_at": iso(found.created_at),
    }


def agent(found: Agent, workspace_id: str, status: str, last_seen: int | None) -> Json:
    return {
        "id": found.id,
        "workspace_id": workspace_id,
        "name": found.name,
        "handle": found.name,
        "type": found.type,
        "status": status,
        "persona": found.persona,
        "capabilities": [],
        "metadata": found.metadata,
        # The Python client's model wants the key; a hash of 256 random bits says nothing, but nobody needs it either.
        "token_hash": "",
        "last_seen": iso(last_seen or found.created_at),
        "created_at": iso(found.created_at),
    }


def channel(found: Channel, workspace_id: str, created_by: str, member_count: int) -> Json:
    return {
        "id": found.id,
        "workspace_id": workspace_id,
        "name": found.name,
        "channel_type": 0,
        "topic": found.topic,
        "metadata": found.metadata,
        "created_by": created_by,
        "created_at": iso(found.created_at),
        "is_archived": found.archived_at is not None,
        "member_count": member_count,
    }


def member(found: Member, who: Mapping[str, Who]) -> Json:
    return {
        "agent_id": found.agent_id,
        "agent_name": who[found.agent_id].name,
        "role": found.role,
        "joined_at": iso(found.joined_at),
        "is_muted": found.muted,
    }


def message(
    found: Message,
    who: Mapping[str, Who],
    channel_name: str,
    members: Iterable[Member] = (),
    reactions: Iterable[ReactionCount] = (),
) -> Json:
    sender = who[found.sender_id]
    readers = sum(
        1 for one in members if found.channel_seq and one.agent_id != sender.id and one.read_seq >= found.channel_seq
    )
    return {
        "id": found.id,
        "channel_id": found.channel_id,
        "channel_name": channel_name,
        "agent_id": sender.id,
        "agent_name": sender.name,
        "agent_type": sender.type,
        "text": found.text,
        "blocks": found.blocks,
        "metadata": found.data or {},
        "has_attachments": bool(found.attachments),
        "thread_id": found.thread_id,
        "attachments": found.attachments or [],
        "created_at": iso(found.created_at),
        "reply_count": found.reply_count,
        "reactions": [reaction_count(one, who) for one in reactions],
        "read_by_count": readers,
        "mentions": [who[agent_id].name for agent_id in found.mentions if agent_id in who],
        "injection_mode": wire_mode(found.mode),
        **_ours(found),
    }


def _ours(found: Message) -> Json:
    """What the wire has no field for, where there is any."""
    more: Json = {}
    if found.expects_reply:
        more |= {"expects_reply": True, "reply_by": iso_or_none(found.reply_by)}
    if found.edited_at is not None:
        more["edited_at"] = iso(found.edited_at)
    if found.deleted_at is not None:
        more["deleted_at"] = iso(found.deleted_at)
    return more


def reaction_count(found: ReactionCount, who: Mapping[str, Who]) -> Json:
    agents = [who[agent_id].name for agent_id in found.agent_ids]
    return {"emoji": found.emoji, "count": len(agents), "agents": agents}


def thread(found: ThreadState, who: Mapping[str, Who]) -> Json:
    return {
        "root_id": found.root_id,
        "channel_id": found.channel_id,
        "reply_count": found.reply_count,
        "unread_count": found.unread,
        "last_reply_at": iso_or_none(found.last_reply_at),
        "last_reply_by": who[found.last_reply_by].name if found.last_reply_by else None,
    }


def reaction(found: Reaction, agent_name: str) -> Json:
    return {
        "id": f"rct_{found.seq}",
        "message_id": found.message_id,
        "agent_name": agent_name,
        "emoji": found.emoji,
        "created_at": iso(found.at),
    }


def dm_sent(found: Message, who: Mapping[str, Who], to: str) -> Json:
    sender = who[found.sender_id]
    return {
        "conversation_id": found.channel_id,
        "message": {
            "id": found.id,
            "agent_id": sender.id,
            "agent_name": sender.name,
            "agent_type": sender.type,
            "text": found.text,
            "injection_mode": wire_mode(found.mode),
            "attachments": found.attachments or [],
        },
        "id": found.id,
        "from_agent_id": sender.id,
        "to": to,
        "text": found.text,
        "created_at": iso(found.created_at),
        **_ours(found),
    }


def last_message(found: Message | None, who: Mapping[str, Who]) -> Json | None:
    if found is None:
        return None
    sender = who[found.sender_id]
    return {
        "id": found.id,
        "agent_id": sender.id,
        "agent_name": sender.name,
        "text": found.text,
        "created_at": iso(found.created_at),
    }


def conversation(
    found: Channel, participants: Sequence[str], who: Mapping[str, Who], last: Message | None, unread: int
) -> Json:
    return {
        "id": found.id,
        "type": "1:1" if found.kind == "dm" else "group",
        "name": None if found.kind == "dm" else found.name,
        "participants": [{"agent_id": one, "agent_name": who[one].name} for one in participants],
        "last_message": last_message(last, who),
        "unread_count": unread,
        "created_at": iso(found.created_at),
    }


def action(found: Action, handler: str) -> Json:
    return {
        "id": f"act_{found.name}",
        "name": found.name,
        "description": found.description,
        "handler_agent": handler,
        "handler_agent_id": found.registered_by,
        "handler_node": None,
        "input_schema": found.input_schema,
        "output_schema": found.output_schema,
        "available_to": None,
        "created_at": iso(found.registered_at),
    }


def invocation_error(found: Invocation) -> str | None:
    """What went wrong, in words; None while nothing has."""
    if found.status not in _WIRE_STATUS:
        return found.error or found.reason or found.error_code or found.status.value
    return None


def invocation(found: Invocation, caller_name: str, words: str = "") -> Json:
    """`words`: what the operator said with a denial. `relay_status` is our own, finer word for `status`."""
    finished = found.finished_at
    duration = finished - found.started_at if finished is not None and found.started_at is not None else None
    return {
        "invocation_id": found.id,
        "action_name": found.action,
        "caller_id": found.caller_id,
        "caller_name": caller_name,
        "handler_agent_id": None,
        "handler_node_id": None,
        "dispatched_node_id": None,
        "input": found.input,
        "output": found.output,
        "status": _WIRE_STATUS.get(found.status, "failed"),
        "relay_status": found.status.value,
        "error": words or invocation_error(found),
        "error_code": found.error_code or None,
        "approval_id": found.approval_id,
        "duration_ms": duration,
        "created_at": iso(found.created_at),
        "completed_at": iso_or_none(finished),
    }


def approval(found: Approval, caller_name: str) -> Json:
    return {
        "approval_id": found.id,
        "invocation_id": found.invocation_id,
        "action_name": found.action,
        "caller_id": found.caller_id,
        "caller_name": caller_name,
        "request": found.request,
        "request_hash": found.request_hash,
        "requested_at": iso(found.requested_at),
        "expires_at": iso(found.expires_at),
        "rule": found.rule,
        "reason": found.reason,
        "decision": found.decision or None,
        "decided_by": found.decided_by,
        "decided_at": iso_or_none(found.decided_at),
        "words": found.words,
    }
