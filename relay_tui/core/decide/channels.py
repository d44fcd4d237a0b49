"""Where messages go: channels, group conversations, and who is in them."""

from __future__ import annotations

from relay_tui.core import commands as c
from relay_tui.core import events as e
from relay_tui.core.decide.agents import merge
from relay_tui.core.decide.context import (
    Asked,
    Decision,
    Ref,
    agent_named_or_refuse,
    agent_or_refuse,
    channel_or_refuse,
    is_person,
    member_or_refuse,
    message_or_refuse,
    writable_or_refuse,
)
from relay_tui.core.decide.deliveries import is_recipient, raised
from relay_tui.core.errors import Refused
from relay_tui.core.model import Channel, Evidence, Member, Message, Reached
from relay_tui.core.views.state import State

MAX_GROUP = 50
"""Members of a group conversation."""


def create(state: State, asked: Asked) -> Decision:
    command: c.CreateChannel = asked.command
    if ("channel", command.name.lower()) in state.channel_ids:
        raise Refused("channel_already_exists", f"#{command.name} exists already.", "Join it, or choose another name.")
    channel_id = asked.new_id()
    events: list[e.Event] = [
        e.ChannelCreated(channel_id, "channel", command.name, command.topic, command.metadata),
    ]
    if asked.actor.type != "system":
        events.append(e.MemberJoined(channel_id, asked.actor.id, "owner", 0))
    return Decision(events, Ref("channel", (channel_id,)))


def update(state: State, asked: Asked) -> Decision:
    command: c.UpdateChannel = asked.command
    channel = named_channel_or_refuse(state, command.channel_id)
    writable_or_refuse(channel)
    topic = channel.topic if command.topic is None else command.topic
    metadata = merge(channel.metadata, command.metadata)
    events: list[e.Event] = []
    if (topic, metadata) != (channel.topic, channel.metadata):
        events.append(e.ChannelUpdated(channel.id, topic, metadata))
    return Decision(events, Ref("channel", (channel.id,)))


def archive(state: State, asked: Asked) -> Decision:
    channel = named_channel_or_refuse(state, asked.command.channel_id)
    events: list[e.Event] = [] if channel.archived_at else [e.ChannelArchived(channel.id)]
    return Decision(events, Ref("channel", (channel.id,)))


def unarchive(state: State, asked: Asked) -> Decision:
    channel = named_channel_or_refuse(state, asked.command.channel_id)
    events: list[e.Event] = [e.ChannelUnarchived(channel.id)] if channel.archived_at else []
    return Decision(events, Ref("channel", (channel.id,)))


def join(state: State, asked: Asked) -> Decision:
    command: c.JoinChannel = asked.command
    channel = _open_or_refuse(state, command.channel_id)
    writable_or_refuse(channel)
    joining = asked.actor if command.agent_id is None else agent_or_refuse(state, command.agent_id)
    if channel.kind == "group" or (joining.id != asked.actor.id and not is_person(asked.actor)):
        member_or_refuse(state, channel, asked.actor)
    events: list[e.Event] = []
    if joining.id not in state.members(channel.id):
        if channel.kind == "group" and len(state.members(channel.id)) >= MAX_GROUP:
            raise Refused("group_full", f"A group has at most {MAX_GROUP} members.", "Create a channel instead.")
        events.append(e.MemberJoined(channel.id, joining.id, "member", channel.last_seq))
    return Decision(events, Ref("member", (channel.id, joining.id)))


def leave(state: State, asked: Asked) -> Decision:
    command: c.LeaveChannel = asked.command
    channel = _open_or_refuse(state, command.channel_id)
    leaving = asked.actor if command.agent_id is None else agent_or_refuse(state, command.agent_id)
    if leaving.id != asked.actor.id:
        _owner_or_refuse(state, channel, asked)
    member_or_refuse(state, channel, leaving)
    return Decision([e.MemberLeft(channel.id, leaving.id, channel.last_seq)], Ref("channel", (channel.id,)))


