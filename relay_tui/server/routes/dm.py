"""Conversations of two and of several: open only to those in them."""

from __future__ import annotations

from pydantic import Field
from starlette.routing import Route

from relay_tui.core.clock import iso
from relay_tui.core.commands import JoinChannel, LeaveChannel, OpenGroup, SendMessage
from relay_tui.core.model import Channel
from relay_tui.server import wire
from relay_tui.server.endpoint import Body, Call, Reply, endpoint
from relay_tui.server.envelope import ApiError
from relay_tui.server.routes.messages import Post, post

SELF = "@self"


class Direct(Post):
    to: str = Field(min_length=1, max_length=200)


class Group(Body):
    participants: list[str]
    name: str | None = None


class Participant(Body):
    agent_name: str = ""
    agent: str = ""
    """What the Python client calls it."""


@endpoint("agent", operator=True)
async def send(call: Call) -> Reply:
    asked = await call.body(Direct)
    name = call.agent.name if asked.to == SELF else asked.to.removeprefix("@")
    # As in a channel, a name is not looked up before the message is stored; what may be an id is.
    if name.isdecimal():
        name = (await call.service.agent(name)).name
    command = SendMessage(client_id=call.client_id(), to=f"@{name}", **asked.content())
    message, headers = await post(call, command)
    who = await call.service.who([message.sender_id])
    recipient = await call.service.partner(message.channel_id, message.sender_id)
    return Reply(wire.dm_sent(message, who, recipient.name), 201, headers)


@endpoint("agent", operator=True)
async def conversations(call: Call) -> Reply:
    unread = await call.queries.unread(call.agent.id)
    shaped = []
    for channel in await call.queries.conversations(call.agent.id):
        participants = [one.agent_id for one in await call.queries.members(channel.id)]
        last = await call.queries.messages(channel.id, limit=1)
        who = await call.service.who([*participants, *(one.sender_id for one in last)])
        count = unread[channel.id].count if channel.id in unread else 0
        shaped.append(wire.conversation(channel, participants, who, last[-1] if last else None, count))
    return Reply(shaped)


@endpoint("agent", operator=True)
async def messages(call: Call) -> Reply:
    channel = await _own(call)
    found = await call.queries.messages(
        channel.id, before=call.cursor("before"), after=call.cursor("after"), limit=call.limit()
    )
    who = await call.service.who(one.sender_id for one in found)
    to = await _addressed(call, channel)
    return Reply([wire.dm_sent(one, who, to) for one in found])


@endpoint("agent", operator=True)
async def send_into(call: Call) -> Reply:
    asked = await call.body(Post)
    channel = await _own(call)
    command = SendMessage(client_id=call.client_id(), to=channel.id, **asked.content())
    message, headers = await post(call, command)
    who = await call.service.who([message.sender_id])
    return Reply(wire.dm_sent(message, who, await _addressed(call, channel)), 201, headers)


@endpoint("agent", operator=True)
async def open_group(call: Call) -> Reply:
    asked = await call.body(Group)
    names = [(await call.service.agent(name)).name for name in asked.participants[:100]]
    channel: Channel = await call.execute(
        OpenGroup(client_id=call.client_id(), participants=names, name=asked.name or "")
    )
    members = await call.queries.members(channel.id)
    return Reply(
        {
            "id": channel.id,
            "channel_id": channel.id,
            "dm_type": "group",
            "name": channel.name or None,
            "participants": [{"agent_id": one.agent_id} for one in members],
            "created_at": iso(channel.created_at),
        },
        201,
    )


@endpoint("agent", operator=True)
async def participants(call: Call) -> Reply:
    channel = await _own(call)
    found = await call.queries.members(channel.id)
    who = await call.service.who(one.agent_id for one in found)
    return Reply([{"agent_id": one.agent_id, "agent_name": who[one.agent_id].name} for one in found])


@endpoint("agent", operator=True)
async def add_participant(call: Call) -> Reply:
    asked = await call.body(Participant)
    channel = await _own(call)
    joining = await call.service.agent(asked.agent_name or asked.agent)
    already = await call.service.is_member(channel.id, joining.id)
    if not already:
        await call.execute(JoinChannel(client_id=call.client_id(), channel_id=channel.id, agent_id=joining.id))
    return Reply({"conversation_id": channel.id, "agent": joining.name, "already_member": already})


@endpoint("agent", operator=True)
async def remove_participant(call: Call) -> Reply:
    channel = await _own(call)
    leaving = await call.service.agent(call.path("agent"))
    await call.execute(LeaveChannel(client_id=call.client_id(), channel_id=channel.id, agent_id=leaving.id))
    return Reply(status=204)


@endpoint("workspace")
async def all_conversations(call: Call) -> Reply:
    """Every conversation of the workspace, for the operator."""
    shaped = []
    for channel in await call.queries.all_conversations(call.limit()):
        members = [one.agent_id for one in await call.queries.members(channel.id)]
        last = await call.queries.messages(channel.id, limit=1)
        who = await call.service.who([*members, *(one.sender_id for one in last)])
        shape = wire.conversation(channel, members, who, last[-1] if last else None, 0)
        names = [who[one].name for one in members]
        shaped.append({**shape, "participants": names, "message_count": channel.last_seq})
    return Reply(shaped)


@endpoint("workspace")
async def any_messages(call: Call) -> Reply:
    channel = await call.queries.channel(call.path_id("conversation_id", "conversation_not_found"))
    if channel is None or channel.kind == "channel":
        raise ApiError(404, "conversation_not_found", "There is no conversation of this id.")
    found = await call.queries.messages(
        channel.id, before=call.cursor("before"), after=call.cursor("after"), limit=call.limit()
    )
    who = await call.service.who(one.sender_id for one in found)
    return Reply([wire.dm_sent(one, who, channel.name if channel.kind == "group" else "") for one in found])


async def _own(call: Call) -> Channel:
    """The conversation of the path; 404 for one that the caller is not in."""
    channel_id = call.path_id("conversation_id", "conversation_not_found")
    channel = await call.queries.channel(channel_id)
    if channel is None or channel.kind == "channel" or not await call.service.is_member(channel.id, call.agent.id):
        raise ApiError(404, "conversation_not_found", "There is no conversation of this id.")
    return channel


async def _addressed(call: Call, channel: Channel) -> str:
    """Who a message into the conversation goes to: the other one's name, or the group's."""
    if channel.kind == "group":
        return channel.name
    return (await call.service.partner(channel.id, call.agent.id)).name


routes = [
    Route("/v1/dm", send, methods=["POST"]),
    Route("/v1/dm/group", open_group, methods=["POST"]),
    Route("/v1/dm/conversations", conversations, methods=["GET"]),
    Route("/v1/dm/conversations/all", all_conversations, methods=["GET"]),
    Route("/v1/dm/conversations/{conversation_id}/messages", any_messages, methods=["GET"]),
    Route("/v1/dm/{conversation_id}/participants", participants, methods=["GET"]),
    Route("/v1/dm/{conversation_id}/participants", add_participant, methods=["POST"]),
    Route("/v1/dm/{conversation_id}/participants/{agent}", remove_participant, methods=["DELETE"]),
    Route("/v1/dm/{conversation_id}/messages", messages, methods=["GET"]),
    Route("/v1/dm/{conversation_id}/messages", send_into, methods=["POST"]),
]
