"""Agents over the wire."""

from __future__ import annotations

from .conftest import Running


async def test_an_agent_registers_once_joins_general_and_gets_a_token(served: Running) -> None:
    response = await served.call("POST", "/v1/agents", {"name": "alice", "persona": "tests", "metadata": {"a": 1}})
    assert response.status_code == 201
    found = response.json()["data"]
    assert found["token"].startswith("at_live_")
    assert len(found["token"]) >= 8 + 64
    assert found["id"].isdecimal()
    assert found["workspace_id"] == served.relay.workspace.id
    assert found["created_at"].endswith("Z")
    assert (found["handle"], found["persona"], found["metadata"]) == ("alice", "tests", {"a": 1})
    members = await served.data("GET", "/v1/channels/general/members")
    assert "alice" in {one["agent_name"] for one in members}
    assert await served.code("POST", "/v1/agents", {"name": "alice"}) == (409, "agent_already_exists")


async def test_an_agent_may_stay_out_of_general(served: Running) -> None:
    await served.data("POST", "/v1/agents", {"name": "alice", "auto_join_general": False})
    assert (await served.data("GET", "/v1/agents/alice"))["channels"] == []


async def test_registering_twice_with_one_key_is_once_and_gives_the_same_token(served: Running) -> None:
    headers = {"Idempotency-Key": "join!"}
    first = await served.data("POST", "/v1/agents", {"name": "alice"}, headers=headers)
    again = await served.data("POST", "/v1/agents", {"name": "alice"}, headers=headers)
    assert first["token"] == again["token"]
    assert first["id"] == again["id"]
    other = await served.code("POST", "/v1/agents", {"name": "alan"}, headers=headers)
    assert other == (409, "idempotency_key_reused")
    assert (await served.data("GET", "/v1/agent", token=first["token"]))["name"] == "alice"


async def test_names_that_are_not_names_and_the_system_are_refused(served: Running) -> None:
    for name in ("", "a b", "-x", "x" * 65, "@alice", "a/b", "é"):
        assert await served.code("POST", "/v1/agents", {"name": name}) == (400, "invalid_request"), name
    assert await served.code("POST", "/v1/agents", {"name": "x", "type": "system"}) == (400, "invalid_request")


async def test_agents_are_listed_read_changed_and_removed(pair: Running) -> None:
    listed = await pair.data("GET", "/v1/agents")
    assert {"alice", "bob", "operator"} <= {one["name"] for one in listed}
    await pair.data("PATCH", "/v1/agents/alice", {"metadata": {"x": 1, "y": 2}})
    changed = await pair.data("PATCH", "/v1/agents/alice", {"metadata": {"x": None}, "persona": "p"})
    assert (changed["metadata"], changed["persona"]) == ({"y": 2}, "p")
    detail = await pair.data("GET", "/v1/agents/alice")
    assert [one["name"] for one in detail["channels"]] == ["general"]
    assert detail["pending_deliveries"] == 0
    own = await pair.data("GET", "/v1/agent", token="alice")
    assert own["id"] == detail["id"]
    assert (await pair.call("DELETE", "/v1/agents/alice")).status_code == 204
    assert await pair.code("GET", "/v1/agents/alice") == (404, "agent_not_found")


async def test_presence_follows_what_agents_do_and_say(pair: Running) -> None:
    async def statuses() -> dict[str, str]:
        found = await pair.data("GET", "/v1/agents/presence", token="bob")
        return {one["agent_name"]: one["status"] for one in found}

    await pair.data("POST", "/v1/agents/heartbeat", {}, token="alice")
    assert (await statuses())["alice"] == "online"
    for word in ("active", "idle", "blocked", "waiting", "offline", "online"):
        await pair.data("PATCH", "/v1/agents/alice", {"status": word})
        assert (await statuses())["alice"] == word
    await pair.call("POST", "/v1/agents/disconnect", token="alice")
    assert (await statuses())["alice"] == "offline"
    assert "alice" not in {one["name"] for one in await pair.data("GET", "/v1/agents?status=online")}


async def test_no_answer_holds_a_token_that_was_given_before(pair: Running) -> None:
    for path in ("/v1/agents", "/v1/agents/alice", "/v1/workspace"):
        text = (await pair.call("GET", path)).text
        assert pair.tokens["alice"] not in text
        assert pair.key not in text


async def test_the_workspace_is_read_with_its_key_and_no_key_is_handed_out(served: Running) -> None:
    found = await served.data("GET", "/v1/workspace")
    assert (found["name"], found["plan"]) == ("test", "free")
    assert await served.code("POST", "/v1/workspaces", {"name": "other"}) == (403, "forbidden")
    anonymous = await served.http.post("/v1/workspaces", json={"name": "test"})
    assert anonymous.status_code == 403
    again = await served.data("POST", "/v1/workspaces", {"name": "test"})
    assert again["workspace_id"] == found["id"]
    assert "api_key" not in again
