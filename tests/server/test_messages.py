"""Messages, threads and reading, over the wire."""

from __future__ import annotations

from typing import Any

from .conftest import Running

MESSAGE_KEYS = {
    "id", "channel_id", "channel_name", "agent_id", "agent_name", "agent_type", "text", "blocks", "metadata",
    "has_attachments", "thread_id", "attachments", "created_at", "reply_count", "reactions", "read_by_count",
    "mentions", "injection_mode",
}  # fmt: skip
GENERAL = "/v1/channels/general/messages"


async def say(served: Running, text: str, token: str = "alice", **more: Any) -> dict[str, Any]:
    return await served.data("POST", GENERAL, {"text": text, **more}, token=token)


async def test_a_message_has_exactly_the_wires_shape(pair: Running) -> None:
    response = await pair.call("POST", GENERAL, {"text": "hi @bob", "mode": "steer", "data": {"k": 1}}, token="alice")
    assert response.status_code == 201
    found = response.json()["data"]
    assert set(found) == MESSAGE_KEYS
    assert found["id"].isdecimal()
    assert (found["agent_name"], found["channel_name"], found["injection_mode"]) == ("alice", "general", "steer")
    assert (found["mentions"], found["metadata"], found["thread_id"]) == (["bob"], {"k": 1}, None)
    assert await pair.data("GET", f"/v1/messages/{found['id']}", token="bob") == found


async def test_messages_are_paged_oldest_first(pair: Running) -> None:
    ids = [(await say(pair, str(n)))["id"] for n in range(5)]

    async def page(query: str) -> list[str]:
        return [one["text"] for one in await pair.data("GET", f"{GENERAL}?{query}", token="bob")]

    assert await page("limit=2") == ["3", "4"]
    assert await page(f"limit=2&before={ids[3]}") == ["1", "2"]
    assert await page(f"limit=2&after={ids[1]}") == ["2", "3"]


async def test_who_is_no_member_cannot_speak(pair: Running) -> None:
    await pair.data("POST", "/v1/channels", {"name": "dev"}, token="alice")
    status, _ = await pair.code("POST", "/v1/channels/dev/messages", {"text": "x"}, token="bob")
    assert status == 403


async def test_replies_are_in_the_thread_and_not_in_the_channel(pair: Running) -> None:
    root = await say(pair, "question")
    answer = await pair.data("POST", f"/v1/messages/{root['id']}/replies", {"text": "answer"}, token="bob")
    assert answer["thread_id"] == root["id"]
    deeper = await pair.data("POST", f"/v1/messages/{answer['id']}/replies", {"text": "more"}, token="alice")
    assert deeper["thread_id"] == root["id"]
    thread = await pair.data("GET", f"/v1/messages/{answer['id']}/replies", token="alice")
    assert [one["text"] for one in thread["replies"]] == ["answer", "more"]
    thread = await pair.data("GET", f"/v1/messages/{root['id']}/replies", token="alice")
    assert (thread["parent"]["id"], thread["parent"]["reply_count"]) == (root["id"], 2)
    assert [one["text"] for one in await pair.data("GET", GENERAL, token="bob")] == ["question"]


async def test_reading_is_seen_by_others(pair: Running) -> None:
    first, second = await say(pair, "one"), await say(pair, "two")
    read = await pair.data("POST", f"/v1/messages/{first['id']}/read", token="bob")
    assert read["message_id"] == first["id"]
    counts = [one["read_by_count"] for one in await pair.data("GET", GENERAL, token="alice")]
    assert counts == [1, 0]
    readers = await pair.data("GET", f"/v1/messages/{first['id']}/readers", token="alice")
    assert [one["agent_name"] for one in readers] == ["bob"]
    assert await pair.data("GET", f"/v1/messages/{second['id']}/readers", token="alice") == []


async def test_the_same_key_stores_once_and_says_that_it_is_a_replay(pair: Running) -> None:
    for header in ("Idempotency-Key", "X-Idempotency-Key"):
        key = {header: header + "~!{}" + "x" * (255 - len(header) - 4)}
        first = await pair.call("POST", GENERAL, {"text": header}, token="alice", headers=key)
        again = await pair.call("POST", GENERAL, {"text": header}, token="alice", headers=key)
        assert first.json()["data"]["id"] == again.json()["data"]["id"]
        assert "Idempotency-Replayed" not in first.headers
        assert again.headers["Idempotency-Replayed"] == "true"
        other = await pair.code("POST", GENERAL, {"text": "other"}, token="alice", headers=key)
        assert other == (409, "idempotency_key_reused")
        mine = await pair.data("POST", GENERAL, {"text": header}, token="bob", headers=key)
        assert mine["id"] != first.json()["data"]["id"]
    assert len(await pair.data("GET", GENERAL, token="bob")) == 4


async def test_the_same_key_at_another_place_is_another_request(pair: Running) -> None:
    key = {"Idempotency-Key": "k"}
    root = await pair.data("POST", GENERAL, {"text": "x"}, token="alice", headers=key)
    reply = await pair.data("POST", f"/v1/messages/{root['id']}/replies", {"text": "x"}, token="alice", headers=key)
    direct = await pair.data("POST", "/v1/dm", {"to": "bob", "text": "x"}, token="alice", headers=key)
    assert len({root["id"], reply["id"], direct["id"]}) == 3


async def test_a_key_that_is_none_is_refused(pair: Running) -> None:
    for key in ("a b", "x" * 256, "\xe9"):
        headers = {"Idempotency-Key": key.encode("latin-1")}
        status, code = await pair.code("POST", GENERAL, {"text": "x"}, token="alice", headers=headers)
        assert (status, code) == (400, "invalid_idempotency_key"), key
