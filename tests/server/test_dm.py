"""Conversations over the wire: theirs, and nobody else's."""

from __future__ import annotations

from .conftest import Running


async def test_a_dm_has_both_of_the_wires_shapes(pair: Running) -> None:
    response = await pair.call("POST", "/v1/dm", {"to": "@bob", "text": "psst"}, token="alice")
    assert response.status_code == 201
    found = response.json()["data"]
    assert set(found) == {"conversation_id", "message", "id", "from_agent_id", "to", "text", "created_at"}
    assert set(found["message"]) == {
        "id", "agent_id", "agent_name", "agent_type", "text", "injection_mode", "attachments",
    }  # fmt: skip
    assert (found["to"], found["text"], found["message"]["text"]) == ("bob", "psst", "psst")
    assert found["message"]["id"] == found["id"]


async def test_both_sides_have_one_conversation(pair: Running) -> None:
    sent = await pair.data("POST", "/v1/dm", {"to": "bob", "text": "one"}, token="alice")
    back = await pair.data("POST", "/v1/dm", {"to": "alice", "text": "two"}, token="bob")
    assert sent["conversation_id"] == back["conversation_id"]
    path = f"/v1/dm/{sent['conversation_id']}/messages"
    third = await pair.data("POST", path, {"text": "three"}, token="alice")
    assert third["to"] == "bob"
    assert [one["text"] for one in await pair.data("GET", path, token="bob")] == ["one", "two", "three"]
    (listed,) = await pair.data("GET", "/v1/dm/conversations", token="bob")
    assert (listed["id"], listed["type"], listed["unread_count"]) == (sent["conversation_id"], "1:1", 2)
    assert {one["agent_name"] for one in listed["participants"]} == {"alice", "bob"}
    assert listed["last_message"]["text"] == "three"


async def test_others_neither_see_nor_find_it(pair: Running) -> None:
    await pair.agent("carol")
    sent = await pair.data("POST", "/v1/dm", {"to": "bob", "text": "secret"}, token="alice")
    conversation, message = sent["conversation_id"], sent["id"]
    assert await pair.data("GET", "/v1/dm/conversations", token="carol") == []
    for method, path, body in (
        ("GET", f"/v1/dm/{conversation}/messages", None),
        ("POST", f"/v1/dm/{conversation}/messages", {"text": "x"}),
        ("GET", f"/v1/messages/{message}", None),
        ("GET", f"/v1/messages/{message}/replies", None),
        ("POST", f"/v1/messages/{message}/replies", {"text": "x"}),
        ("POST", f"/v1/messages/{message}/read", None),
        ("GET", f"/v1/messages/{message}/readers", None),
    ):
        assert (await pair.code(method, path, body, token="carol"))[0] == 404, path


async def test_a_dm_needs_somebody_to_go_to(pair: Running) -> None:
    assert await pair.code("POST", "/v1/dm", {"to": "nobody", "text": "x"}, token="alice") == (404, "agent_not_found")
    assert await pair.code("POST", "/v1/dm", {"to": "", "text": "x"}, token="alice") == (400, "invalid_request")
    assert await pair.code("POST", "/v1/dm", {"to": "@self", "text": "x"}, token="alice") == (400, "invalid_request")


async def test_a_group_is_opened_and_spoken_in(pair: Running) -> None:
    await pair.agent("carol")
    response = await pair.call("POST", "/v1/dm/group", {"participants": ["bob", "@carol"], "name": "g"}, token="alice")
    assert response.status_code == 201
    group = response.json()["data"]
    assert (group["dm_type"], group["name"], group["id"]) == ("group", "g", group["channel_id"])
    assert len(group["participants"]) == 3
    sent = await pair.data("POST", f"/v1/dm/{group['id']}/messages", {"text": "all"}, token="carol")
    assert sent["conversation_id"] == group["id"]
    (listed,) = await pair.data("GET", "/v1/dm/conversations", token="bob")
    assert (listed["type"], listed["name"]) == ("group", "g")
    few = await pair.code("POST", "/v1/dm/group", {"participants": ["bob"]}, token="alice")
    assert few == (400, "invalid_request")


async def test_a_conversation_is_no_channel_to_post_to(pair: Running) -> None:
    sent = await pair.data("POST", "/v1/dm", {"to": "bob", "text": "one"}, token="alice")
    conversation = sent["conversation_id"]
    path = f"/v1/channels/{conversation}/messages"
    assert await pair.code("POST", path, {"text": "two"}, token="alice") == (404, "channel_not_found")
    assert len(await pair.data("GET", f"/v1/dm/{conversation}/messages", token="alice")) == 1
