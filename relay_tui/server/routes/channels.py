"""Channels: open to the whole workspace to read, to members to invite."""

from __future__ import annotations

from typing import Any, Literal

from starlette.routing import Route

from relay_tui.core.commands import (
    ArchiveChannel,
    CreateChannel,
    JoinChannel,
    LeaveChannel,
    MuteChannel,
    SetRole,
    UnarchiveChannel,
    UpdateChannel,
)
from relay_tui.core.model import Channel, Json, Member
from relay_tui.server import wire
from relay_tui.server.endpoint import Body, Call, Reply, endpoint

SEEDED = "general"


class Create(Body):
    name: str
    topic: str | None = None
    metadata: dict[str, Any] | None = None


class Change(Body):
    topic: str | None = None
    metadata: dict[str, Any] | None = None


class Topic(Body):
    topic: str


class Role(Body):
    role: Literal["owner", "member"]


class Invite(Body):
    agent_name: str


@endpoint("workspace", "agent")
async def create(call: Call) -> Reply:
    asked = await call.body(Create)
    name = asked.name.removeprefix("#")
    if name == SEEDED and (seeded := await call.queries.channel(SEEDED)) is not None:
        return Reply(await _take_seeded(call, seeded, asked), 201)
    channel: Channel = await call.execute(
        CreateChannel(client_id=call.client_id(), name=name, topic=asked.topic or "", metadata=asked.metadata or {})
    )
    return Reply(await _shape(call, channel), 201)


async def _take_seeded(call: Call, channel: Channel, asked: Create) -> Json:
    """`general` is there from the start, and the clients' quick start creates it: that joins it."""
    if call.principal.kind == "agent" and not await call.service.is_member(channel.id, call.agent.id):
        await call.execute(JoinChannel(channel_id=channel.id))
    if asked.topic or asked.metadata:
        change = UpdateChannel(channel_id=channel.id, topic=asked.topic or None, metadata=asked.metadata or None)
        channel = await call.execute(change)
    return await _shape(call, channel)


@endpoint("workspace", "agent")
async def listing(call: Call) -> Reply:
    archived = call.request.query_params.get("include_archived") == "true"
    return Reply([await _shape(call, channel) for channel in await call.queries.channels(archived=archived)])


@endpoint("workspace", "agent")
async def read(call: Call) -> Reply:
    channel = await call.service.channel(call.path("name"))
    return Reply({**await _shape(call, channel), "members": await _members(call, channel)})


@endpoint("workspace", "agent")
async def change(call: Call) -> Reply:
    asked = await call.body(Change)
    channel = await call.service.channel(call.path("name"))
    update = UpdateChannel(channel_id=channel.id, topic=asked.topic, metadata=asked.metadata)
    return Reply(await _shape(call, await call.execute(update)))


@endpoint("workspace", "agent")
async def set_topic(call: Call) -> Reply:
    asked = await call.body(Topic)
    channel = await call.service.channel(call.path("name"))
    return Reply(await _shape(call, await call.execute(UpdateChannel(channel_id=channel.id, topic=asked.topic))))


@endpoint("workspace", "agent")
async def archive(call: Call) -> Reply:
    channel = await call.service.channel(call.path("name"))
    await call.execute(ArchiveChannel(channel_id=channel.id))
    return Reply(status=204)


@endpoint("agent", operator=True)
async def join(call: Call) -> Reply:
    channel = await call.service.channel(call.path("name"))
    already = await call.service.is_member(channel.id, call.agent.id)
    if not already:
        await call.execute(JoinChannel(channel_id=channel.id))
    return Reply({"channel": channel.name, "agent_id": call.agent.id, "already_member": already})


@endpoint("agent", operator=True)
async def leave(call: Call) -> Reply:
    channel = await call.service.channel(call.path("name"))
    await call.execute(LeaveChannel(channel_id=channel.id))
    return Reply(status=204)


@endpoint("agent", operator=True)
async def invite(call: Call) -> Reply:
    asked = await call.body(Invite)
    channel = await call.service.channel(call.path("name"))
    guest = await call.service.agent(asked.agent_name)
    joined: Member = await call.execute(JoinChannel(channel_id=channel.id, agent_id=guest.id))
    return Reply({"channel": channel.name, "agent": guest.name, "role": joined.role})


