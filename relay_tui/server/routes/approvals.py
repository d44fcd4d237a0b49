"""Our own: the requests that wait for a person, so that the holder of the workspace key can decide from a script."""

from __future__ import annotations

from pydantic import Field
from starlette.routing import Route

from relay_tui.core.commands import DecideApproval
from relay_tui.core.model import Approval
from relay_tui.server import wire
from relay_tui.server.endpoint import Body, Call, Reply, endpoint
from relay_tui.server.envelope import ApiError


class Decision(Body):
    request_hash: str = Field(min_length=64, max_length=64)
    approve: bool
    words: str = ""


@endpoint("workspace")
async def listing(call: Call) -> Reply:
    open_only = call.request.query_params.get("all") != "true"
    found = await call.queries.approvals(open_only=open_only, limit=call.limit())
    who = await call.service.who(one.caller_id for one in found)
    return Reply([wire.approval(one, who[one.caller_id].name) for one in found])


@endpoint("workspace")
async def show(call: Call) -> Reply:
    found = await _approval(call)
    who = await call.service.who([found.caller_id])
    return Reply(wire.approval(found, who[found.caller_id].name))


@endpoint("workspace")
async def decide(call: Call) -> Reply:
    asked = await call.body(Decision)
    found = await _approval(call)
    decided: Approval = await call.execute(
        DecideApproval(approval_id=found.id, request_hash=asked.request_hash, approve=asked.approve, words=asked.words)
    )
    who = await call.service.who([decided.caller_id])
    return Reply(wire.approval(decided, who[decided.caller_id].name))


async def _approval(call: Call) -> Approval:
    found = await call.queries.approval(call.path_id("approval_id", "approval_not_found"))
    if found is None:
        raise ApiError(404, "approval_not_found", "There is no request of this id.")
    return found


routes = [
    Route("/v1/x/approvals", listing, methods=["GET"]),
    Route("/v1/x/approvals/{approval_id}", show, methods=["GET"]),
    Route("/v1/x/approvals/{approval_id}", decide, methods=["POST"]),
]
