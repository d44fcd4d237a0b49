"""Who may call what: the wire's 401 and 403, by kind of token."""

from __future__ import annotations

import pytest

from .conftest import Running


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("rk_live_" + "0" * 64, "unauthorized"),
        ("at_live_" + "0" * 64, "agent_token_invalid"),
        ("nt_live_" + "0" * 64, "node_token_invalid"),
        ("ot_live_" + "0" * 64, "observer_token_invalid"),
        ("nonsense", "unauthorized"),
    ],
)
async def test_a_token_that_nobody_has_is_refused_with_its_own_code(served: Running, token: str, code: str) -> None:
    assert await served.code("GET", "/v1/agents/presence", token=token) == (401, code)


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer  x y", "Basic abc", "nonsense"])
async def test_a_request_without_a_bearer_token_is_refused(served: Running, header: str) -> None:
    response = await served.http.get("/v1/workspace", headers={"Authorization": header})
    assert response.status_code == 401
    assert response.json()["error"]["code"] == "unauthorized"


async def test_the_kinds_of_token_are_kept_apart(pair: Running) -> None:
    node = (await pair.data("POST", "/v1/agent/node-token", token="alice"))["token"]
    assert await pair.code("GET", "/v1/agents", token="alice") == (403, "forbidden")
    assert await pair.code("GET", "/v1/workspace", token="alice") == (403, "forbidden")
    assert await pair.code("GET", "/v1/inbox") == (403, "agent_token_required")
    assert await pair.code("POST", "/v1/channels/general/messages", {"text": "x"}) == (403, "agent_token_required")
    assert await pair.code("GET", "/v1/inbox", token=node) == (403, "forbidden")
    assert await pair.code("GET", "/v1/x/approvals", token="alice") == (403, "forbidden")


async def test_a_rotated_token_is_dead_at_once_and_the_new_one_works(pair: Running) -> None:
    old = pair.tokens["alice"]
    await pair.data("GET", "/v1/agent", token="alice")
    rotated = await pair.data("POST", "/v1/agents/alice/rotate-token", {}, token="alice")
    assert rotated["name"] == "alice"
    assert await pair.code("GET", "/v1/agent", token=old) == (401, "agent_token_invalid")
    assert (await pair.data("GET", "/v1/agent", token=rotated["token"]))["name"] == "alice"


async def test_a_removed_agent_is_nobody(pair: Running) -> None:
    await pair.data("GET", "/v1/agent", token="alice")
    assert (await pair.call("DELETE", "/v1/agents/alice")).status_code == 204
    assert await pair.code("GET", "/v1/agent", token="alice") == (401, "agent_token_invalid")


async def test_only_an_agent_itself_or_the_key_replaces_a_token(pair: Running) -> None:
    assert await pair.code("POST", "/v1/agents/alice/rotate-token", {}, token="bob") == (403, "forbidden")
    assert await pair.code("POST", "/v1/agents/operator/rotate-token", {}) == (403, "forbidden")
    assert (await pair.data("POST", "/v1/agents/alice/rotate-token", {}))["token"].startswith("at_live_")


async def test_the_key_does_not_take_over_the_name_of_an_agent_that_is_connected(pair: Running) -> None:
    async with pair.socket("bob"):
        assert await pair.code("POST", "/v1/agents/bob/rotate-token", {}) == (401, "agent_online")
    await pair.data("POST", "/v1/agents/disconnect", {}, token="bob")
    assert (await pair.data("POST", "/v1/agents/bob/rotate-token", {}))["name"] == "bob"
