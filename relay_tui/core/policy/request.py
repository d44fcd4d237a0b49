"""The exact request that a person decides on, and its hash."""

from __future__ import annotations

import hashlib

import rfc8785

from relay_tui.core.model import Json

SCHEMA_VERSION = 1


def build_request(
    *, invocation_id: str, action: str, caller: str, generation: int, cwd: str, arguments: Json, expires_at: int
) -> Json:
    """Everything that the decision binds. `generation` 0: the caller has no program of ours behind it."""
    return {
        "schema_version": SCHEMA_VERSION,
        "invocation_id": invocation_id,
        "action": action,
        "caller": caller,
        "generation": generation,
        "cwd": cwd,
        "arguments": arguments,
        "expires_at": expires_at,
    }


def request_hash(request: Json) -> str:
    """Hex SHA-256 of the request as canonical JSON (RFC 8785), so that two writers of one request agree.

    Raises `rfc8785.CanonicalizationError` for what JSON cannot carry faithfully: integers beyond 2**53, NaN.
    """
    return hashlib.sha256(rfc8785.dumps(request)).hexdigest()
