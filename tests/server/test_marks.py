"""Reactions, edits, pins, threads and expected replies, over the wire."""

from __future__ import annotations

from urllib.parse import quote

from .conftest import Running
from .test_messages import say


async def test_reactions_have_the_wires_shapes(pair: Running) -> None:
    message = await say(pair, "hello")
    path = f"/v1/messages/{message['id']}/reactions"
    response = await pair.call("POST", path, {"emoji": "👍"}, token="bob")
    assert response.status_code == 201
    assert set(response.json()["data"]) == {"id", "message_id", "agent_name", "emoji", "created_at"}
    counted = [{"emoji": "👍", "count": 1, "agents": ["bob"]}]
    assert await pair.data("GET", path, token="alice") == counted
    assert (await pair.data("GET", f"/v1/messages/{message['id']}"))["reactions"] == counted
    inbox = await pair.data("GET", "/v1/inbox", token="alice")
    assert [(one["emoji"], one["agent_name"]) for one in inbox["recent_reactions"]] == [("👍", "bob")]
    assert (await pair.call("DELETE", f"{path}/{quote('👍')}", token="bob")).status_code == 204
    assert await pair.data("GET", path, token="alice") == []
    assert await pair.code("DELETE", f"{path}/eyes", token="bob") == (404, "reaction_not_found")
    assert await pair.code("POST", path, {"emoji": "a b"}, token="bob") == (400, "invalid_emoji")


async def test_a_reaction_to_what_one_said_comes_over_the_socket(pair: Running) -> None:
    message = await say(pair, "hello")
    async with pair.socket("alice") as alice:
        await pair.data("POST", f"/v1/messages/{message['id']}/reactions", {"emoji": "👍"}, token="bob")
        frame = await alice.next()
        assert (frame["seq"], frame["payload"]["type"]) == (0, "message.reacted")
        assert frame["payload"]["data"]["action"] == "added"


async def test_an_edit_is_told_to_who_is_connected_and_kept_in_its_history(pair: Running) -> None:
    message = await say(pair, "first")
    path = f"/v1/x/messages/{message['id']}"
    async with pair.socket("bob", capabilities=[{"name": "relay:no-deliveries-v1"}]) as bob:
        changed = await pair.data("PATCH", path, {"text": "second"}, token="alice")
        assert (changed["text"], "edited_at" in changed) == ("second", True)
        frame = await bob.next()
        assert frame["payload"]["type"] == "message.updated"
        assert frame["payload"]["data"]["message"]["text"] == "second"
    (before,) = await pair.data("GET", f"{path}/history", token="bob")
    assert (before["text"], before["by"]) == ("first", "alice")
    assert await pair.code("PATCH", path, {"text": "third"}, token="bob") == (403, "forbidden")
    assert await pair.code("DELETE", path, token="bob") == (403, "forbidden")
    assert (await pair.call("DELETE", path)).status_code == 204
    assert await pair.code("PATCH", path, {"text": "third"}, token="alice") == (409, "message_deleted")
    assert await pair.code("GET", f"{path}/history", token="bob") == (403, "forbidden")
    assert [one["text"] for one in await pair.data("GET", f"{path}/history", token="alice")] == ["first", "second"]


async def test_pins_of_a_channel(pair: Running) -> None:
    message = await say(pair, "hello")
    await pair.data("POST", f"/v1/x/messages/{message['id']}/pin", token="bob")
    (pinned,) = await pair.data("GET", "/v1/x/channels/general/pins", token="alice")
    assert (pinned["message"]["id"], pinned["pinned_by"]) == (message["id"], "bob")
    await pair.data("DELETE", f"/v1/x/messages/{message['id']}/pin", token="alice")
    assert await pair.data("GET", "/v1/x/channels/general/pins") == []


async def test_reading_a_reply_reads_its_thread(pair: Running) -> None:
    root = await say(pair, "hello")
    reply = await pair.data("POST", f"/v1/messages/{root['id']}/replies", {"text": "hi"}, token="bob")
    (thread,) = await pair.data("GET", "/v1/x/threads", token="alice")
    assert (thread["root_id"], thread["unread_count"], thread["last_reply_by"]) == (root["id"], 1, "bob")
    await pair.data("POST", f"/v1/messages/{reply['id']}/read", {}, token="alice")
    assert await pair.data("GET", "/v1/x/threads", token="alice") == []
    assert [t["root_id"] for t in await pair.data("GET", "/v1/x/threads?all=true", token="alice")] == [root["id"]]
    readers = await pair.data("GET", f"/v1/messages/{reply['id']}/readers", token="bob")
    assert [one["agent_name"] for one in readers] == ["alice"]


