"""The frame around every route: authenticate, read and check the body, run, answer in the envelope."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from relay_tui.core.commands import Command
from relay_tui.core.ids import ACT_AS, OPERATOR, TokenKind
from relay_tui.core.model import Agent
from relay_tui.core.views.queries import Queries
from relay_tui.server.auth import Principal
from relay_tui.server.envelope import ApiError, describe, ok
from relay_tui.server.service import Service

MAX_BODY = 8 * 1024 * 1024
"""Bytes. Room for the longest message, escaped."""
MAX_PAGE = 200
_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_ID = re.compile(r"[0-9]{1,20}")


class Body(BaseModel):
    """A request body. Fields that the wire has and this server does not know are let pass."""

    model_config = ConfigDict(extra="ignore", frozen=True)


B = TypeVar("B", bound=Body)


@dataclass(slots=True)
class Reply:
    """What a route answers: `data` in the envelope, status, more headers."""

    data: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(slots=True)
class Call:
    """One authenticated request."""

    request: Request
    service: Service
    principal: Principal

    @property
    def queries(self) -> Queries:
        return self.service.queries

    @property
    def agent(self) -> Agent:
        """The calling agent, on routes that only agents and the operator may use."""
        assert self.principal.agent is not None
        return self.principal.agent

    def path(self, name: str) -> str:
        return self.request.path_params[name]

    def path_id(self, name: str, code: str) -> str:
        """An id out of the path; 404 with `code` when it cannot be one."""
        value = self.path(name)
        if not _ID.fullmatch(value):
            raise ApiError(404, code, "There is nothing of this id.")
        return value

    async def body(self, model: type[B], *, optional: bool = False) -> B:
        """The body as a `model`. `optional`: no body counts as an empty object."""
        raw = await _read(self.request)
        if not raw and optional:
            raw = b"{}"
        try:
            data = orjson.loads(raw)
        except orjson.JSONDecodeError as exc:
            raise ApiError(400, "invalid_json", "The body is not JSON.") from exc
        if not isinstance(data, dict):
            raise ApiError(400, "invalid_request", "The body must be a JSON object.")
        try:
            return model.model_validate(data)
        except ValidationError as exc:
            raise ApiError(400, "invalid_request", describe(exc)) from exc

    def idempotency_key(self) -> str | None:
        headers = self.request.headers
        key = headers.get("idempotency-key") or headers.get("x-idempotency-key")
        if key is None:
            return None
        if not _IDEMPOTENCY_KEY.fullmatch(key):
            raise ApiError(400, "invalid_idempotency_key", "An idempotency key is 1 to 255 visible ASCII characters.")
        return key

    def client_id(self) -> str | None:
        """The idempotency key with its route's target: the same key elsewhere is another request."""
        key = self.idempotency_key()
        if key is None:
            return None
        scope = f"{self.request.method} {self.request.url.path}\n{key}"
        return "http-" + hashlib.sha256(scope.encode()).hexdigest()

    def limit(self, default: int = 100) -> int:
        """`limit` of the query, a positive number, cut at a page's most."""
        given = self.request.query_params.get("limit")
        if given is None:
            return default
        if not given.isascii() or not given.isdecimal() or len(given) > 9 or int(given) < 1:
            raise ApiError(400, "invalid_request", "limit: must be a positive number.")
        return min(int(given), MAX_PAGE)

    def cursor(self, name: str) -> str | None:
        """`before` or `after` of the query: a message id."""
        given = self.request.query_params.get(name)
        if given is not None and not _ID.fullmatch(given):
            raise ApiError(400, "invalid_request", f"{name}: must be the id of a message.")
        return given

    async def execute(self, command: Command) -> Any:
        return await self.service.relay.execute(command, self.principal.caller)


async def _read(request: Request) -> bytes:
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > MAX_BODY:
        raise _too_large()
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BODY:
            raise _too_large()
        chunks.append(chunk)
    return b"".join(chunks)


def _too_large() -> ApiError:
    return ApiError(413, "request_too_large", f"A request body is at most {MAX_BODY // 2**20} MiB.")


Handler = Callable[[Call], Awaitable[Reply]]
Endpoint = Callable[[Request], Awaitable[Response]]


def endpoint(*kinds: TokenKind, operator: bool = False) -> Callable[[Handler], Endpoint]:
    """Make a route of a handler that holders of a token of one of `kinds` may call.

    `operator`: also the holder of the workspace key, who says with `ACT_AS` that this is to be done as the operator.
    Without that header the wire's answer stands: such a route is an agent's.
    """

    def frame(handler: Handler) -> Endpoint:
        @functools.wraps(handler)
        async def answer(request: Request) -> Response:
            service: Service = request.app.state.service
            acting = operator and request.headers.get(ACT_AS) == OPERATOR
            principal = await service.auth.principal(request.headers.get("authorization"), *kinds, operator=acting)
            if principal.kind == "agent" or request.headers.get(ACT_AS) == OPERATOR:
                service.presence.touch(principal.caller.agent_id)
            reply = await handler(Call(request, service, principal))
            return ok(reply.data, reply.status, reply.headers)

        return answer

    return frame
