"""Our own: what waits for an agent, read by itself, and between whom words are typed whole."""

from __future__ import annotations

from starlette.routing import Route

from relay_tui.core.clock import iso
from relay_tui.core.delivery.desk import Desk
from relay_tui.core.delivery.fetching import Postbox
from relay_tui.server.endpoint import Body, Call, Reply, endpoint


class Ruled(Body):
    sender: str
    agent: str
    say: str


def _postbox(call: Call) -> Postbox:
    return Postbox(call.service.relay, call.agent, call.principal.caller)


@endpoint("agent")
async def waiting(call: Call) -> Reply:
    """Who wrote and where, without what they say: asking counts for nothing."""
    found = await _postbox(call).waiting()
    return Reply(
        [
            {"id": one.message_id, "from": one.sender, "to": one.target, "mode": one.mode.value,
             "created_at": iso(one.created_at)}
            for one in found
        ]
    )  # fmt: skip


@endpoint("agent")
async def read(call: Call) -> Reply:
    """What a message says. Asking again gives the same; that it came is proven by confirming it."""
    found = await _postbox(call).read(call.path("ref"))
    message = found.message
    return Reply(
        {
            "id": message.message_id,
            "delivery_id": message.delivery_id,
            "from": message.sender,
            "to": message.target,
            "thread_id": message.thread_id,
            "text": message.text,
            "created_at": iso(message.created_at),
            "unread_before": found.before,
            "message": message.wire_data,
        }
    )


@endpoint("agent")
async def confirm(call: Call) -> Reply:
    """The agent has it: this is the proof."""
    await _postbox(call).confirm(call.path("ref"))
    return Reply({"confirmed": True})


def _desk(call: Call) -> Desk:
    return Desk(call.service.relay, call.principal.caller, call.service.relay.sessions)


@endpoint("workspace")
async def doorbells(call: Call) -> Reply:
    return Reply(await _desk(call).doorbells())


@endpoint("workspace")
async def rule(call: Call) -> Reply:
    asked = await call.body(Ruled)
    return Reply(await _desk(call).rule_doorbell(asked.sender, asked.agent, asked.say))


routes = [
    Route("/v1/x/postbox", waiting, methods=["GET"]),
    Route("/v1/x/postbox/{ref}", read, methods=["GET"]),
    Route("/v1/x/postbox/{ref}/read", confirm, methods=["POST"]),
    Route("/v1/x/doorbells", doorbells, methods=["GET"]),
    Route("/v1/x/doorbells", rule, methods=["POST"]),
]
