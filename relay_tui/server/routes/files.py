"""Stored files: announced, sent, completed; then attached to messages by id."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from relay_tui.core.clock import iso
from relay_tui.core.commands import BeginUpload
from relay_tui.core.model import Json
from relay_tui.core.model_talk import StoredFile
from relay_tui.server.endpoint import Body, Call, Reply, endpoint
from relay_tui.server.envelope import ApiError
from relay_tui.server.service import Service

UPLOAD_TTL_MS = 3_600_000
"""What `expires_at` tells clients; an upload that was begun is in fact taken as long as the relay knows it."""


class Announce(Body):
    filename: str
    content_type: str = ""
    size_bytes: int = 0


@endpoint("workspace", "agent")
async def begin(call: Call) -> Reply:
    asked = await call.body(Announce)
    command = BeginUpload(
        client_id=call.client_id(),
        filename=asked.filename,
        content_type=asked.content_type,
        size_bytes=asked.size_bytes,
    )
    begun: StoredFile = await call.execute(command)
    url = str(call.request.base_url).rstrip("/") + f"/v1/files/{begun.id}/content"
    return Reply({"id": begun.id, "upload_url": url, "expires_at": iso(begun.created_at + UPLOAD_TTL_MS)}, 201)


@endpoint("workspace", "agent")
async def put(call: Call) -> Reply:
    found = await _own(call)
    stored = await call.service.relay.files.receive(found.id, _chunks(call.request), call.principal.caller)
    return Reply(_shape(call, stored))


@endpoint("workspace", "agent")
async def complete(call: Call) -> Reply:
    found = await _own(call)
    if not found.sha256:
        raise ApiError(409, "upload_incomplete", "The bytes of this file have not come.", "PUT them to its upload_url.")
    return Reply(_shape(call, found))


@endpoint("workspace", "agent")
async def read(call: Call) -> Reply:
    return Reply(_shape(call, await _readable(call)))


@endpoint("workspace", "agent")
async def listing(call: Call) -> Reply:
    own = call.principal.caller.agent_id if call.principal.kind == "agent" else None
    return Reply([_shape(call, one) for one in await call.queries.files(uploaded_by=own, limit=call.limit())])


@endpoint("workspace", "agent")
async def remove(call: Call) -> Reply:
    found = await _own(call)
    await call.service.relay.files.remove(found.id, call.principal.caller)
    return Reply(status=204)


async def content(request: Request) -> Response:
    """The bytes, never as something that a browser would run."""
    service: Service = request.app.state.service
    principal = await service.auth.principal(request.headers.get("authorization"), "workspace", "agent")
    found = await _readable(Call(request, service, principal))
    path = service.relay.files.path(found.sha256)
    if not path.is_file():
        raise ApiError(404, "file_not_found", "This file has no content here.")
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.filename)}",
        "X-Content-Type-Options": "nosniff",
    }
    return FileResponse(path, media_type=found.content_type, headers=headers)


async def _chunks(request: Request) -> AsyncIterator[bytes]:
    async for chunk in request.stream():
        if chunk:
            yield chunk


async def _own(call: Call) -> StoredFile:
    """The file of the path, if the caller uploaded it; the workspace key may touch any."""
    found = await call.queries.file(call.path_id("file_id", "file_not_found"))
    foreign = found is not None and found.uploaded_by != call.principal.caller.agent_id
    if found is None or found.removed_at is not None or (foreign and call.principal.kind == "agent"):
        raise ApiError(404, "file_not_found", "There is no file of this id.")
    return found


async def _readable(call: Call) -> StoredFile:
    """The file of the path, if the caller uploaded it or may read a message that carries it."""
    found = await call.queries.file(call.path_id("file_id", "file_not_found"))
    if found is not None and found.sha256 and found.removed_at is None:
        if call.principal.kind == "workspace" or found.uploaded_by == call.principal.caller.agent_id:
            return found
        for channel_id in await call.queries.file_channels(found.id):
            if await call.service.may_read(channel_id, call.principal):
                return found
    raise ApiError(404, "file_not_found", "There is no file of this id.")


def _shape(call: Call, found: StoredFile) -> Json:
    url = str(call.request.base_url).rstrip("/") + f"/v1/files/{found.id}/content"
    return {
        "id": found.id,
        "file_id": found.id,
        "filename": found.filename,
        "content_type": found.content_type,
        "size_bytes": found.size_bytes,
        "size": found.size_bytes,
        "sha256": found.sha256,
        "status": "complete" if found.sha256 else "pending",
        "download_url": url,
        "url": url,
        "uploaded_by": found.uploaded_by,
        "created_at": iso(found.created_at),
    }


routes = [
    Route("/v1/files/upload", begin, methods=["POST"]),
    Route("/v1/files", listing, methods=["GET"]),
    Route("/v1/files/{file_id}", read, methods=["GET"]),
    Route("/v1/files/{file_id}", remove, methods=["DELETE"]),
    Route("/v1/files/{file_id}/content", put, methods=["PUT"]),
    Route("/v1/files/{file_id}/content", content, methods=["GET"]),
    Route("/v1/files/{file_id}/complete", complete, methods=["POST"]),
]
