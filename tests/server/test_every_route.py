"""What holds for each route there is, also for those to come: bad input is answered in the envelope with a code of the
one table, is never a 5xx, and stores nothing."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from starlette.routing import Route

from relay_tui.core.codes import CODES
from relay_tui.server.app import build_app

from .conftest import Running, running

WRITING = {"POST", "PATCH", "PUT", "DELETE"}
PARAMETERS = (
    *("nobody", "1", "-1", "99999999999999999999", "%00", "..%2F..%2Fetc", "%F0%9F%92%A9", "%E2%80%AE%1B", "%FF%FE"),
    *("a" * 5_000, "%20", "'%20OR%201=1"),
)
BODIES = (
    *(b"", b"not json", b'{"text": "\xff\xfe"}', b'{"text": "\\ud800"}', b"[" * 5_000, b"[]", b"null", b"{}", b'"x"'),
    b'{"name": 5, "topic": [], "text": {}, "metadata": "x", "to": null, "mode": 1, "limit": -1, "agent": {}, "ids": 1}',
    json.dumps(dict.fromkeys(("name", "text", "to", "agent", "reason", "emoji", "title"), "a\0\x1b\u202e")).encode(),
    json.dumps(dict.fromkeys(("limit", "deadline", "at", "generation", "seconds", "timeout", "seq"), 2**70)).encode(),
)
QUERIES = (
    *("limit=-1", "limit=0", "limit=x", "limit=99999999999999999999", "before=x", "after=-1", "before=%00"),
    *("q=", "q=%22", "q=from:&limit=", "query=%00%FF", "since=1e999", "agent=%E2%80%AE", "timeout=-5"),
)


def _routes() -> list[tuple[str, str]]:
    app = build_app(None, service=object())  # type: ignore[arg-type]
    found: list[tuple[str, str]] = []
    for route in app.routes:
        if isinstance(route, Route):
            found += [(method, route.path) for method in sorted((route.methods or set()) - {"HEAD"})]
    return found


ROUTES = _routes()


@pytest_asyncio.fixture(loop_scope="module", scope="module", params=["operator", "agent"])
async def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    path: Path = tmp_path_factory.mktemp("served") / "state"
    async with running(path) as found:
        if request.param == "agent":
            await found.agent("alice")
            found.key = found.tokens["alice"]
        yield found


def test_there_are_routes_to_look_at() -> None:
    assert len(ROUTES) > 90


@pytest.mark.parametrize(("method", "path"), ROUTES, ids=lambda part: part)
@pytest.mark.asyncio(loop_scope="module")
async def test_bad_input_is_answered_and_stores_nothing(served: Running, method: str, path: str) -> None:
    for value in PARAMETERS if "{" in path else ("",):
        filled = re.sub(r"{[^}]+}", value, path)
        bodies = BODIES if method in WRITING and value in ("nobody", "") else (b"{}",)
        for body in bodies:
            await _answered(served, method, filled, body if method in WRITING else None)
    if method == "GET":
        for query in QUERIES:
            await _answered(served, method, f"{re.sub(r'{[^}]+}', 'general', path)}?{query}", None)


async def _answered(served: Running, method: str, path: str, body: bytes | None) -> None:
    before = served.relay.last_seq
    response = await served.call(method, path, content=body)
    said = f"{method} {path[:80]} {body!r:.80} → {response.status_code} {response.text[:200]}"
    assert response.status_code < 500, said
    if response.is_success:
        return
    _explained(response, said)
    assert served.relay.last_seq == before, said


def _explained(response: httpx.Response, said: str) -> None:
    answer = response.json()
    assert answer["ok"] is False, said
    assert answer["error"]["code"] in CODES, said
    assert re.search(r"[.?!]$", answer["error"]["message"]), said
    assert answer["error"]["hint"], said
