"""Channels over the wire."""

from __future__ import annotations

from .conftest import Running


async def test_a_channel_is_created_read_changed_and_archived(pair: Running) -> None:
    response = await pair.call("POST", "/v1/channels", {"name": "dev", "topic": "t"}, token="alice")
    assert response.status_code == 201
    made = response.json()["data"]
    assert (made["name"], made["topic"], made["created_by"], made["member_count"]) == ("dev", "t", "alice", 1)
    assert await pair.code("POST", "/v1/channels", {"name": "dev"}, token="bob") == (409, "channel_already_exists")
    found = await pair.data("GET", "/v1/channels/dev", token="bob")
    assert [(one["agent_name"], one["role"]) for one in found["members"]] == [("alice", "owner")]
    assert (await pair.data("PATCH", "/v1/channels/dev/topic", {"topic": "new"}, token="alice"))["topic"] == "new"
    changed = await pair.data("PATCH", "/v1/channels/dev", {"metadata": {"k": "v"}}, token="alice")
    assert (changed["topic"], changed["metadata"]) == ("new", {"k": "v"})
    assert (await pair.call("DELETE", "/v1/channels/dev", token="alice")).status_code == 204
    names = {one["name"] for one in await pair.data("GET", "/v1/channels", token="alice")}
    assert "dev" not in names
    every = await pair.data("GET", "/v1/channels?include_archived=true", token="alice")
    assert {one["name"] for one in every if one["is_archived"]} == {"dev"}
    assert await pair.code("POST", "/v1/channels/dev/join", token="bob") == (409, "channel_archived")


async def test_joining_inviting_and_leaving(pair: Running) -> None:
    await pair.data("POST", "/v1/channels", {"name": "dev"}, token="alice")
    joined = await pair.data("POST", "/v1/channels/dev/join", token="bob")
    assert joined["already_member"] is False
    assert (await pair.data("POST", "/v1/channels/dev/join", token="bob"))["already_member"] is True
    assert (await pair.call("POST", "/v1/channels/dev/leave", token="bob")).status_code == 204
    assert (await pair.code("POST", "/v1/channels/dev/leave", token="bob"))[0] == 403
    await pair.agent("dave")
    assert (await pair.code("POST", "/v1/channels/dev/invite", {"agent_name": "dave"}, token="bob"))[0] == 403
    invited = await pair.data("POST", "/v1/channels/dev/invite", {"agent_name": "bob"}, token="alice")
    assert (invited["channel"], invited["agent"]) == ("dev", "bob")
    missing = await pair.code("POST", "/v1/channels/dev/invite", {"agent_name": "carol"}, token="alice")
    assert missing == (404, "agent_not_found")


async def test_creating_the_seeded_general_joins_it(pair: Running) -> None:
    await pair.call("POST", "/v1/channels/general/leave", token="alice")
    for token in ("alice", "bob", None):
        assert (await pair.call("POST", "/v1/channels", {"name": "general"}, token=token)).status_code == 201
    names = {one["agent_name"] for one in await pair.data("GET", "/v1/channels/general/members")}
    assert {"alice", "bob"} <= names


async def test_a_conversation_is_no_channel(pair: Running) -> None:
    sent = await pair.data("POST", "/v1/dm", {"to": "bob", "text": "psst"}, token="alice")
    await pair.agent("carol")
    for path in ("", "/messages", "/members"):
        found = await pair.code("GET", f"/v1/channels/{sent['conversation_id']}{path}", token="carol")
        assert found == (404, "channel_not_found")
