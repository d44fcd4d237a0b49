"""Messages in channels, their threads, and the marks of having read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import Field
from starlette.routing import Route

from relay_tui.core.clock import iso
from relay_tui.core.commands import Command, MarkRead, SendMessage
from relay_tui.core.commands import Reply as ReplyTo
from relay_tui.core.model import Channel, Json, Message, Mode
from relay_tui.server import wire
from relay_tui.server.endpoint import Body, Call, Reply, endpoint
from relay_tui.server.envelope import ApiError

REPLAYED = {"Idempotency-Replayed": "true"}


class Post(Body):
    text: str
    mode: str = "wait"
    data: dict[str, Any] | None = None
    blocks: list[Any] | None = Field(None)
    attachments: list[Any] | None = Field(None)

    def boundary(self) -> Mode:
        """The boundary asked for; refuses what would otherwise be dropped in silence."""
        if self.blocks or self.attachments:
            field = "blocks" if self.blocks else "attachments"
            raise ApiError(400, "invalid_request", f"{field}: this relay takes text and data only.")
        mode = wire.mode_of(self.mode)
        if mode is None:
            raise ApiError(400, "invalid_request", "mode: must be wait or steer, or the name of a boundary.")
        return mode


async def post(call: Call, command: Command) -> tuple[Message, dict[str, str]]:
    """Carry a sending command out; the headers say when its answer is one given before."""
    before = call.service.relay.last_seq
    message: Message = await call.execute(command)
    return message, REPLAYED if message.seq <= before else {}


def target(ref: str) -> str:
    """A channel of the path, as `SendMessage.to` has it: an id stays one, a name gets its `#`."""
    ref = ref.removeprefix("#")
    return ref if ref.isdecimal() else f"#{ref}"


@endpoint("agent")
async def send(call: Call) -> Reply:
    asked = await call.body(Post)
    # Nothing is looked up before the message is stored: its recipients wait for this, its sender for what follows.
    command = SendMessage(
        client_id=call.client_id(),
        to=target(call.path("name")),
        text=asked.text,
        mode=asked.boundary(),
        data=asked.data,
    )
    message, headers = await post(call, command)
    channel = await call.service.channel(message.channel_id)
    return Reply((await shapes(call, channel, [message]))[0], 201, headers)


@endpoint("workspace", "agent")
async def listing(call: Call) -> Reply:
    channel = await call.service.channel(call.path("name"))
    found = await call.queries.messages(
        channel.id, before=call.cursor("before"), after=call.cursor("after"), limit=call.limit()
    )
    return Reply(await shapes(call, channel, found))


@endpoint("workspace", "agent")
async def read(call: Call) -> Reply:
    message, channel = await _visible(call)
    return Reply((await shapes(call, channel, [message]))[0])


@endpoint("agent")
async def reply(call: Call) -> Reply:
    asked = await call.body(Post)
    parent, channel = await _visible(call)
    command = ReplyTo(
        client_id=call.client_id(), message_id=parent.id, text=asked.text, mode=asked.boundary(), data=asked.data
    )
    message, headers = await post(call, command)
    return Reply((await shapes(call, channel, [message]))[0], 201, headers)


@endpoint("workspace", "agent")
async def replies(call: Call) -> Reply:
    parent, channel = await _visible(call)
    found = await call.queries.replies(parent.thread_id or parent.id, limit=call.limit(200))
    shaped = await shapes(call, channel, [parent, *found])
    return Reply({"parent": shaped[0], "replies": shaped[1:]})


@endpoint("agent")
async def mark_read(call: Call) -> Reply:
    message, channel = await _visible(call)
    await call.execute(MarkRead(channel_id=channel.id, message_id=message.id))
    at = iso(call.service.relay.clock())
    return Reply({"message_id": message.id, "agent_id": call.agent.id, "read_at": at})


@endpoint("workspace", "agent")
async def readers(call: Call) -> Reply:
    message, channel = await _visible(call)
    members = await call.queries.members(channel.id)
    reached = [
        one
        for one in members
        if message.channel_seq and one.read_seq >= message.channel_seq and one.agent_id != message.sender_id
    ]
    who = await call.service.who(one.agent_id for one in reached)
    # A read cursor has no time per message: null, rather than a time that nobody measured.
    return Reply([{"agent_name": who[one.agent_id].name, "agent_id": one.agent_id, "read_at": None} for one in reached])


async def _visible(call: Call) -> tuple[Message, Channel]:
    """The message of the path, if the caller may see it. A conversation's are not there for others."""
    message = await call.queries.message(call.path_id("message_id", "message_not_found"))
    channel = await call.queries.channel(message.channel_id) if message else None
    if message is None or channel is None or not await call.service.may_read(channel.id, call.principal):
        raise ApiError(404, "message_not_found", "There is no message of this id.")
    return message, channel


async def shapes(call: Call, channel: Channel, found: Sequence[Message]) -> list[Json]:
    """Messages of one channel as the wire has them."""
    ids = {one.sender_id for one in found}.union(*(one.mentions for one in found))
    who = await call.service.who(ids)
    members = await call.queries.members(channel.id)
    return [wire.message(one, who, channel.name, members) for one in found]


routes = [
    Route("/v1/channels/{name}/messages", send, methods=["POST"]),
    Route("/v1/channels/{name}/messages", listing, methods=["GET"]),
    Route("/v1/messages/{message_id}", read, methods=["GET"]),
    Route("/v1/messages/{message_id}/replies", reply, methods=["POST"]),
    Route("/v1/messages/{message_id}/replies", replies, methods=["GET"]),
    Route("/v1/messages/{message_id}/read", mark_read, methods=["POST"]),
    Route("/v1/messages/{message_id}/readers", readers, methods=["GET"]),
]
