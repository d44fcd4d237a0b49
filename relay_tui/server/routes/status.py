"""Our own: how the workspace stands, in one answer, for the holder of its key."""

from __future__ import annotations

import os

from starlette.routing import Route

from relay_tui.core.delivery.desk import Desk
from relay_tui.core.errors import RelayError
from relay_tui.core.model import Json
from relay_tui.server import wire
from relay_tui.server.endpoint import Call, Reply, endpoint


@endpoint("workspace")
async def read(call: Call) -> Reply:
    """`needs`: how many of each wait for a person. `screen`: it runs in a deck, and ends with that."""
    relay, queries = call.service.relay, call.queries
    refused = relay.health.refused
    present = {one.agent_id: one for one in await queries.presence()}
    agents: list[Json] = [
        {
            "name": agent.name,
            "type": agent.type,
            "state": present[agent.id].state,
            "since": wire.iso_or_none(present[agent.id].since),
            "evidence": present[agent.id].evidence,
            "exact": present[agent.id].exact,
        }
        for agent in await queries.agents()
        if agent.type != "system" and agent.id in present
    ]
    return Reply(
        {
            "workspace_id": relay.workspace.id,
            "name": relay.workspace.name,
            "pid": os.getpid(),
            "screen": call.service.end is None,
            "last_seq": relay.last_seq,
            "at": wire.iso_or_none(relay.clock()),
            "needs": {
                "approvals": len(await queries.approvals()),
                "undelivered": await queries.undelivered_count(),
                "overdue": len(await queries.overdue(relay.clock(), sender_id=call.service.operator.agent_id)),
            },
            "stopped": await Desk(relay, call.principal.caller, relay.sessions).standing(),
            "deadlines": {"rules": len(relay.deadlines.current.rules), "fault": relay.deadlines.fault},
            "storage": {"fault": refused.message if refused is not None else "", "damage": relay.health.damage},
            "policy": {"rules": len(relay.policy.rules), "fault": relay.policy.fault},
            "agents": agents,
        }
    )


@endpoint("workspace")
async def down(call: Call) -> Reply:
    """End this relay. It answers first; its process ends soon after. Agents live on."""
    if call.service.end is None:
        raise RelayError("not_up", "This relay runs behind a screen, and only the screen's own quit ends it.")
    call.service.end()
    return Reply({"pid": os.getpid()})


routes = [Route("/v1/x/status", read, methods=["GET"]), Route("/v1/x/down", down, methods=["POST"])]
