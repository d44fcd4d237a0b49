"""The wire's envelope: `{ok, data}` or `{ok: false, error: {code, message}}`, and which status a refusal gets.

A refusal is never a 5xx: clients take those for passing trouble and try again.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any

import orjson
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from relay_tui.core.codes import CODES
from relay_tui.core.errors import RelayError

log = logging.getLogger(__name__)

_STATUS = {
    "unauthorized": 401,
    "agent_token_invalid": 401,
    "node_token_invalid": 401,
    "observer_token_invalid": 401,
    "forbidden": 403,
    "agent_token_required": 403,
    "insufficient_scope": 403,
    "action_denied": 403,
    "not_a_member": 403,
    "not_an_owner": 403,
    "last_owner": 409,
    "unknown_mention": 400,
    "delivery_under_way": 409,
    "not_due": 409,
    "on_hold": 409,
    "not_read": 409,
    "approvals_frozen": 409,
    "not_working": 409,
    "not_up": 409,
    "not_interruptible": 409,
    "message_deleted": 409,
    "upload_incomplete": 409,
    "group_full": 409,
    "not_found": 404,
    "message_too_large": 413,
    "name_conflict": 409,
    "conflict": 409,
    "idempotency_key_reused": 409,
}
_BY_SHAPE = (
    (re.compile(r"(_not_found$|^unknown_)"), 404),
    (re.compile(r"(_exists$|_conflict$|_taken$|_decided$|_expired$|_changed$|_archived$|_stale$|_ended$)"), 409),
    (re.compile(r"^(already|stale|not_approved|not_running)"), 409),
    (re.compile(r"_too_large$"), 413),
)


class ApiError(Exception):
    """An answer that is an error: HTTP status, the wire's code, a sentence, and what to do or nothing."""

    def __init__(self, status: int, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.hint = hint


def status_of(code: str) -> int:
    """HTTP status for the code of a refusal; 400 for those that name no better one."""
    if code in _STATUS:
        return _STATUS[code]
    return next((status for shape, status in _BY_SHAPE if shape.search(code)), 400)


def json_response(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(content), status, headers, media_type="application/json")


def ok(data: Any = None, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    if status == 204:
        return Response(status_code=204, headers=headers)
    return json_response({"ok": True, "data": data}, status, headers)


def error(status: int, code: str, message: str, hint: str = "") -> Response:
    body = {"code": code, "message": message, "hint": hint or CODES[code].hint}
    return json_response({"ok": False, "error": body}, status)


def describe(invalid: ValidationError) -> str:
    """The first fault, with the field it is in; never the value, which may be long or secret."""
    first = invalid.errors(include_url=False, include_input=False, include_context=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    sentence = first["msg"]
    return f"{field}: {sentence}." if field else f"{sentence}."


async def _on_api_error(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, ApiError)
    return error(exc.status, exc.code, exc.message, exc.hint)


async def _on_relay_error(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, RelayError)
    return error(status_of(exc.code), exc.code, exc.message, exc.hint)


async def _on_invalid(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, ValidationError)
    return error(400, "invalid_request", describe(exc))


async def _on_http(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, HTTPException)
    if exc.status_code == 404:
        return error(404, "not_found", f"There is nothing at {request.method} {request.url.path}.")
    if exc.status_code == 405:
        return error(405, "method_not_allowed", f"{request.url.path} does not take {request.method}.")
    return error(exc.status_code, "invalid_request", exc.detail)


async def _on_fault(request: Request, exc: Exception) -> Response:
    log.error("request failed: %s %s", request.method, request.url.path, exc_info=exc)
    return error(500, "internal_error", "The relay failed at this request; its log has the details.")


EXCEPTION_HANDLERS: dict[Any, Any] = {
    ApiError: _on_api_error,
    RelayError: _on_relay_error,
    ValidationError: _on_invalid,
    HTTPException: _on_http,
    Exception: _on_fault,
}
