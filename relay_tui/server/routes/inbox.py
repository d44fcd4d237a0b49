"""What an agent has not read: counts per channel, mentions, conversations. Reading the inbox marks nothing."""

from __future__ import annotations

from starlette.routing import Route

from relay_tui.core.clock import iso
from relay_tui.core.model import Channel, Json
from relay_tui.server import wire
from relay_tui.server.endpoint import Call, Reply, endpoint


@endpoint("agent")
async def read(call: Call) -> Reply:
    limit = call.limit(50)
    channels: list[Json] = []
    direct: list[Json] = []
    for channel_id, unread in (await call.queries.unread(call.agent.id)).items():
        channel = await call.queries.channel(channel_id)
        if channel is None or not unread.count:
            continue
        if channel.kind == "channel":
            channels.append({"channel_name": channel.name, "unread_count": unread.count})
        else:
            direct.append(await _conversation(call, channel, unread.count))
    return Reply(
        {
            "unread_channels": channels[:limit],
            "mentions": await _mentions(call, limit),
            "unread_dms": direct[:limit],
            "recent_reactions": [],
        }
    )


async def _mentions(call: Call, limit: int) -> list[Json]:
    shaped: list[Json] = []
    for message in await call.queries.mentions(call.agent.id, limit=limit):
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
