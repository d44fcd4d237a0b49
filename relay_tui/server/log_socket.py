"""`GET /v1/x/log`: the log as it grows. One text frame per commit, a JSON array of entries, from `from_seq` on.

`when`: a predicate as JSON; only entries that fit are sent. Nothing waits here for a slow reader but its own reading of
the log: what it is behind with stays in the file. After a break it goes on from the number behind the last it has seen.
"""

from __future__ import annotations

import asyncio

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect

from relay_tui.core.errors import Refused
from relay_tui.core.predicates.compiled import compiled
from relay_tui.core.predicates.model import parse_predicate
from relay_tui.core.predicates.resolve import resolved_by
from relay_tui.server.auth import Principal
from relay_tui.server.envelope import ApiError, error, status_of
from relay_tui.server.service import Service
from relay_tui.server.visible import shape, visible

PAGE = 200
"""Entries kept for one socket, and in one frame of history."""


async def log_socket(websocket: WebSocket) -> None:
    service: Service = websocket.app.state.service
    params = websocket.query_params
    authorization = websocket.headers.get("authorization")
    if authorization is None and "token" in params:
        authorization = f"Bearer {params['token']}"
    try:
        principal = await service.auth.principal(authorization, "workspace", "agent")
        if service.sockets.closing:
            raise ApiError(503, "shutting_down", "The relay is going down.")
        given = params.get("from_seq")
        if given is not None and not (given.isascii() and given.isdecimal() and len(given) < 18):
            raise ApiError(400, "invalid_request", "from_seq: must be the number of an entry.")
        try:
            when = orjson.loads(params.get("when") or '{"kind": "event"}')
        except orjson.JSONDecodeError as exc:
            raise ApiError(400, "invalid_json", "The predicate is not JSON.") from exc
        predicate = await resolved_by(parse_predicate(when), service.queries)
    except ApiError as exc:
        await websocket.send_denial_response(error(exc.status, exc.code, exc.message, exc.hint))
        return
    except Refused as exc:
        await websocket.send_denial_response(error(status_of(exc.code), exc.code, exc.message, exc.hint))
        return
    # Subscribed before the handshake is answered: what comes after it is not missed.
    subscription = service.relay.subscribe(None if given is None else int(given), limit=PAGE)
    await websocket.accept()
    test = compiled(predicate)

    async def tell() -> None:
        async for batch in subscription:
            told = [shape(entry) for entry in batch if test(entry) and await visible(service, principal, entry)]
            if told:
                await websocket.send_text(orjson.dumps(told).decode())

    tasks = [asyncio.create_task(tell(), name="log socket"), asyncio.create_task(_left(websocket))]
    revoked = asyncio.create_task(_revoked(service, authorization or "", principal))
    try:
        await asyncio.wait([*tasks, revoked], return_when=asyncio.FIRST_COMPLETED)
    finally:
        await subscription.aclose()
        for task in (*tasks, revoked):
            task.cancel()
        await asyncio.gather(*tasks, revoked, return_exceptions=True)
        try:
            async with asyncio.timeout(2.0):
                await websocket.close(1001)
        except (TimeoutError, RuntimeError, WebSocketDisconnect):
            pass


async def _left(websocket: WebSocket) -> None:
    """Until the client goes; what it says is not listened to."""
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass


async def _revoked(service: Service, authorization: str, principal: Principal) -> None:
    """Until the token is nobody's any more."""
    if principal.kind == "workspace":
        await asyncio.Event().wait()
    subscription = service.relay.subscribe(None, limit=PAGE)
    try:
        async for batch in subscription:
            if any(entry.event.type in ("agent.token_set", "agent.removed") for entry in batch):
                await service.auth.principal(authorization, "agent")
    except ApiError:
        return
    finally:
        await subscription.aclose()
