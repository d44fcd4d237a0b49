"""Names that the relay answers to, and what it says of its limits."""

from __future__ import annotations

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from .conftest import Running


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[::", "localhost.:1"])
async def test_a_host_that_is_not_this_machine_is_turned_away(served: Running, host: str) -> None:
    response = await served.http.get("/health", headers={"Host": host})
    assert response.status_code in (400, 403)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:80", "[::1]:9", "LOCALHOST:1"])
async def test_the_names_of_this_machine_are_answered(served: Running, host: str) -> None:
    assert (await served.http.get("/health", headers={"Host": host})).status_code == 200


async def test_pages_of_other_origins_are_turned_away(served: Running) -> None:
    for origin in ("https://evil.example", "null"):
        assert await served.code("GET", "/v1/workspace", headers={"Origin": origin}) == (403, "forbidden")
    await served.data("GET", "/v1/workspace", headers={"Origin": "http://localhost:3000"})


async def test_a_page_of_another_origin_gets_no_socket(pair: Running) -> None:
    token = (await pair.data("POST", "/v1/agent/node-token", token="bob"))["token"]
    url = pair.server.url.replace("http", "ws") + f"/v1/node/ws?token={token}"
    with pytest.raises(InvalidStatus) as refused:
        async with connect(url, additional_headers={"Origin": "https://evil.example"}):
            pass
    assert refused.value.response.status_code == 403


async def test_health_needs_no_token_and_says_the_version(served: Running) -> None:
    response = await served.http.get("/health")
    assert response.status_code == 200
    assert response.json()["ok"] is True
    assert response.json()["version"]


async def test_every_answer_has_the_rate_headers(pair: Running) -> None:
    for response in (
        await pair.call("GET", "/v1/inbox", token="alice"),
        await pair.call("GET", "/v1/nothing"),
        await pair.call("GET", "/v1/inbox", token="nonsense"),
    ):
        assert int(response.headers["X-RateLimit-Limit"]) > 0
        assert int(response.headers["X-RateLimit-Remaining"]) > 0
