"""The workspace that this relay serves, and whether it is there at all."""

from __future__ import annotations

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from relay_tui import __version__
from relay_tui.core.clock import iso
from relay_tui.server import wire
from relay_tui.server.endpoint import Body, Call, Reply, endpoint
from relay_tui.server.envelope import ApiError, error, json_response


class CreateWorkspace(Body):
    name: str = Field(min_length=1, max_length=200)


async def health(request: Request) -> Response:
    return json_response({"ok": True, "version": __version__, "build": "relay-tui"})


async def create(request: Request) -> Response:
    """A relay serves the one workspace of its directory: its key is in its key file and is never handed out."""
    if request.headers.get("authorization") is None:
        return error(
            403,
            "forbidden",
            "This relay serves one workspace and hands out no key.",
            "Use the key in the workspace's key file.",
        )
    return await _again(request)


@endpoint("workspace")
async def _again(call: Call) -> Reply:
    """Who holds the key already and names this workspace gets what a repeated creation gets: its id."""
    asked = await call.body(CreateWorkspace)
    workspace = call.service.relay.workspace
    if asked.name != workspace.name:
        raise ApiError(403, "forbidden", "This relay serves one workspace and makes no other.")
    return Reply({"workspace_id": workspace.id, "created_at": iso(workspace.created_at)})


@endpoint("workspace")
async def read(call: Call) -> Reply:
    return Reply(wire.workspace(call.service.relay.workspace))


async def upgrade_required(request: Request) -> Response:
    return error(426, "upgrade_required", "This is a WebSocket.")


routes = [
    Route("/health", health, methods=["GET"]),
    Route("/v1/workspaces", create, methods=["POST"]),
    Route("/v1/workspace", read, methods=["GET"]),
    Route("/v1/node/ws", upgrade_required, methods=["GET"]),
]
