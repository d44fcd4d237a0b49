"""Our own: programs behind agents, for the holder of the workspace key."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from starlette.routing import Route

from relay_tui.core.clock import iso
from relay_tui.core.errors import RelayError
from relay_tui.core.model import Agent, Json, Session
from relay_tui.server.endpoint import Body, Call, Reply, endpoint
from relay_tui.server.launcher import Launcher


class Start(Body):
    name: str
    argv: list[str] = Field(min_length=1)
    cwd: str
    """Absolute: the server's own directory means nothing to the caller."""
    transcript: bool = False
    fetches: bool = False


class Adopt(Body):
    name: str
    pane: str = Field("", pattern=r"^(%[0-9]{1,9})?$")
    """tmux's id of it, `%3`; empty: the one agent that there is."""
    socket: str = ""
    """Name or absolute path of the tmux server's socket; empty: tmux's default."""
    session: str = ""
    """Only panes of this tmux session; empty: of all."""


class Nothing(Body):
    pass


def _launcher(call: Call) -> Launcher:
    if call.service.launcher is None:
        raise RelayError("no_programs", "This relay starts no programs.", "Ask the one of a workspace on this machine.")
    return call.service.launcher


@endpoint("workspace")
async def listing(call: Call) -> Reply:
    sessions = await call.queries.sessions()
    agents = [agent for agent in await call.queries.agents() if agent.type == "agent"]
    return Reply([_shape(agent, sessions.get(agent.id)) for agent in agents])


@endpoint("workspace")
async def start(call: Call) -> Reply:
    asked = await call.body(Start)
    cwd = Path(asked.cwd)
    if not cwd.is_absolute():
        raise RelayError("invalid_request", "cwd: must be an absolute path.")
    agent = await _launcher(call).launch(
        asked.name, asked.argv, cwd, transcript=asked.transcript, fetches=asked.fetches
    )
    call.service.auth.forget()
    return Reply(await _now(call, agent), 201)


@endpoint("workspace")
async def panes(call: Call) -> Reply:
    asked = call.request.query_params
    return Reply(await _launcher(call).panes(asked.get("socket", ""), asked.get("session", "")))


@endpoint("workspace")
async def adopt(call: Call) -> Reply:
    asked = await call.body(Adopt)
    agent = await _launcher(call).adopt(asked.name, pane=asked.pane, socket=asked.socket, session=asked.session)
    return Reply(await _now(call, agent), 201)


@endpoint("workspace")
async def place(call: Call) -> Reply:
    agent = await call.service.agent(call.path("name"))
    return Reply({"name": agent.name, **await _launcher(call).place(agent.id)})


@endpoint("workspace")
async def restart(call: Call) -> Reply:
    await call.body(Nothing, optional=True)
    agent = await call.service.agent(call.path("name"))
    await _launcher(call).restart(agent.id)
    call.service.auth.forget()
    return Reply(await _now(call, agent))


@endpoint("workspace")
async def release(call: Call) -> Reply:
    await call.body(Nothing, optional=True)
    agent = await call.service.agent(call.path("name"))
    await _launcher(call).release(agent.id)
    return Reply(await _now(call, agent))


async def _now(call: Call, agent: Agent) -> Json:
    return _shape(agent, (await call.queries.sessions()).get(agent.id))


def _shape(agent: Agent, session: Session | None) -> Json:
    """`state` null: no program has run behind it here."""
    return {
        "id": agent.id,
        "name": agent.name,
        "state": session.state.value if session else None,
        "detail": session.detail if session else "",
        "since": iso(session.since) if session else None,
        "harness": session.harness if session else None,
        "generation": session.generation if session else 0,
        "adopted": session is not None and "adopted" in session.address,
    }


routes = [
    Route("/v1/x/agents", listing, methods=["GET"]),
    Route("/v1/x/agents", start, methods=["POST"]),
    Route("/v1/x/agents/adopt", adopt, methods=["POST"]),
    Route("/v1/x/panes", panes, methods=["GET"]),
    Route("/v1/x/agents/{name}/pane", place, methods=["GET"]),
    Route("/v1/x/agents/{name}/restart", restart, methods=["POST"]),
    Route("/v1/x/agents/{name}/release", release, methods=["POST"]),
]
