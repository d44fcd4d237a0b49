"""What an agent has not read: counts per channel, mentions, conversations. Reading the inbox marks nothing."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.routing import Route

from relay_tui.core.clock import iso
from relay_tui.core.model import Channel, Json, Message
from relay_tui.core.model_talk import Reaction, ThreadState
from relay_tui.server import wire
from relay_tui.server.endpoint import Call, Reply, endpoint


@endpoint("agent", operator=True)
async def read(call: Call) -> Reply:
    """The wire's four lists, and two of ours: unread threads and replies that others wait for."""
    found = await call.queries.inbox(call.agent.id, call.limit(50))
    return Reply(
        {
            "unread_channels": [
                {"channel_name": channel.name, "unread_count": unread.count} for channel, unread in found.channels
            ],
            "mentions": await _mentions(call, found.mentions),
            "unread_dms": [await _conversation(call, channel, unread.count) for channel, unread in found.direct],
            "recent_reactions": await _reactions(call, found.reactions),
            "unread_threads": await _threads(call, found.threads),
            "expected_replies": [
                {"message_id": one.message_id, "reply_by": wire.iso_or_none(one.reply_by)} for one in found.owed
            ],
        }
    )


async def _threads(call: Call, found: Sequence[ThreadState]) -> list[Json]:
    who = await call.service.who(one.last_reply_by for one in found if one.last_reply_by)
    return [wire.thread(one, who) for one in found]


async def _reactions(call: Call, found: Sequence[Reaction]) -> list[Json]:
    shaped: list[Json] = []
    for one in found:
        message = await call.queries.message(one.message_id)
        channel = await call.queries.channel(message.channel_id) if message else None
        who = await call.service.who([one.agent_id])
        shaped.append(
            {
                "message_id": one.message_id,
                "channel_name": channel.name if channel and channel.kind == "channel" else "",
                "emoji": one.emoji,
                "agent_name": who[one.agent_id].name,
                "created_at": iso(one.at),
            }
        )
    return shaped


async def _mentions(call: Call, found: Sequence[Message]) -> list[Json]:
    shaped: list[Json] = []
    for message in found:
        channel = await call.queries.channel(message.channel_id)
        who = await call.service.who([message.sender_id])
        shaped.append(
            {
                "id": message.id,
                "channel_name": channel.name if channel and channel.kind == "channel" else "",
                "agent_name": who[message.sender_id].name,
                "text": message.text,
                "created_at": iso(message.created_at),
            }
        )
    return shaped


async def _conversation(call: Call, channel: Channel, count: int) -> Json:
    last = await call.queries.messages(channel.id, limit=1)
    who = await call.service.who(one.sender_id for one in last)
    return {
        "conversation_id": channel.id,
        "from": who[last[-1].sender_id].name if last else "",
        "unread_count": count,
        "last_message": wire.last_message(last[-1] if last else None, who),
    }


routes = [Route("/v1/inbox", read, methods=["GET"])]