async def test_expected_replies_and_what_is_overdue(pair: Running) -> None:
    message = await say(pair, "@bob well?", reply_by="2999-01-01T00:00:00Z")
    assert (message["expects_reply"], message["reply_by"]) == (True, "2999-01-01T00:00:00.000Z")
    (mine,) = await pair.data("GET", "/v1/x/expected", token="alice")
    assert (mine["message_id"], mine["waiting_on"], mine["overdue"]) == (message["id"], ["bob"], False)
    assert [one["from"] for one in await pair.data("GET", "/v1/x/expected?owed=true", token="bob")] == ["alice"]
    assert await pair.data("GET", "/v1/x/expected", token="bob") == []
    assert await pair.data("GET", "/v1/x/expected?overdue=true") == []
    inbox = await pair.data("GET", "/v1/inbox", token="bob")
    assert [one["message_id"] for one in inbox["expected_replies"]] == [message["id"]]
    assert (await pair.data("POST", f"/v1/x/messages/{message['id']}/waive", token="alice"))["closed_at"]
    code = await pair.code("POST", "/v1/channels/general/messages", {"text": "x", "reply_by": 1}, token="bob")
    assert code == (400, "invalid_deadline")


async def test_an_unknown_mention_is_refused_only_to_who_asks_for_it(pair: Running) -> None:
    assert (await say(pair, "@nobody"))["mentions"] == []
    body = {"text": "@bobb", "strict_mentions": True}
    response = await pair.call("POST", "/v1/channels/general/messages", body, token="alice")
    assert response.json()["error"]["hint"] == "Did you mean @bob?"


async def test_messages_for_later(pair: Running) -> None:
    asked = {"to": "#general", "text": "later", "at": "2999-01-01T00:00:00Z"}
    waiting = await pair.data("POST", "/v1/x/scheduled", asked, token="alice")
    assert (waiting["status"], waiting["at"], waiting["from"]) == ("waiting", "2999-01-01T00:00:00.000Z", "alice")
    assert await pair.data("GET", "/v1/x/scheduled", token="bob") == []
    path = f"/v1/x/scheduled/{waiting['id']}"
    assert await pair.code("DELETE", path, token="bob") == (403, "forbidden")
    assert (await pair.data("DELETE", path, token="alice"))["status"] == "cancelled"
    assert await pair.code("DELETE", path, token="alice") == (409, "scheduled_ended")
    assert await pair.code("DELETE", "/v1/x/scheduled/999", token="alice") == (404, "scheduled_not_found")
    assert await pair.data("GET", "/v1/x/scheduled") == []
    assert [one["id"] for one in await pair.data("GET", "/v1/x/scheduled?all=true")] == [waiting["id"]]
    idle = {"to": "@bob", "text": "now", "when_idle": "@bob"}
    assert (await pair.data("POST", "/v1/x/scheduled", idle, token="alice"))["when_idle"] == "bob"


async def test_search_and_activity_show_nobody_what_is_not_theirs(pair: Running) -> None:
    await pair.agent("carol")
    await say(pair, "the release")
    await pair.data("POST", "/v1/dm", {"to": "bob", "text": "a release secret"}, token="alice")

    async def found(query: str, token: str | None = None) -> list[str]:
        return [one["text"] for one in await pair.data("GET", f"/v1/search?{query}", token=token)]

    assert await found("q=release") == await found("q=release", "bob") == ["a release secret", "the release"]
    assert await found("q=release", "carol") == ["the release"]
    assert await found("q=release&channel=general&from=alice", "bob") == ["the release"]
    assert await pair.code("GET", "/v1/search?q=") == (400, "invalid_request")
    assert await pair.code("GET", "/v1/search?q=before:then") == (400, "invalid_search")
    shown = [(one["type"], one["text"]) for one in await pair.data("GET", "/v1/activity", token="carol")]
    assert shown == [("message", "the release")]
    assert [one["type"] for one in await pair.data("GET", "/v1/activity")] == ["dm", "message"]