async def _mute(call: Call, muted: bool) -> Reply:
    channel = await call.service.channel(call.path("name"))
    await call.execute(MuteChannel(client_id=call.client_id(), channel_id=channel.id, muted=muted))
    return Reply({"channel": channel.name, "agent_id": call.agent.id, "muted": muted})


@endpoint("agent", operator=True)
async def mute(call: Call) -> Reply:
    return await _mute(call, True)


@endpoint("agent", operator=True)
async def unmute(call: Call) -> Reply:
    return await _mute(call, False)


@endpoint("workspace", "agent")
async def unarchive(call: Call) -> Reply:
    channel = await call.service.channel(call.path("name"))
    return Reply(await _shape(call, await call.execute(UnarchiveChannel(channel_id=channel.id))))


@endpoint("workspace", "agent")
async def change_member(call: Call) -> Reply:
    asked = await call.body(Role)
    channel = await call.service.channel(call.path("name"))
    other = await call.service.agent(call.path("agent"))
    found: Member = await call.execute(SetRole(channel_id=channel.id, agent_id=other.id, role=asked.role))
    return Reply(wire.member(found, await call.service.who([other.id])))


@endpoint("workspace", "agent")
async def remove_member(call: Call) -> Reply:
    channel = await call.service.channel(call.path("name"))
    other = await call.service.agent(call.path("agent"))
    await call.execute(LeaveChannel(channel_id=channel.id, agent_id=other.id))
    return Reply(status=204)


@endpoint("workspace", "agent")
async def read_status(call: Call) -> Reply:
    """The newest top-level message that each member has read. A read mark has no time: null."""
    channel = await call.service.channel(call.path("name"))
    found = await call.queries.members(channel.id)
    who = await call.service.who(one.agent_id for one in found)
    last = await call.queries.messages_at(channel.id, [one.read_seq for one in found])
    return Reply(
        [
            {"agent_name": who[one.agent_id].name, "last_read_id": last.get(one.read_seq), "last_read_at": None}
            for one in found
        ]
    )


@endpoint("workspace", "agent")
async def members(call: Call) -> Reply:
    return Reply(await _members(call, await call.service.channel(call.path("name"))))


async def _members(call: Call, channel: Channel) -> list[Json]:
    found = await call.queries.members(channel.id)
    who = await call.service.who(one.agent_id for one in found)
    return [wire.member(one, who) for one in found]


async def _shape(call: Call, channel: Channel) -> Json:
    who = await call.service.who([channel.created_by])
    count = len(await call.queries.members(channel.id))
    return wire.channel(channel, call.service.relay.workspace.id, who[channel.created_by].name, count)


routes = [
    Route("/v1/channels", create, methods=["POST"]),
    Route("/v1/channels", listing, methods=["GET"]),
    Route("/v1/channels/{name}", read, methods=["GET"]),
    Route("/v1/channels/{name}", change, methods=["PATCH"]),
    Route("/v1/channels/{name}", archive, methods=["DELETE"]),
    Route("/v1/channels/{name}/topic", set_topic, methods=["PATCH"]),
    Route("/v1/channels/{name}/join", join, methods=["POST"]),
    Route("/v1/channels/{name}/leave", leave, methods=["POST"]),
    Route("/v1/channels/{name}/invite", invite, methods=["POST"]),
    Route("/v1/channels/{name}/members", members, methods=["GET"]),
    Route("/v1/channels/{name}/mute", mute, methods=["POST"]),
    Route("/v1/channels/{name}/unmute", unmute, methods=["POST"]),
    Route("/v1/channels/{name}/read-status", read_status, methods=["GET"]),
    Route("/v1/x/channels/{name}/unarchive", unarchive, methods=["POST"]),
    Route("/v1/x/channels/{name}/members/{agent}", change_member, methods=["PATCH"]),
    Route("/v1/x/channels/{name}/members/{agent}", remove_member, methods=["DELETE"]),
]
