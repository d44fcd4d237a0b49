"""Actions: what there is, asking for one, and what became of it. Policy and approval are the core's."""

from __future__ import annotations

from typing import Any

from starlette.routing import Route

from relay_tui.core.model import Invocation, InvocationStatus, Json
from relay_tui.server import wire
from relay_tui.server.endpoint import Body, Call, Reply, endpoint
from relay_tui.server.envelope import ApiError


class Invoke(Body):
    input: dict[str, Any] | None = None


@endpoint("workspace", "agent")
async def listing(call: Call) -> Reply:
    found = await call.queries.actions()
    who = await call.service.who(one.registered_by for one in found)
    return Reply([wire.action(one, who[one.registered_by].name) for one in found])


@endpoint("workspace", "agent")
async def read(call: Call) -> Reply:
    found = await call.queries.action(call.path("name"))
    if found is None:
        raise _unknown()
    who = await call.service.who([found.registered_by])
    return Reply(wire.action(found, who[found.registered_by].name))


@endpoint("agent")
async def invoke(call: Call) -> Reply:
    asked = await call.body(Invoke, optional=True)
    name = call.path("name")
    if await call.queries.action(name) is None:
        raise _unknown()
    found = await call.service.relay.actions.invoke(name, asked.input or {}, call.principal.caller, call.client_id())
    if found.status == InvocationStatus.DENIED:
        raise ApiError(403, "action_denied", found.reason or "Policy denies this action.")
    return Reply(await _shape(call, found), 201)


@endpoint("workspace", "agent")
async def invocation(call: Call) -> Reply:
    """An agent sees its own; others are not there for it."""
    found = await call.queries.invocation(call.path_id("invocation_id", "invocation_not_found"))
    mine = found is not None and (call.principal.kind == "workspace" or found.caller_id == call.agent.id)
    if found is None or not mine or found.action != call.path("name"):
        raise ApiError(404, "invocation_not_found", "There is no invocation of this id.")
    return Reply(await _shape(call, found))


async def _shape(call: Call, found: Invocation) -> Json:
    who = await call.service.who([found.caller_id])
    approval = await call.queries.approval(found.approval_id) if found.approval_id else None
    words = approval.words if approval and found.status == InvocationStatus.REJECTED else ""
    return wire.invocation(found, who[found.caller_id].name, words)


def _unknown() -> ApiError:
    return ApiError(404, "action_not_found", "There is no action of this name.")


routes = [
    Route("/v1/actions", listing, methods=["GET"]),
    Route("/v1/actions/{name}", read, methods=["GET"]),
    Route("/v1/actions/{name}/invoke", invoke, methods=["POST"]),
    Route("/v1/actions/{name}/invocations/{invocation_id}", invocation, methods=["GET"]),
]
