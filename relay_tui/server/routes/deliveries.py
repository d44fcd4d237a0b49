"""Our own: where deliveries stand and why, holds, and dead letters, for the holder of the workspace key."""

from __future__ import annotations

from starlette.routing import Route

from relay_tui.core.delivery.desk import Desk
from relay_tui.core.delivery.stopping import PARTS, Part
from relay_tui.server.endpoint import Body, Call, Reply, endpoint


class Whom(Body):
    agent: str = ""
    reason: str = ""


class OwnCommand(Body):
    agent: str
    text: str


class Stop(Whom):
    only: tuple[Part, ...] = PARTS


class Letter(Body):
    message: str
    agent: str
    to: str = ""
    reason: str = ""


def _desk(call: Call) -> Desk:
    relay = call.service.relay
    return Desk(relay, call.principal.caller, relay.sessions)


@endpoint("workspace")
async def listing(call: Call) -> Reply:
    asked = call.request.query_params
    desk = _desk(call)
    if asked.get("dead") == "true":
        return Reply(await desk.dead(call.limit()))
    found = await desk.deliveries(
        agent=asked.get("agent", ""),
        word=asked.get("state", ""),
        faults=asked.get("faults") == "true",
        every=asked.get("all") == "true",
        channel=asked.get("channel", ""),
        sender=asked.get("from", ""),
        before=asked.get("before", ""),
        limit=call.limit(),
    )
    return Reply(found)


@endpoint("workspace")
async def why(call: Call) -> Reply:
    return Reply(await _desk(call).why(call.path("message_id"), call.request.query_params.get("agent", "")))


@endpoint("workspace")
async def holds(call: Call) -> Reply:
    return Reply(await _desk(call).holds())


@endpoint("workspace")
async def hold(call: Call) -> Reply:
    asked = await call.body(Whom, optional=True)
    return Reply(await _desk(call).hold(asked.agent, asked.reason))


@endpoint("workspace")
async def flush(call: Call) -> Reply:
    return Reply(await _desk(call).flush((await call.body(Whom, optional=True)).agent))


@endpoint("workspace")
async def stop(call: Call) -> Reply:
    asked = await call.body(Stop, optional=True)
    return Reply(await _desk(call).stop(asked.reason, asked.only))


@endpoint("workspace")
async def stopped(call: Call) -> Reply:
    return Reply(await _desk(call).standing())


@endpoint("workspace")
async def resume(call: Call) -> Reply:
    asked = await call.body(Stop, optional=True)
    return Reply(await _desk(call).resume(asked.agent, asked.only))


@endpoint("workspace")
async def interrupt(call: Call) -> Reply:
    return Reply(await _desk(call).interrupt((await call.body(Whom)).agent))


@endpoint("workspace")
async def own_command(call: Call) -> Reply:
    asked = await call.body(OwnCommand)
    return Reply(await _desk(call).own_command(asked.agent, asked.text))


@endpoint("workspace")
async def retry(call: Call) -> Reply:
    asked = await call.body(Letter)
    return Reply(await _desk(call).retry(asked.message, asked.agent))


@endpoint("workspace")
async def redirect(call: Call) -> Reply:
    asked = await call.body(Letter)
    return Reply(await _desk(call).redirect(asked.message, asked.agent, asked.to))


@endpoint("workspace")
async def drop(call: Call) -> Reply:
    asked = await call.body(Letter)
    return Reply(await _desk(call).drop(asked.message, asked.agent, asked.reason))


routes = [
    Route("/v1/x/deliveries", listing, methods=["GET"]),
    Route("/v1/x/why/{message_id}", why, methods=["GET"]),
    Route("/v1/x/holds", holds, methods=["GET"]),
    Route("/v1/x/hold", hold, methods=["POST"]),
    Route("/v1/x/flush", flush, methods=["POST"]),
    Route("/v1/x/stop", stop, methods=["POST"]),
    Route("/v1/x/stop", stopped, methods=["GET"]),
    Route("/v1/x/resume", resume, methods=["POST"]),
    Route("/v1/x/interrupt", interrupt, methods=["POST"]),
    Route("/v1/x/own-command", own_command, methods=["POST"]),
    Route("/v1/x/dead/retry", retry, methods=["POST"]),
    Route("/v1/x/dead/redirect", redirect, methods=["POST"]),
    Route("/v1/x/dead/drop", drop, methods=["POST"]),
]
