"""Changing what was said. The log keeps every version; the views show the newest."""

from __future__ import annotations

from relay_tui.core import commands as c
from relay_tui.core import events as e
from relay_tui.core import text
from relay_tui.core.content import checked_blocks
from relay_tui.core.decide.context import (
    Asked,
    Decision,
    Ref,
    channel_or_refuse,
    is_person,
    message_or_refuse,
    writable_or_refuse,
)
from relay_tui.core.decide.deliveries import may_become, settled
from relay_tui.core.decide.mentions import named
from relay_tui.core.errors import Refused
from relay_tui.core.model import Disposition, Message
from relay_tui.core.views.state import State


def edit(state: State, asked: Asked) -> Decision:
    command: c.EditMessage = asked.command
    message = _changeable_or_refuse(state, command.message_id)
    if asked.actor.id != message.sender_id:
        raise Refused("forbidden", "Only who said it can say it differently.", "A person can delete it.")
    if not text.is_storable(command.text):
        raise Refused("invalid_text", "The text holds characters that are not Unicode text (NUL or lone surrogates).")
    blocks = message.blocks if command.blocks is None else checked_blocks(command.blocks)
    strict = command.strict_mentions
    fresh = named(state, message.channel_id, command.text, message.sender_id, strict=strict)
    mentions = list(dict.fromkeys((*message.mentions, *fresh)))
    events: list[e.Event] = []
    if (command.text, blocks, mentions) != (message.text, message.blocks, list(message.mentions)):
        events.append(
            e.MessageEdited(message.id, command.text, blocks, mentions, _new_recipients(state, message, fresh))
        )
    return Decision(events, Ref("message", (message.id,)))


def delete(state: State, asked: Asked) -> Decision:
    message = message_or_refuse(state, asked.command.message_id)
    if message.deleted_at is not None:
        return Decision([], Ref("message", (message.id,)))
    message = _changeable_or_refuse(state, message.id)
    if asked.actor.id != message.sender_id and not is_person(asked.actor):
        raise Refused("forbidden", "Only its sender or a person can delete a message.")
    events: list[e.Event] = [e.MessageDeleted(message.id)]
    reason = f"deleted by {asked.actor.name}"
    for agent_id in _not_yet_shown(state, message):
        events.append(settled(state, message, agent_id, Disposition.CANCELLED, reason))
    return Decision(events, Ref("message", (message.id,)))


def _changeable_or_refuse(state: State, message_id: str) -> Message:
    message = message_or_refuse(state, message_id)
    if message.deleted_at is not None:
        raise Refused("message_deleted", "That message was deleted.", "Send another one.")
    writable_or_refuse(channel_or_refuse(state, message.channel_id))
    return message


def _new_recipients(state: State, message: Message, mentions: list[str]) -> list[str]:
    """Agents that the edit names and that the message did not go to before."""
    due: list[str] = []
    for agent_id in mentions:
        if state.agents[agent_id].type != "agent" or state.delivery(message.id, agent_id) is not None:
            continue
        stay = state.stay(message.channel_id, agent_id, message.channel_seq) if message.channel_seq else None
        if stay is None or stay.muted:
            due.append(agent_id)
    return due


def _not_yet_shown(state: State, message: Message) -> list[str]:
    """Agents that are due the message and do not have it in their context."""
    with_row = {d.agent_id: d for d in state.deliveries_of(message.id)}
    due = [d.agent_id for d in with_row.values() if may_become(d, Disposition.CANCELLED) and d.open]
    stays = state.stays(message.channel_id, message.channel_seq) if message.channel_seq else []
    for stay in stays:
        agent = state.agents[stay.agent_id]
        present = agent.type == "agent" and agent.removed_at is None and not stay.muted
        if present and agent.id != message.sender_id and agent.id not in with_row:
            due.append(agent.id)
    return sorted(due, key=int)
