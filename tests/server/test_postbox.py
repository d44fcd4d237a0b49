"""What an agent was rung for, read by itself; and the rules of what is typed whole."""

from __future__ import annotations

from .conftest import Running


async def test_a_doorbell_is_answered_by_reading_and_reading_again_says_the_same(pair: Running) -> None:
    first = await pair.data("POST", "/v1/dm", {"to": "bob", "text": "one"}, token="alice")
    sent = await pair.data("POST", "/v1/dm", {"to": "bob", "text": "psst"}, token="alice")
    waiting = await pair.data("GET", "/v1/x/postbox", token="bob")
    assert [(one["id"], one["from"], one["to"]) for one in waiting] == [
        (first["id"], "alice", "@bob"), (sent["id"], "alice", "@bob")
    ]  # fmt: skip
    assert "psst" not in str(waiting)
    for _ in range(2):
        found = await pair.data("GET", f"/v1/x/postbox/{sent['id']}", token="bob")
        assert (found["text"], found["from"], found["unread_before"]) == ("psst", "alice", [first["id"]])
    states = {row["message"]: row["state"] for row in await pair.data("GET", "/v1/x/deliveries?faults=true")}
    assert states[sent["id"]] == "unverified"
    assert await pair.code("POST", f"/v1/x/postbox/{first['id']}/read", token="bob") == (409, "not_read")
    for _ in range(2):
        await pair.data("POST", f"/v1/x/postbox/{sent['id']}/read", token="bob")
    (row,) = await pair.data("GET", "/v1/x/deliveries?all=true&state=delivered&limit=9")
    assert (row["message"], row["evidence"]) == (sent["id"], "inbox read")
    assert await pair.data("GET", f"/v1/x/postbox/{found['delivery_id']}", token="bob") == found


async def test_nobody_reads_what_was_sent_to_others(pair: Running) -> None:
    sent = await pair.data("POST", "/v1/dm", {"to": "bob", "text": "psst"}, token="alice")
    for ref in (sent["id"], "1", "x", f"dlv_{sent['id']}_1", "%00", "9" * 50):
        assert await pair.code("GET", f"/v1/x/postbox/{ref}", token="alice") == (404, "delivery_not_found")
    assert (await pair.code("GET", "/v1/x/postbox"))[0] == 403
    await pair.data("POST", "/v1/x/hold", {"agent": "bob"})
    assert await pair.code("GET", "/v1/x/postbox", token="bob") == (409, "on_hold")


async def test_rules_are_the_workspaces(pair: Running) -> None:
    body = {"sender": "alice", "agent": "*", "say": "whole"}
    assert await pair.code("POST", "/v1/x/doorbells", body, token="alice") == (403, "forbidden")
    ruled = await pair.data("POST", "/v1/x/doorbells", body)
    assert (ruled["from"], ruled["to"], ruled["say"]) == ("alice", "*", "whole")
    assert ruled.pop("unable") == []
    assert await pair.data("GET", "/v1/x/doorbells") == [ruled]
    assert await pair.code("POST", "/v1/x/doorbells", {**body, "say": "loud"}) == (400, "invalid_request")
    assert await pair.code("POST", "/v1/x/doorbells", {**body, "agent": "nobody"}) == (404, "agent_not_found")
