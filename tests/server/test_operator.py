"""The holder of the workspace key, acting as the operator; and waiting for a message to arrive."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from relay_tui.core.commands import DropDelivery, RaiseDelivery
from relay_tui.core.ids import ACT_AS, OPERATOR
from relay_tui.core.model import Evidence, Reached

from .conftest import Running

AS_OPERATOR = {"headers": {ACT_AS: OPERATOR}}


async def say(pair: Running, to: str = "alice") -> dict[str, Any]:
    return await pair.data("POST", "/v1/dm", {"to": to, "text": "hello"}, **AS_OPERATOR)


async def test_with_the_header_the_workspace_key_says_reacts_reads_and_answers_as_the_operator(pair: Running) -> None:
    await pair.data("POST", "/v1/channels/general/join", **AS_OPERATOR)
    sent = await pair.data("POST", "/v1/channels/general/messages", {"text": "one"}, **AS_OPERATOR)
    assert sent["agent_name"] == "operator"
    assert (await say(pair))["from_agent_id"] == pair.operator.agent_id
    said = await pair.data("POST", "/v1/dm", {"to": "operator", "text": "psst"}, token="alice")
    inbox = await pair.data("GET", "/v1/inbox", **AS_OPERATOR)
    assert inbox["unread_dms"][0]["conversation_id"] == said["conversation_id"]
    await pair.data("POST", f"/v1/messages/{said['id']}/reactions", {"emoji": "👍"}, **AS_OPERATOR)
    reply = await pair.data("POST", f"/v1/messages/{said['id']}/replies", {"text": "yes"}, **AS_OPERATOR)
    assert reply["agent_name"] == "operator"


async def test_the_header_gives_an_agent_nothing(pair: Running) -> None:
    sent = await pair.data("POST", "/v1/dm", {"to": "bob", "text": "hello"}, token="alice", **AS_OPERATOR)
    assert sent["from_agent_id"] != pair.operator.agent_id
    assert await pair.code("GET", "/v1/agents", token="alice", **AS_OPERATOR) == (403, "forbidden")


@pytest.mark.parametrize("path", ["/v1/agent/node-token", "/v1/agents/heartbeat", "/v1/agents/disconnect"])
async def test_what_only_a_program_does_the_operator_does_not(pair: Running, path: str) -> None:
    assert await pair.code("POST", path, {}, **AS_OPERATOR) == (403, "agent_token_required")


async def raised(pair: Running, message_id: str, reached: Reached, evidence: Evidence = Evidence.TRANSCRIPT) -> None:
    alice = await pair.relay.queries.agent("alice")
    assert alice is not None
    command = RaiseDelivery(message_id=message_id, agent_id=alice.id, reached=reached, evidence=evidence)
    await pair.relay.execute(command)


async def test_a_wait_is_answered_when_there_is_proof_and_not_before(pair: Running) -> None:
    sent = await say(pair)
    path = f"/v1/x/messages/{sent['id']}/deliveries"
    [row] = await pair.data("GET", path)
    assert (row["agent_name"], row["state"], row["there"], row["over"]) == ("alice", "queued", None, False)
    waiting = asyncio.create_task(pair.data("GET", f"{path}?until=delivered&wait=20"))
    await raised(pair, sent["id"], Reached.ACCEPTED)
    await raised(pair, sent["id"], Reached.DELIVERED, Evidence.ECHO)
    [row] = await pair.data("GET", f"{path}?until=delivered&wait=0")
    assert (row["state"], row["there"], waiting.done()) == ("unverified", False, False)
    await raised(pair, sent["id"], Reached.ACKNOWLEDGED)
    [row] = await waiting
    assert (row["state"], row["there"]) == ("acknowledged", True)


async def test_a_reply_ends_a_wait_for_an_answer(pair: Running) -> None:
    sent = await say(pair)
    await raised(pair, sent["id"], Reached.DELIVERED)
    waiting = asyncio.create_task(pair.data("GET", f"/v1/x/messages/{sent['id']}/deliveries?until=answered&wait=20"))
    await pair.data("POST", f"/v1/messages/{sent['id']}/replies", {"text": "done"}, token="alice")
    assert [row["there"] for row in await waiting] == [True]


async def test_what_will_not_arrive_ends_the_wait(pair: Running) -> None:
    sent = await say(pair)
    alice = await pair.relay.queries.agent("alice")
    assert alice is not None
    waiting = asyncio.create_task(pair.data("GET", f"/v1/x/messages/{sent['id']}/deliveries?until=delivered&wait=20"))
    await pair.relay.execute(DropDelivery(message_id=sent["id"], agent_id=alice.id, reason="no"), pair.operator)
    [row] = await waiting
    assert (row["there"], row["over"]) == (False, True)


async def test_a_server_that_goes_down_answers_who_waits(pair: Running) -> None:
    sent = await say(pair)
    path = f"/v1/x/messages/{sent['id']}/deliveries"
    waiting = asyncio.create_task(pair.data("GET", f"{path}?until=delivered&wait=20"))
    # An answered request on another connection: the one that waits was sent before it.
    await pair.data("GET", path)
    async with asyncio.timeout(5):
        await pair.server.stop()
        assert [row["there"] for row in await waiting] == [False]


@pytest.mark.parametrize("query", ["until=soon", "wait=-1", "wait=3.5", "wait=21", "wait=", "wait=9999999999"])
async def test_a_wait_that_makes_no_sense_is_refused(pair: Running, query: str) -> None:
    sent = await say(pair)
    path = f"/v1/x/messages/{sent['id']}/deliveries?{query}"
    assert await pair.code("GET", path) == (400, "invalid_request")


async def test_a_conversation_of_others_is_not_there_to_wait_for(pair: Running) -> None:
    sent = await say(pair)
    path = f"/v1/x/messages/{sent['id']}/deliveries"
    assert await pair.code("GET", path, token="bob") == (404, "message_not_found")
    assert await pair.code("GET", "/v1/x/messages/1/deliveries") == (404, "message_not_found")
