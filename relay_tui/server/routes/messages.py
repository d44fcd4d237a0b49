"""Messages in channels, their threads, and the marks of having read them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from starlette.routing import Route

from relay_tui.core.clock import iso
from relay_tui.core.commands import Command, MarkRead, MarkThreadRead, SendMessage
from relay_tui.core.commands import Reply as ReplyTo
from relay_tui.core.model import Channel, Json, Message
from relay_tui.server import wire
from relay_tui.server.endpoint import Body, Call, Reply, endpoint
from relay_tui.server.envelope import ApiError

REPLAYED = {"Idempotency-Replayed": "true"}


class Post(Body):
    text: str
    mode: str = "wait"
    data: dict[str, Any] | None = None
    blocks: list[dict[str, Any]] | None = None
    attachments: list[str | dict[str, Any]] | None = None
    """Ids of stored files, or attachments as `core/content.py` has them."""
    expects_reply: bool = False
    reply_by: int | datetime | None = None
    """ISO 8601, or milliseconds since 1970."""
    strict_mentions: bool = False

    def content(self) -> dict[str, Any]:
        """The fields of the command that says this."""
        mode = wire.mode_of(self.mode)
        if mode is None:
            raise ApiError(400, "invalid_request", "mode: must be wait or steer, or the name of a boundary.")
        return {
            "text": self.text,
            "mode": mode,
            "data": self.data,
            "blocks": self.blocks,
            "attachments": [_attachment(one) for one in self.attachments] if self.attachments else None,
            "expects_reply": self.expects_reply,
            "reply_by": milliseconds(self.reply_by),
            "strict_mentions": self.strict_mentions,
        }


def _attachment(given: str | dict[str, Any]) -> Json:
    if isinstance(given, str):
        return {"kind": "file", "file_id": given}
    # The wire's own shape of a stored file names no kind.
    return given if "kind" in given or "file_id" not in given else {"kind": "file", "file_id": given["file_id"]}


def milliseconds(given: int | datetime | None) -> int | None:
    if given is None or isinstance(given, int):
        return given
    moment = given if given.tzinfo is not None else given.replace(tzinfo=UTC)
    return int(moment.timestamp() * 1000)


async def post(call: Call, command: Command) -> tuple[Message, dict[str, str]]:
    """Carry a sending command out; the headers say when its answer is one given before."""
    before = call.service.relay.last_seq
    message: Message = await call.execute(command)
    return message, REPLAYED if message.seq <= before else {}


def target(ref: str) -> str:
    """A channel of the path, as `SendMessage.to` has it: an id stays one, a name gets its `#`."""
    ref = ref.removeprefix("#")
    return ref if ref.isdecimal() else f"#{ref}"


@endpoint("agent", operator=True)
async def send(call: Call) -> Reply:
    asked = await call.body(Post)
    to = target(call.path("name"))
    # A name is not looked up before the message is stored: its recipients wait for this, its sender for what follows.
    # An id is: it may be that of a conversation, which is no channel and takes nothing here.
    if to.isdecimal():
        await call.service.channel(to)
    command = SendMessage(client_id=call.client_id(), to=to, **asked.content())
    message, headers = await post(call, command)
    if headers is REPLAYED:
        channel = await call.service.channel(message.channel_id)
        return Reply((await shapes(call, channel, [message]))[0], 201, headers)
    # Nobody has read a message of just now, or reacted to it.
    who = await call.service.who([message.sender_id, *message.mentions])
    return Reply(wire.message(message, who, await call.service.channel_name(message.channel_id)), 201)


@endpoint("workspace", "agent")
async def listing(call: Call) -> Reply:
    channel = await call.service.channel(call.path("name"))
    found = await call.queries.messages(
        channel.id, before=call.cursor("before"), after=call.cursor("after"), limit=call.limit()
    )
    return Reply(await shapes(call, channel, found))


@endpoint("workspace", "agent")
async def read(call: Call) -> Reply:
    message, channel = await visible(call)
    return Reply((await shapes(call, channel, [message]))[0])


@endpoint("agent", operator=True)
async def reply(call: Call) -> Reply:
    asked = await call.body(Post)
    parent, channel = await visible(call)
    command = ReplyTo(client_id=call.client_id(), message_id=parent.id, **asked.content())
    message, headers = await post(call, command)
    return Reply((await shapes(call, channel, [message]))[0], 201, headers)


@endpoint("workspace", "agent")
async def replies(call: Call) -> Reply:
    parent, channel = await visible(call)
    found = await call.queries.replies(parent.thread_id or parent.id, limit=call.limit(200))
    shaped = await shapes(call, channel, [parent, *found])
    return Reply({"parent": shaped[0], "replies": shaped[1:]})


@endpoint("agent", operator=True)
async def mark_read(call: Call) -> Reply:
    message, channel = await visible(call)
    if message.thread_id is not None:
        await call.execute(MarkThreadRead(message_id=message.id))
    else:
        await call.execute(MarkRead(channel_id=channel.id, message_id=message.id))
    at = iso(call.service.relay.clock())
    return Reply({"message_id": message.id, "agent_id": call.agent.id, "read_at": at})


@endpoint("workspace", "agent")
async def readers(call: Call) -> Reply:
    message, _ = await visible(call)
    reached = await call.queries.readers(message.id)
    who = await call.service.who(reached)
    # A read cursor has no time per message: null, rather than a time that nobody measured.
    return Reply([{"agent_name": who[one].name, "agent_id": one, "read_at": None} for one in reached])


async def visible(call: Call) -> tuple[Message, Channel]:
    """The message of the path, if the caller may see it. A conversation's are not there for others."""
    message = await call.queries.message(call.path_id("message_id", "message_not_found"))
    channel = await call.queries.channel(message.channel_id) if message else None
    if message is None or channel is None or not await call.service.may_read(channel.id, call.principal):
        raise ApiError(404, "message_not_found", "There is no message of this id.")
    return message, channel


async def shapes(call: Call, channel: Channel, found: Sequence[Message]) -> list[Json]:
    """Messages of one channel as the wire has them."""
    ids = {one.sender_id for one in found}.union(*(one.mentions for one in found))
    reactions = await call.queries.reactions([one.id for one in found])
    for counts in reactions.values():
        ids.update(*(count.agent_ids for count in counts))
    who = await call.service.who(ids)
    members = await call.queries.members(channel.id)
    return [wire.message(one, who, channel.name, members, reactions.get(one.id, ())) for one in found]


routes = [
    Route("/v1/channels/{name}/messages", send, methods=["POST"]),
    Route("/v1/channels/{name}/messages", listing, methods=["GET"]),
    Route("/v1/messages/{message_id}", read, methods=["GET"]),
    Route("/v1/messages/{message_id}/replies", reply, methods=["POST"]),
    Route("/v1/messages/{message_id}/replies", replies, methods=["GET"]),
    Route("/v1/messages/{message_id}/read", mark_read, methods=["POST"]),
    Route("/v1/messages/{message_id}/readers", readers, methods=["GET"]),
]
