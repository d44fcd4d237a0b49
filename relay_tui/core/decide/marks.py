"""What is put on a message that is there: reactions, pins, the end of waiting for its reply; reading a thread."""

from __future__ import annotations

from relay_tui.core import commands as c
from relay_tui.core import events as e
from relay_tui.core.decide.context import (
    Asked,
    Decision,
    Ref,
    channel_or_refuse,
    is_person,
    member_or_refuse,
    message_or_refuse,
    writable_or_refuse,
)
from relay_tui.core.decide.deliveries import is_recipient, raised
from relay_tui.core.errors import Refused
from relay_tui.core.model import Evidence, Message, Reached
from relay_tui.core.text import is_storable
from relay_tui.core.views.state import State

_JOINS = "\u200d\ufe0e\ufe0f"
"""Invisible parts of emoji sequences: joiner and presentation selectors (tags are checked by range)."""


def react(state: State, asked: Asked) -> Decision:
    command: c.AddReaction = asked.command
    _emoji_or_refuse(command.emoji)
    message = _visible_or_refuse(state, asked, command.message_id)
    key = (message.id, asked.actor.id, command.emoji)
    known = state.reaction(*key)
    events: list[e.Event] = []
    if known is None or known.removed_at is not None:
        events.append(e.ReactionAdded(*key, message.sender_id))
    if asked.actor.type == "agent" and is_recipient(state, message, asked.actor.id):
        delivery = state.delivery(message.id, asked.actor.id)
        if delivery is None or delivery.reached < Reached.ACKNOWLEDGED:
            how = f"reacted with {command.emoji}"
            events.append(raised(state, message, asked.actor.id, Reached.ACKNOWLEDGED, Evidence.REACTION, how))
    return Decision(events, Ref("reaction", key))


def unreact(state: State, asked: Asked) -> Decision:
    command: c.RemoveReaction = asked.command
    key = (message_or_refuse(state, command.message_id).id, asked.actor.id, command.emoji)
    known = state.reaction(*key)
    if known is None:
        raise Refused("reaction_not_found", f"{asked.actor.name} has not reacted to that message with that.")
    events: list[e.Event] = [] if known.removed_at is not None else [e.ReactionRemoved(*key)]
    return Decision(events, Ref("reaction", key))


def pin(state: State, asked: Asked) -> Decision:
    message = _visible_or_refuse(state, asked, asked.command.message_id)
    known = state.pin(message.id)
    events: list[e.Event] = []
    if known is None or known.unpinned_at is not None:
        events.append(e.MessagePinned(message.id, message.channel_id))
    return Decision(events, Ref("pin", (message.id,)))


def unpin(state: State, asked: Asked) -> Decision:
    message = _visible_or_refuse(state, asked, asked.command.message_id)
    known = state.pin(message.id)
    if known is None:
        raise Refused("pin_not_found", "That message is not pinned.")
    events: list[e.Event] = [] if known.unpinned_at is not None else [e.MessageUnpinned(message.id)]
    return Decision(events, Ref("pin", (message.id,)))


def waive(state: State, asked: Asked) -> Decision:
    message = message_or_refuse(state, asked.command.message_id)
    expectation = state.expectation(message.id)
    if expectation is None:
        raise Refused("expectation_not_found", "That message asks for no reply.")
    if asked.actor.id != message.sender_id and not is_person(asked.actor):
        raise Refused("forbidden", "Only its sender or a person can stop waiting for that reply.")
    events: list[e.Event] = [] if expectation.closed_at is not None else [e.ReplyWaived(message.id)]
    return Decision(events, Ref("expectation", (message.id,)))


def mark_thread_read(state: State, asked: Asked) -> Decision:
    message = message_or_refuse(state, asked.command.message_id)
    root_id = message.thread_id or message.id
    thread = state.thread(root_id)
    if thread is None:
        raise Refused("thread_not_found", "That message has no replies.")
    if asked.actor.id not in thread.participants:
        member_or_refuse(state, channel_or_refuse(state, message.channel_id), asked.actor)
    replies = thread.reply_count if message.thread_id is None else state.replies_up_to(root_id, message.seq)
    known = state.thread_read(root_id, asked.actor.id)
    events: list[e.Event] = []
    if known is None or known.read_replies < replies:
        events.append(e.ThreadReadMarked(root_id, asked.actor.id, replies))
    events += _acknowledged_in_thread(state, asked, message, root_id)
    return Decision(events, Ref("thread_read", (root_id, asked.actor.id)))


def _acknowledged_in_thread(state: State, asked: Asked, message: Message, root_id: str) -> list[e.Event]:
    """An agent that marks a reply has read it, and the replies that it was handed before; the root means all."""
    if asked.actor.type != "agent":
        return []
    found: list[e.Event] = []
    for reply in state.thread_messages(root_id):
        delivery = state.delivery(reply.id, asked.actor.id)
        if delivery is None or delivery.reached >= Reached.ACKNOWLEDGED or reply.id == root_id:
            continue
        handed = delivery.attempts > 0 or delivery.reached > Reached.QUEUED
        if reply.id == message.id or (handed and (message.id == root_id or reply.seq < message.seq)):
            how = "marked as read by the agent"
            found.append(raised(state, reply, asked.actor.id, Reached.ACKNOWLEDGED, Evidence.READ_MARK, how))
    return found


def _visible_or_refuse(state: State, asked: Asked, message_id: str) -> Message:
    """A message that the caller is shown, in a place that takes marks."""
    message = message_or_refuse(state, message_id)
    channel = channel_or_refuse(state, message.channel_id)
    writable_or_refuse(channel)
    if message.deleted_at is not None:
        raise Refused("message_deleted", "That message was deleted.")
    if message.sender_id != asked.actor.id and not is_recipient(state, message, asked.actor.id):
        member_or_refuse(state, channel, asked.actor)
    return message


def _emoji_or_refuse(emoji: str) -> None:
    seen = [char for char in emoji if char not in _JOINS and not 0xE0020 <= ord(char) <= 0xE007F]
    if not seen or not is_storable(emoji) or not all(char.isprintable() and not char.isspace() for char in seen):
        raise Refused("invalid_emoji", "A reaction is an emoji, or its name.", "Give it as `👍` or `thumbsup`.")
