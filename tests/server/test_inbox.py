"""What an agent has not read."""

from __future__ import annotations

from .conftest import Running


async def test_the_inbox_counts_channels_mentions_and_conversations(pair: Running) -> None:
    assert await pair.data("GET", "/v1/inbox", token="bob") == {
        "unread_channels": [],
        "mentions": [],
        "unread_dms": [],
        "recent_reactions": [],
        "unread_threads": [],
        "expected_replies": [],
    }
    await pair.data("POST", "/v1/channels/general/messages", {"text": "one"}, token="alice")
    last = await pair.data("POST", "/v1/channels/general/messages", {"text": "two @bob"}, token="alice")
    direct = await pair.data("POST", "/v1/dm", {"to": "bob", "text": "psst"}, token="alice")
    found = await pair.data("GET", "/v1/inbox", token="bob")
    assert found["unread_channels"] == [{"channel_name": "general", "unread_count": 2}]
    (mention,) = found["mentions"]
    assert set(mention) == {"id", "channel_name", "agent_name", "text", "created_at"}
    assert (mention["id"], mention["agent_name"], mention["channel_name"]) == (last["id"], "alice", "general")
    (conversation,) = found["unread_dms"]
    assert conversation["conversation_id"] == direct["conversation_id"]
    assert (conversation["from"], conversation["unread_count"]) == ("alice", 1)
    assert conversation["last_message"]["text"] == "psst"


async def test_looking_marks_nothing_and_reading_does(pair: Running) -> None:
    sent = await pair.data("POST", "/v1/channels/general/messages", {"text": "@bob"}, token="alice")
    for _ in range(2):
        assert (await pair.data("GET", "/v1/inbox?limit=5", token="bob"))["unread_channels"]
    await pair.data("POST", f"/v1/messages/{sent['id']}/read", token="bob")
    found = await pair.data("GET", "/v1/inbox", token="bob")
    assert (found["unread_channels"], found["mentions"]) == ([], [])
