"""What is put on messages: reactions (the wire's), and edits, pins, expected replies and threads (our own)."""

from __future__ import annotations

from typing import Any

from starlette.routing import Route

from relay_tui.core.clock import iso
from relay_tui.core.commands import (
    AddReaction,
    DeleteMessage,
    EditMessage,
    MarkThreadRead,
    PinMessage,
    RemoveReaction,
    UnpinMessage,
    WaiveReply,
)
from relay_tui.core.model import Json, Message
from relay_tui.core.model_talk import Expectation
from relay_tui.server import wire
from relay_tui.server.endpoint import Body, Call, Reply, endpoint
from relay_tui.server.envelope import ApiError
from relay_tui.server.routes.messages import shapes, visible


class React(Body):
    emoji: str


class Edit(Body):
    text: str
    blocks: list[dict[str, Any]] | None = None
    strict_mentions: bool = False


@endpoint("agent", operator=True)
async def react(call: Call) -> Reply:
    asked = await call.body(React)
    message, _ = await visible(call)
    command = AddReaction(client_id=call.client_id(), message_id=message.id, emoji=asked.emoji)
    return Reply(wire.reaction(await call.execute(command), call.agent.name), 201)


@endpoint("agent", operator=True)
async def unreact(call: Call) -> Reply:
    message, _ = await visible(call)
    await call.execute(RemoveReaction(message_id=message.id, emoji=call.path("emoji")))
    return Reply(status=204)


@endpoint("workspace", "agent")
async def reactions(call: Call) -> Reply:
    message, _ = await visible(call)
    found = (await call.queries.reactions([message.id])).get(message.id, [])
    who = await call.service.who(agent_id for one in found for agent_id in one.agent_ids)
    return Reply([wire.reaction_count(one, who) for one in found])


@endpoint("workspace", "agent")
async def edit(call: Call) -> Reply:
    asked = await call.body(Edit)
    message, channel = await visible(call)
    command = EditMessage(
        client_id=call.client_id(),
        message_id=message.id,
        text=asked.text,
        blocks=asked.blocks,
        strict_mentions=asked.strict_mentions,
    )
    changed: Message = await call.execute(command)
    return Reply((await shapes(call, channel, [changed]))[0])


@endpoint("workspace", "agent")
async def delete(call: Call) -> Reply:
    message, _ = await visible(call)
    await call.execute(DeleteMessage(client_id=call.client_id(), message_id=message.id))
    return Reply(status=204)


@endpoint("workspace", "agent")
async def history(call: Call) -> Reply:
    """What was deleted is shown to its sender and to the holder of the workspace key only."""
    message, _ = await visible(call)
    own = call.principal.kind == "workspace" or message.sender_id == call.principal.caller.agent_id
    if message.deleted_at is not None and not own:
        raise ApiError(403, "forbidden", "What a deleted message said is shown to its sender only.")
    found = await call.queries.history(message.id)
    who = await call.service.who(one.by for one in found)
    return Reply(
        [
            {"text": one.text, "blocks": one.blocks, "by": who[one.by].name, "at": iso(one.at), "until": iso(one.until)}
            for one in found
        ]
    )


@endpoint("workspace", "agent")
async def pin(call: Call) -> Reply:
    message, _ = await visible(call)
    await call.execute(PinMessage(client_id=call.client_id(), message_id=message.id))
    return Reply({"message_id": message.id, "pinned": True}, 201)


@endpoint("workspace", "agent")
async def unpin(call: Call) -> Reply:
    message, _ = await visible(call)
    await call.execute(UnpinMessage(client_id=call.client_id(), message_id=message.id))
    return Reply(status=204)


@endpoint("workspace", "agent")
async def pins(call: Call) -> Reply:
    channel = await call.service.channel(call.path("name"))
    shaped: list[Json] = []
    for one in await call.queries.pins(channel.id):
        message = await call.queries.message(one.message_id)
        if message is not None:
            by = (await call.service.who([one.pinned_by]))[one.pinned_by].name
            said = (await shapes(call, channel, [message]))[0]
            shaped.append({"message": said, "pinned_by": by, "pinned_at": iso(one.pinned_at)})
    return Reply(shaped)


@endpoint("workspace", "agent")
async def waive(call: Call) -> Reply:
    message, _ = await visible(call)
    found = await call.execute(WaiveReply(client_id=call.client_id(), message_id=message.id))
    return Reply(await _expectation(call, found))


@endpoint("workspace", "agent")
async def expected(call: Call) -> Reply:
    """Replies that somebody waits for. `overdue=true`: whose deadline is over; `mine=true`: that the caller asked for;
    `owed=true`: that wait on the caller. An agent sees its own only."""
    asked = call.request.query_params
    caller = call.principal.caller.agent_id
    sender = caller if call.principal.kind == "agent" or asked.get("mine") == "true" else None
    if asked.get("owed") == "true":
        found = await call.queries.owed(caller, call.limit())
    elif asked.get("overdue") == "true":
        found = await call.queries.overdue(call.service.relay.clock(), sender_id=sender, limit=call.limit())
    else:
        found = await call.queries.expected(sender_id=sender, limit=call.limit())
    return Reply([await _expectation(call, one) for one in found])


async def _expectation(call: Call, found: Expectation) -> Json:
    who = await call.service.who([found.sender_id, *found.waiting_on])
    now = call.service.relay.clock()
    open_ = found.closed_at is None
    return {
        "message_id": found.message_id,
        "channel_id": found.channel_id,
        "from": who[found.sender_id].name,
        "waiting_on": [who[agent_id].name for agent_id in found.waiting_on],
        "asked_at": iso(found.asked_at),
        "reply_by": wire.iso_or_none(found.reply_by),
        "overdue": open_ and found.reply_by is not None and found.reply_by < now,
        "closed_at": wire.iso_or_none(found.closed_at),
    }


@endpoint("workspace", "agent")
async def mark_thread_read(call: Call) -> Reply:
    message, _ = await visible(call)
    found = await call.execute(MarkThreadRead(client_id=call.client_id(), message_id=message.id))
    return Reply({"root_id": found.root_id, "read_replies": found.read_replies})


@endpoint("workspace", "agent")
async def threads(call: Call) -> Reply:
    everything = call.request.query_params.get("all") == "true"
    caller = call.principal.caller.agent_id
    found = await call.queries.threads(caller, unread_only=not everything, limit=call.limit(50))
    who = await call.service.who(one.last_reply_by for one in found if one.last_reply_by)
    return Reply([wire.thread(one, who) for one in found])


routes = [
    Route("/v1/messages/{message_id}/reactions", react, methods=["POST"]),
    Route("/v1/messages/{message_id}/reactions", reactions, methods=["GET"]),
    Route("/v1/messages/{message_id}/reactions/{emoji:path}", unreact, methods=["DELETE"]),
    Route("/v1/x/messages/{message_id}", edit, methods=["PATCH"]),
    Route("/v1/x/messages/{message_id}", delete, methods=["DELETE"]),
    Route("/v1/x/messages/{message_id}/history", history, methods=["GET"]),
    Route("/v1/x/messages/{message_id}/pin", pin, methods=["POST"]),
    Route("/v1/x/messages/{message_id}/pin", unpin, methods=["DELETE"]),
    Route("/v1/x/channels/{name}/pins", pins, methods=["GET"]),
    Route("/v1/x/messages/{message_id}/waive", waive, methods=["POST"]),
    Route("/v1/x/expected", expected, methods=["GET"]),
    Route("/v1/x/messages/{message_id}/thread-read", mark_thread_read, methods=["POST"]),
    Route("/v1/x/threads", threads, methods=["GET"]),
]
