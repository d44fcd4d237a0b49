"""Saying something: where it goes, whom it names, and what it answers."""

from __future__ import annotations

from relay_tui.core import commands as c
from relay_tui.core import events as e
from relay_tui.core import text
from relay_tui.core.content import checked_attachments, checked_blocks
from relay_tui.core.decide.context import (
    Asked,
    Decision,
    Ref,
    agent_named_or_refuse,
    channel_named_or_refuse,
    channel_or_refuse,
    member_or_refuse,
    message_or_refuse,
    writable_or_refuse,
)
from relay_tui.core.decide.deliveries import is_recipient, raised
from relay_tui.core.decide.mentions import named as named_in
from relay_tui.core.errors import Refused
from relay_tui.core.model import Agent, Channel, Evidence, Message, Reached
from relay_tui.core.views.state import State


def send(state: State, asked: Asked) -> Decision:
    command: c.SendMessage = asked.command
    _storable_or_refuse(command.text)
    if command.to.startswith("@"):
        return _send_direct(state, asked, command)
    if command.to.startswith("#"):
        channel = channel_named_or_refuse(state, command.to[1:])
    else:
        channel = channel_or_refuse(state, command.to)
    writable_or_refuse(channel)
    member_or_refuse(state, channel, asked.actor)
    if channel.kind == "dm" and len(state.members(channel.id)) < 2:
        raise Refused("agent_not_found", "The other side of that conversation was removed.")
    event = _created(state, asked, channel.id, channel.last_seq + 1, command)
    events: list[e.Event] = [event]
    if channel.kind != "channel" and state.expected.get(channel.id):
        event.answers = _discharged_in_conversation(state, asked, channel)
    if channel.kind == "dm":
        events += _answers_in_dm(state, asked, channel, event)
    elif event.mentions:
        members = state.members(channel.id)
        for agent_id in event.mentions:
            member = members.get(agent_id)
            if (member is None or member.muted) and state.agents[agent_id].type == "agent":
                event.explicit.append(agent_id)
    return Decision(events, Ref("message", (event.message_id,)))


def _send_direct(state: State, asked: Asked, command: c.SendMessage) -> Decision:
    other = agent_named_or_refuse(state, command.to[1:])
    if other.id == asked.actor.id:
        raise Refused("invalid_request", "A direct message needs somebody else to go to.")
    key = dm_key(asked.actor, other)
    channel_id = state.channel_ids.get(("dm", key))
    events: list[e.Event] = []
    if channel_id is None:
        channel_id = asked.new_id()
        events = [
            e.ChannelCreated(channel_id, "dm", key, "", {}),
            e.MemberJoined(channel_id, asked.actor.id, "member", 0),
            e.MemberJoined(channel_id, other.id, "member", 0),
        ]
        event = _created(state, asked, channel_id, 1, command)
        event.mentions = [agent_id for agent_id in event.mentions if agent_id == other.id]
        return Decision([*events, event], Ref("message", (event.message_id,)))
    channel = state.channels[channel_id]
    event = _created(state, asked, channel_id, channel.last_seq + 1, command)
    if state.expected.get(channel_id):
        event.answers = _discharged_in_conversation(state, asked, channel)
    return Decision([event, *_answers_in_dm(state, asked, channel, event)], Ref("message", (event.message_id,)))


def reply(state: State, asked: Asked) -> Decision:
    command: c.Reply = asked.command
    _storable_or_refuse(command.text)
    named = message_or_refuse(state, command.message_id)
    root = named if named.thread_id is None else message_or_refuse(state, named.thread_id)
    channel = channel_or_refuse(state, root.channel_id)
    writable_or_refuse(channel)
    thread = state.thread(root.id)
    participants = thread.participants if thread else [root.sender_id, *root.mentions]
    if asked.actor.id not in participants:
        member_or_refuse(state, channel, asked.actor)
    if root.deleted_at is not None and thread is None:
        raise Refused("message_deleted", "That message was deleted.", "Send a new one instead.")
    event = _created(state, asked, channel.id, 0, command)
    event.thread_id = root.id
    if state.expected.get(channel.id):
        event.answers = _discharged_in_thread(state, asked, root, channel)
    named_here = dict.fromkeys([*participants, *event.mentions])
    if channel.kind != "channel":
        named_here |= dict.fromkeys(sorted(state.members(channel.id), key=int))
    event.explicit = [
        a for a in named_here if a != asked.actor.id and state.agents[a].type == "agent" and _present(state, a)
    ]
    answered = _answers_in_thread(state, asked, root, named)
    return Decision([event, *answered], Ref("message", (event.message_id,)))


