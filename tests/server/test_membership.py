"""Muting, roles and participants, over the wire."""

from __future__ import annotations

from .conftest import Running
from .test_messages import say


async def test_a_broker_mutes_what_it_joins_and_is_due_only_mentions(pair: Running) -> None:
    answer = await pair.data("POST", "/v1/channels/general/mute", {}, token="bob")
    assert (answer["channel"], answer["muted"]) == ("general", True)
    quiet, loud = await say(pair, "quiet"), await say(pair, "@bob loud")
    bob = await pair.data("GET", "/v1/agent", token="bob")
    assert bob["pending_deliveries"] == 1
    due = await pair.relay.queries.pending(bob["id"])
    assert [one.message_id for one in due] == [loud["id"]] != [quiet["id"]]
    members = await pair.data("GET", "/v1/channels/general/members", token="alice")
    assert {one["agent_name"]: one["is_muted"] for one in members if one["agent_name"] != "operator"} == {
        "alice": False,
        "bob": True,
    }
    assert (await pair.data("POST", "/v1/channels/general/unmute", {}, token="bob"))["muted"] is False
    await pair.data("POST", "/v1/channels", {"name": "room"}, token="alice")
    assert await pair.code("POST", "/v1/channels/room/mute", {}, token="bob") == (403, "not_a_member")


async def test_roles_and_removing(pair: Running) -> None:
    await pair.data("POST", "/v1/channels", {"name": "room"}, token="alice")
    await pair.data("POST", "/v1/channels/room/join", {}, token="bob")
    path = "/v1/x/channels/room/members"
    assert await pair.code("PATCH", f"{path}/bob", {"role": "owner"}, token="bob") == (403, "not_an_owner")
    assert await pair.code("PATCH", f"{path}/alice", {"role": "member"}, token="alice") == (409, "last_owner")
    assert (await pair.data("PATCH", f"{path}/bob", {"role": "owner"}, token="alice"))["role"] == "owner"
    assert (await pair.call("DELETE", f"{path}/alice", token="bob")).status_code == 204
    members = await pair.data("GET", "/v1/channels/room/members")
    assert [one["agent_name"] for one in members] == ["bob"]


async def test_an_archived_channel_comes_back(pair: Running) -> None:
    await pair.data("POST", "/v1/channels", {"name": "room"}, token="alice")
    await pair.call("DELETE", "/v1/channels/room", token="alice")
    assert await pair.code("POST", "/v1/channels/room/messages", {"text": "x"}, token="alice") == (
        409,
        "channel_archived",
    )
    assert (await pair.data("POST", "/v1/x/channels/room/unarchive", token="alice"))["is_archived"] is False


async def test_a_groups_participants(pair: Running) -> None:
    for name in ("carol", "dave"):
        await pair.agent(name)
    asked = {"participants": ["bob", "carol"]}
    group = (await pair.data("POST", "/v1/dm/group", asked, token="alice"))["id"]
    path = f"/v1/dm/{group}/participants"
    added = await pair.data("POST", path, {"agent": "dave"}, token="bob")
    assert added == {"conversation_id": group, "agent": "dave", "already_member": False}
    assert (await pair.data("POST", path, {"agent_name": "dave"}, token="bob"))["already_member"] is True
    names = {one["agent_name"] for one in await pair.data("GET", path, token="dave")}
    assert names == {"alice", "bob", "carol", "dave"}
    assert await pair.code("DELETE", f"{path}/carol", token="bob") == (403, "not_an_owner")
    assert (await pair.call("DELETE", f"{path}/carol", token="alice")).status_code == 204
    assert (await pair.call("DELETE", f"{path}/bob", token="bob")).status_code == 204
    assert await pair.code("GET", path, token="carol") == (404, "conversation_not_found")


async def test_read_status_and_presence_say_how_far_and_since_when(pair: Running) -> None:
    message = await say(pair, "hello")
    await pair.data("POST", f"/v1/messages/{message['id']}/read", {}, token="bob")
    status = await pair.data("GET", "/v1/channels/general/read-status", token="alice")
    assert {one["agent_name"]: one["last_read_id"] for one in status if one["agent_name"] != "operator"} == {
        "alice": message["id"],
        "bob": message["id"],
    }
    async with pair.socket("bob"):
        found = {one["agent_name"]: one for one in await pair.data("GET", "/v1/agents/presence")}
        assert (found["bob"]["state"], found["operator"]["state"]) == ("ready", None)
        assert found["bob"]["since"].endswith("Z")


async def test_the_operator_sees_every_conversation_and_agents_do_not(pair: Running) -> None:
    sent = await pair.data("POST", "/v1/dm", {"to": "bob", "text": "psst"}, token="alice")
    (found,) = await pair.data("GET", "/v1/dm/conversations/all")
    assert (sorted(found["participants"]), found["message_count"]) == (["alice", "bob"], 1)
    path = f"/v1/dm/conversations/{sent['conversation_id']}/messages"
    assert [one["text"] for one in await pair.data("GET", path)] == ["psst"]
    assert await pair.code("GET", path, token="alice") == (403, "forbidden")
    assert await pair.code("GET", "/v1/dm/conversations/9/messages") == (404, "conversation_not_found")