def set_role(state: State, asked: Asked) -> Decision:
    command: c.SetRole = asked.command
    channel = _open_or_refuse(state, command.channel_id)
    writable_or_refuse(channel)
    _owner_or_refuse(state, channel, asked)
    member = member_or_refuse(state, channel, agent_or_refuse(state, command.agent_id))
    owners = [m.agent_id for m in state.members(channel.id).values() if m.role == "owner"]
    if command.role != "owner" and owners == [member.agent_id]:
        raise Refused("last_owner", "Somebody has to own that channel.", "Name another owner first.")
    events: list[e.Event] = []
    if member.role != command.role:
        events.append(e.RoleSet(channel.id, member.agent_id, command.role))
    return Decision(events, Ref("member", (channel.id, member.agent_id)))


def mute(state: State, asked: Asked) -> Decision:
    command: c.MuteChannel = asked.command
    channel = channel_or_refuse(state, command.channel_id)
    if channel.kind == "dm":
        raise Refused("channel_not_found", "A direct conversation cannot be muted.")
    member = member_or_refuse(state, channel, asked.actor)
    events: list[e.Event] = []
    if member.muted != command.muted:
        events.append(e.MuteSet(channel.id, asked.actor.id, command.muted, channel.last_seq))
    return Decision(events, Ref("member", (channel.id, asked.actor.id)))


def open_group(state: State, asked: Asked) -> Decision:
    command: c.OpenGroup = asked.command
    others = [agent_named_or_refuse(state, name) for name in command.participants]
    everyone = {asked.actor.id: asked.actor} | {a.id: a for a in others}
    if len(everyone) > MAX_GROUP:
        raise Refused("group_full", f"A group has at most {MAX_GROUP} members.", "Create a channel instead.")
    if len(everyone) < 3:
        raise Refused("invalid_request", "A group has at least three members.", "Send a direct message instead.")
    channel_id = asked.new_id()
    name = command.name or ", ".join(a.name for a in everyone.values())
    events: list[e.Event] = [e.ChannelCreated(channel_id, "group", name, "", {})]
    events += [e.MemberJoined(channel_id, a, "owner" if a == asked.actor.id else "member", 0) for a in everyone]
    return Decision(events, Ref("channel", (channel_id,)))


def mark_read(state: State, asked: Asked) -> Decision:
    command: c.MarkRead = asked.command
    channel = channel_or_refuse(state, command.channel_id)
    member = member_or_refuse(state, channel, asked.actor)
    message = message_or_refuse(state, command.message_id)
    if message.channel_id != channel.id:
        raise Refused("message_not_found", f"Message {message.id} is not in that channel.")
    events: list[e.Event] = []
    if message.channel_seq > member.read_seq:
        events.append(e.ReadMarked(channel.id, asked.actor.id, message.channel_seq))
    return Decision(
        [*events, *_acknowledged(state, asked, message, member)], Ref("member", (channel.id, asked.actor.id))
    )


def _acknowledged(state: State, asked: Asked, message: Message, member: Member) -> list[e.Event]:
    """An agent that marks a message as read has read it, and what it was handed before it in that channel."""
    if asked.actor.type != "agent":
        return []
    earlier = state.channel_messages(message.channel_id, member.read_seq, message.channel_seq)
    found: list[e.Event] = []
    for read in (*earlier, message):
        delivery = state.delivery(read.id, asked.actor.id)
        due = read.id == message.id and is_recipient(state, read, asked.actor.id)
        if (due and delivery is None) or (delivery is not None and delivery.reached < Reached.ACKNOWLEDGED):
            how = "marked as read by the agent"
            found.append(raised(state, read, asked.actor.id, Reached.ACKNOWLEDGED, Evidence.READ_MARK, how))
    return found


def named_channel_or_refuse(state: State, channel_id: str) -> Channel:
    channel = channel_or_refuse(state, channel_id)
    if channel.kind != "channel":
        raise Refused("channel_not_found", "A conversation has no topic and is not archived.")
    return channel


def _open_or_refuse(state: State, channel_id: str) -> Channel:
    """A channel or group: what can be entered and left."""
    channel = channel_or_refuse(state, channel_id)
    if channel.kind == "dm":
        raise Refused("channel_not_found", "A direct conversation cannot be joined or left.")
    return channel


def _owner_or_refuse(state: State, channel: Channel, asked: Asked) -> None:
    member = state.members(channel.id).get(asked.actor.id)
    if not is_person(asked.actor) and (member is None or member.role != "owner"):
        raise Refused("not_an_owner", "Only an owner or a person can do that there.")
