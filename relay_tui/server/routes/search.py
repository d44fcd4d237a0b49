"""Finding what was said, and what goes on everywhere."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.routing import Route

from relay_tui.core.clock import iso
from relay_tui.core.model import Channel, Json, Message
from relay_tui.server.endpoint import Call, Reply, endpoint
from relay_tui.server.envelope import ApiError


@endpoint("workspace", "agent")
async def search(call: Call) -> Reply:
    """`q` as a person types it, filters included; `channel` and `from` narrow it, `before` goes on behind a message."""
    asked = call.request.query_params
    words = asked.get("q") or asked.get("query") or ""
    for name, value in (("in", asked.get("channel")), ("from", asked.get("from"))):
        if value:
            if any(char.isspace() for char in value):
                raise ApiError(400, "invalid_request", f"{name}: must be a name or an id.")
            words += f" {name}:{value}"
    if not words.strip():
        raise ApiError(400, "invalid_request", "q: is missing.")
    before = call.cursor("before")
    found = before and await call.queries.message(before)
    before_seq = found.seq if isinstance(found, Message) else None
    reader = call.principal.caller.agent_id if call.principal.kind == "agent" else None
    messages = await call.service.relay.search(words, call.limit(50), before_seq, reader_id=reader)
    return Reply([{**one, "relevance_score": 1.0} for one in await _lines(call, messages)])


@endpoint("workspace", "agent")
async def activity(call: Call) -> Reply:
    reader = call.principal.caller.agent_id if call.principal.kind == "agent" else None
    messages = await call.queries.activity(limit=call.limit(50), reader_id=reader)
    return Reply([_item(one) for one in await _lines(call, messages)])


def _item(line: Json) -> Json:
    return {"type": "dm" if line["conversation_id"] else "message", **line}


async def _lines(call: Call, messages: Sequence[Message]) -> list[Json]:
    who = await call.service.who(one.sender_id for one in messages)
    channels: dict[str, Channel | None] = {}
    shaped: list[Json] = []
    for one in messages:
        if one.channel_id not in channels:
            channels[one.channel_id] = await call.queries.channel(one.channel_id)
        channel = channels[one.channel_id]
        named = channel is not None and channel.kind == "channel"
        shaped.append(
            {
                "id": one.id,
                "channel_id": one.channel_id,
                "channel_name": channel.name if channel is not None and named else "",
                "conversation_id": None if named else one.channel_id,
                "thread_id": one.thread_id,
                "agent_name": who[one.sender_id].name,
                "text": one.text,
                "created_at": iso(one.created_at),
            }
        )
    return shaped


routes = [
    Route("/v1/search", search, methods=["GET"]),
    Route("/v1/activity", activity, methods=["GET"]),
]
