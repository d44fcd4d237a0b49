"""Messages for later: our own, the wire has none."""

from __future__ import annotations

from datetime import datetime

from starlette.routing import Route

from relay_tui.core.commands import CancelScheduled, ScheduleMessage
from relay_tui.core.model import Json
from relay_tui.core.model_talk import Scheduled
from relay_tui.server import wire
from relay_tui.server.endpoint import Call, Reply, endpoint
from relay_tui.server.envelope import ApiError
from relay_tui.server.routes.messages import Post, milliseconds


class Later(Post):
    to: str = ""
    message_id: str | None = None
    """Reply to this one; then without `to`."""
    at: int | datetime | None = None
    when_idle: str | None = None


@endpoint("workspace", "agent")
async def create(call: Call) -> Reply:
    asked = await call.body(Later)
    command = ScheduleMessage(
        client_id=call.client_id(),
        to=asked.to,
        message_id=asked.message_id,
        at=milliseconds(asked.at),
        when_idle=asked.when_idle.removeprefix("@") if asked.when_idle else None,
        **asked.content(),
    )
    found: Scheduled = await call.execute(command)
    return Reply(await _shape(call, found), 201)


@endpoint("workspace", "agent")
async def listing(call: Call) -> Reply:
    """The caller's own; with the workspace key everybody's. `all=true`: also what is sent, cancelled or failed."""
    own = call.principal.caller.agent_id if call.principal.kind == "agent" else None
    waiting = call.request.query_params.get("all") != "true"
    found = await call.queries.scheduled(sender_id=own, waiting=waiting, limit=call.limit())
    return Reply([await _shape(call, one) for one in found])


@endpoint("workspace", "agent")
async def cancel(call: Call) -> Reply:
    found = await call.queries.scheduled_message(call.path_id("scheduled_id", "scheduled_not_found"))
    if found is None:
        raise ApiError(404, "scheduled_not_found", "There is no scheduled message of this id.")
    return Reply(await _shape(call, await call.execute(CancelScheduled(scheduled_id=found.id))))


async def _shape(call: Call, found: Scheduled) -> Json:
    ids = [found.sender_id, *([found.idle_agent_id] if found.idle_agent_id else [])]
    who = await call.service.who(ids)
    return {
        "id": found.id,
        "from": who[found.sender_id].name,
        "to": found.to or None,
        "reply_to": found.reply_to_id,
        "text": found.content["text"],
        "at": wire.iso_or_none(found.due_at),
        "when_idle": who[found.idle_agent_id].name if found.idle_agent_id else None,
        "status": found.status.value,
        "message_id": found.message_id,
        "reason": found.reason,
        "created_at": wire.iso_or_none(found.created_at),
        "ended_at": wire.iso_or_none(found.ended_at),
    }


routes = [
    Route("/v1/x/scheduled", create, methods=["POST"]),
    Route("/v1/x/scheduled", listing, methods=["GET"]),
    Route("/v1/x/scheduled/{scheduled_id}", cancel, methods=["DELETE"]),
]