def dm_key(one: Agent, other: Agent) -> str:
    """The name of the conversation of two agents, the same from both sides."""
    return ":".join(sorted((one.id, other.id), key=int))


def _created(
    state: State, asked: Asked, channel_id: str, channel_seq: int, command: c.SendMessage | c.Reply
) -> e.MessageCreated:
    event = e.MessageCreated(
        asked.new_id(),
        channel_id,
        channel_seq,
        asked.actor.id,
        command.text,
        None,
        command.mode,
        named_in(state, channel_id, command.text, asked.actor.id, strict=command.strict_mentions),
        [],
        command.data,
    )
    if command.attachments:
        event.attachments = checked_attachments(state, command.attachments)
    if command.blocks:
        event.blocks = checked_blocks(command.blocks)
    if command.reply_by is not None or command.expects_reply:
        if command.reply_by is not None and command.reply_by <= asked.at:
            raise Refused("invalid_deadline", "That deadline is over.", "Give a later one, or none.")
        event.expects_reply = True
        event.reply_by = command.reply_by
    return event


def _expected(state: State, asked: Asked, channel_id: str) -> list[Message]:
    """Messages of the channel whose reply the caller owes, oldest first; an agent owes one that it was handed."""
    owed: list[Message] = []
    for expectation in state.expected.get(channel_id, {}).values():
        if expectation.sender_id == asked.actor.id:
            continue
        if expectation.waiting_on and asked.actor.id not in expectation.waiting_on:
            continue
        owed.append(message_or_refuse(state, expectation.message_id))
    return owed


def _discharged_in_thread(state: State, asked: Asked, root: Message, channel: Channel) -> list[str] | None:
    """What a reply in the thread is the expected reply to."""
    owed = _expected(state, asked, channel.id)
    return [m.id for m in owed if m.id == root.id or m.thread_id == root.id] or None


def _discharged_in_conversation(state: State, asked: Asked, channel: Channel) -> list[str] | None:
    """Outside of threads a message is the reply to the oldest that expects one and was shown to its sender."""
    for message in _expected(state, asked, channel.id):
        delivery = state.delivery(message.id, asked.actor.id)
        if asked.actor.type != "agent" or (delivery is not None and delivery.reached > Reached.QUEUED):
            return [message.id]
    return None


def _answers_in_thread(state: State, asked: Asked, root: Message, named: Message) -> list[e.Event]:
    """A reply answers what it names and its root, and every message of the thread that its sender was handed."""
    if asked.actor.type != "agent":
        return []
    answered: list[e.Event] = []
    for message in state.thread_messages(root.id):
        if message.sender_id == asked.actor.id:
            continue
        delivery = state.delivery(message.id, asked.actor.id)
        if message.id in {root.id, named.id}:
            was_due = is_recipient(state, message, asked.actor.id)
        else:
            was_due = delivery is not None and (delivery.attempts > 0 or delivery.reached > Reached.QUEUED)
        if was_due and (delivery is None or delivery.reached < Reached.ANSWERED):
            how = "in the thread"
            answered.append(raised(state, message, asked.actor.id, Reached.ANSWERED, Evidence.REPLY, how))
    return answered


def _answers_in_dm(state: State, asked: Asked, channel: Channel, event: e.MessageCreated) -> list[e.Event]:
    """A direct message answers what it is the expected reply to, else the oldest that its sender was handed."""
    if asked.actor.type != "agent":
        return []
    expected = [message_or_refuse(state, message_id) for message_id in event.answers or ()]
    recent = state.channel_messages(channel.id, max(0, channel.last_seq - 50), channel.last_seq + 1)
    for message in expected or recent:
        delivery = state.delivery(message.id, asked.actor.id)
        if delivery is not None and Reached.QUEUED < delivery.reached < Reached.ANSWERED:
            how = "by a direct message"
            return [raised(state, message, asked.actor.id, Reached.ANSWERED, Evidence.REPLY, how)]
    return []


def _present(state: State, agent_id: str) -> bool:
    return state.agents[agent_id].removed_at is None


def _storable_or_refuse(value: str) -> None:
    if not text.is_storable(value):
        raise Refused("invalid_text", "The text holds characters that are not Unicode text (NUL or lone surrogates).")
