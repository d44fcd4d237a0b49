"""Agents: registering, reading, changing and removing them, their tokens, and who is there."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any, Literal

from starlette.routing import Route

from relay_tui.core.commands import RegisterAgent, RemoveAgent, SetToken, UpdateAgent
from relay_tui.core.errors import Refused
from relay_tui.core.ids import TOKEN_PREFIX, new_token, token_hash
from relay_tui.core.model import ENDED_STATES, Agent, Json
from relay_tui.server import wire
from relay_tui.server.endpoint import Body, Call, Reply, endpoint
from relay_tui.server.envelope import ApiError
from relay_tui.server.presence import Status
from relay_tui.server.registration import HARNESS, node_id


class Register(Body):
    name: str
    type: Literal["agent", "human"] = "agent"
    persona: str | None = None
    metadata: dict[str, Any] | None = None
    auto_join_general: bool = True


class Change(Body):
    status: Status | None = None
    persona: str | None = None
    metadata: dict[str, Any] | None = None


class Nothing(Body):
    pass


@endpoint("workspace")
async def register(call: Call) -> Reply:
    asked = await call.body(Register)
    token = _first_token(call)
    command = RegisterAgent(
        client_id=call.client_id(),
        name=asked.name,
        type=asked.type,
        persona=asked.persona or "",
        metadata=asked.metadata or {},
        token_hash=token_hash(token),
        auto_join_general=asked.auto_join_general,
    )
    agent: Agent = await call.execute(command)
    call.service.presence.touch(agent.id)
    return Reply({**await _shape(call, agent), "token": token}, 201)


def _first_token(call: Call) -> str:
    """With an idempotency key the token follows from it and the workspace key, so that a repeat gets the same one.

    Only its hash is stored, and whoever sends the request again holds the workspace key, which can replace any token.
    """
    key = call.idempotency_key()
    if key is None:
        return new_token("agent")
    secret = call.request.headers["authorization"].partition(" ")[2].strip()
    return TOKEN_PREFIX["agent"] + hmac.new(secret.encode(), f"agent token\n{key}".encode(), hashlib.sha256).hexdigest()


@endpoint("workspace")
async def listing(call: Call) -> Reply:
    wanted = call.request.query_params.get("status")
    sessions = await call.queries.sessions()
    shapes: list[Json] = []
    for agent in await call.queries.agents():
        status = call.service.status(agent.id, sessions.get(agent.id))
        if wanted is None or status == wanted:
            shapes.append(_wire(call, agent, status))
    return Reply(shapes)


@endpoint("workspace")
async def read(call: Call) -> Reply:
    return Reply(await _detail(call, await call.service.agent(call.path("name"))))


@endpoint("agent")
async def read_self(call: Call) -> Reply:
    return Reply(await _detail(call, await call.service.agent(call.agent.id)))


@endpoint("workspace")
async def change(call: Call) -> Reply:
    asked = await call.body(Change)
    agent = await call.service.agent(call.path("name"))
    if asked.persona is not None or asked.metadata is not None:
        agent = await call.execute(UpdateAgent(agent_id=agent.id, persona=asked.persona, metadata=asked.metadata))
    if asked.status is not None:
        call.service.presence.say(agent.id, asked.status)
    return Reply(await _shape(call, agent))


@endpoint("workspace")
async def remove(call: Call) -> Reply:
    agent = await call.service.agent(call.path("name"))
    session = (await call.service.queries.sessions()).get(agent.id)
    if session is not None and session.harness != HARNESS and session.state not in ENDED_STATES:
        # It would go on where nobody sees it.
        raise Refused("agent_running", f"The program of {agent.name} runs.", "Release it first, or end it.")
    await call.execute(RemoveAgent(agent_id=agent.id))
    call.service.auth.forget()
    call.service.presence.forget(agent.id)
    return Reply(status=204)


@endpoint("workspace", "agent")
async def rotate_token(call: Call) -> Reply:
    """With the workspace key only while the agent is away: a second program must not take a name over in silence."""
    agent = await call.service.agent(call.path("name"))
    if call.principal.kind == "agent" and call.agent.id != agent.id:
        raise ApiError(403, "forbidden", "An agent can replace its own token only.")
    if not agent.token_hash:
        raise ApiError(403, "forbidden", "This one does not sign in by itself and has no token.")
    if call.principal.kind == "workspace":
        session = (await call.queries.sessions()).get(agent.id)
        if call.service.online(agent.id, session):
            raise ApiError(
                401,
                "agent_online",
                "This agent is connected, so its token is not replaced.",
                "Take another name, use the agent's own token, or disconnect it first.",
            )
    token = new_token("agent")
    await call.execute(SetToken(agent_id=agent.id, kind="agent", token_hash=token_hash(token)))
    call.service.auth.forget()
    return Reply({"name": agent.name, "token": token})


@endpoint("agent")
async def node_token(call: Call) -> Reply:
    """The last one asked for is the one that works; open sockets stay open."""
    token = new_token("node")
    await call.execute(SetToken(agent_id=call.agent.id, kind="node", token_hash=token_hash(token)))
    call.service.auth.forget()
    return Reply({"node_id": node_id(call.agent.id), "node_name": call.agent.name, "token": token})


@endpoint("agent")
async def heartbeat(call: Call) -> Reply:
    await call.body(Nothing, optional=True)
    return Reply({})


@endpoint("agent")
async def disconnect(call: Call) -> Reply:
    await call.body(Nothing, optional=True)
    for connection in call.service.sockets.of(call.agent.id):
        await connection.sign_off()
    call.service.presence.say(call.agent.id, "offline")
    return Reply({})


@endpoint("workspace", "agent")
async def presence(call: Call) -> Reply:
    """`state` and `since` are ours: what its program does, and since when; null where none was ever seen."""
    sessions = await call.queries.sessions()
    known = {one.agent_id: one for one in await call.queries.presence()}
    return Reply(
        [
            {
                "agent_id": agent.id,
                "agent_name": agent.name,
                "status": call.service.status(agent.id, sessions.get(agent.id)),
                "state": known[agent.id].state if agent.id in known else None,
                "since": wire.iso_or_none(known[agent.id].since) if agent.id in known else None,
                "last_seen": wire.iso_or_none(call.service.presence.last_seen(agent.id)),
            }
            for agent in await call.queries.agents()
            if agent.type != "system"
        ]
    )


def _wire(call: Call, agent: Agent, status: str) -> Json:
    seen = call.service.presence.last_seen(agent.id)
    return wire.agent(agent, call.service.relay.workspace.id, status, seen)


async def _shape(call: Call, agent: Agent) -> Json:
    session = (await call.queries.sessions()).get(agent.id)
    return _wire(call, agent, call.service.status(agent.id, session))


async def _detail(call: Call, agent: Agent) -> Json:
    channels: list[Json] = []
    for stay in await call.queries.memberships(agent.id):
        channel = await call.queries.channel(stay.channel_id)
        if channel is not None and channel.kind == "channel":
            joined = wire.iso_or_none(stay.joined_at)
            channels.append({"id": channel.id, "name": channel.name, "role": stay.role, "joined_at": joined})
    return {
        **await _shape(call, agent),
        "channels": channels,
        "actions_provided": [],
        "actions_available_to": [],
        "pending_deliveries": len(await call.queries.pending(agent.id)),
    }


routes = [
    Route("/v1/agents", register, methods=["POST"]),
    Route("/v1/agents", listing, methods=["GET"]),
    Route("/v1/agents/presence", presence, methods=["GET"]),
    Route("/v1/agents/heartbeat", heartbeat, methods=["POST"]),
    Route("/v1/agents/disconnect", disconnect, methods=["POST"]),
    Route("/v1/agents/{name}", read, methods=["GET"]),
    Route("/v1/agents/{name}", change, methods=["PATCH"]),
    Route("/v1/agents/{name}", remove, methods=["DELETE"]),
    Route("/v1/agents/{name}/rotate-token", rotate_token, methods=["POST"]),
    Route("/v1/agent", read_self, methods=["GET"]),
    Route("/v1/agent/node-token", node_token, methods=["POST"]),
]
