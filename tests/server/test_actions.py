"""Asking for actions, and deciding about them, over the wire."""

from __future__ import annotations

from typing import Any

from .conftest import Running


async def ask(served: Running, action: str, token: str = "alice", **more: Any) -> dict[str, Any]:
    return await served.data("POST", f"/v1/actions/{action}/invoke", {"input": {"text": "hi"}}, token=token, **more)


async def ended(served: Running, invocation_id: str, action: str) -> dict[str, Any]:
    await served.relay.actions.finished(invocation_id)
    return await served.data("GET", f"/v1/actions/{action}/invocations/{invocation_id}", token="alice")


async def test_actions_are_listed_with_their_schemas(pair: Running) -> None:
    listed = await pair.data("GET", "/v1/actions", token="alice")
    assert {one["name"] for one in listed} >= {"echo", "deploy.preview"}
    found = await pair.data("GET", "/v1/actions/echo", token="alice")
    assert found["input_schema"]["required"] == ["text"]


async def test_an_allowed_action_runs_and_its_end_is_read(pair: Running) -> None:
    begun = await ask(pair, "echo")
    assert {"invocation_id", "action_name", "handler_agent_id", "handler_node_id", "input", "status"} <= set(begun)
    found = await ended(pair, begun["invocation_id"], "echo")
    assert (found["status"], found["output"]) == ("completed", {"text": "hi", "caller": "alice"})
    assert found["error"] is None
    assert found["completed_at"].endswith("Z")


async def test_a_denied_action_is_403_with_the_reason(pair: Running) -> None:
    response = await pair.call("POST", "/v1/actions/forbidden.thing/invoke", {"input": {"text": "x"}}, token="alice")
    assert response.status_code == 403
    error = response.json()["error"]
    assert (error["code"], error["message"]) == ("action_denied", "nobody may")


async def test_input_is_checked_and_unknown_actions_are_404(pair: Running) -> None:
    status, code = await pair.code("POST", "/v1/actions/echo/invoke", {"input": {"text": 5}}, token="alice")
    assert (status, code) == (400, "invalid_input")
    found = await pair.code("POST", "/v1/actions/nothing/invoke", {"input": {}}, token="alice")
    assert found == (404, "action_not_found")
    found = await pair.code("POST", "/v1/actions/echo/invoke", {"input": {"text": "x"}})
    assert found == (403, "agent_token_required")


async def test_an_invocation_with_one_key_is_one_invocation(pair: Running) -> None:
    key = {"Idempotency-Key": "once"}
    first, again = await ask(pair, "echo", headers=key), await ask(pair, "echo", headers=key)
    assert first["invocation_id"] == again["invocation_id"]


async def test_an_invocation_is_its_callers_alone(pair: Running) -> None:
    begun = await ask(pair, "echo")
    path = f"/v1/actions/echo/invocations/{begun['invocation_id']}"
    assert await pair.code("GET", path, token="bob") == (404, "invocation_not_found")
    assert (await pair.data("GET", path))["caller_name"] == "alice"


async def test_an_approved_action_runs_once_and_the_second_decision_is_refused(pair: Running) -> None:
    begun = await ask(pair, "deploy.preview")
    assert (begun["status"], begun["relay_status"]) == ("pending", "awaiting_approval")
    (waiting,) = await pair.data("GET", "/v1/x/approvals")
    assert (waiting["caller_name"], waiting["action_name"]) == ("alice", "deploy.preview")
    path = f"/v1/x/approvals/{waiting['approval_id']}"
    wrong = await pair.code("POST", path, {"request_hash": "0" * 64, "approve": True})
    assert wrong == (409, "approval_changed")
    decision = {"request_hash": waiting["request_hash"], "approve": True}
    assert (await pair.data("POST", path, decision))["decision"] == "approve"
    assert (await ended(pair, begun["invocation_id"], "deploy.preview"))["status"] == "completed"
    assert await pair.code("POST", path, decision) == (409, "approval_taken")
    assert await pair.data("GET", "/v1/x/approvals") == []
    assert len(await pair.data("GET", "/v1/x/approvals?all=true")) == 1


async def test_a_denial_carries_the_operators_words(pair: Running) -> None:
    begun = await ask(pair, "deploy.preview")
    (waiting,) = await pair.data("GET", "/v1/x/approvals")
    decision = {"request_hash": waiting["request_hash"], "approve": False, "words": "not on a Friday"}
    await pair.data("POST", f"/v1/x/approvals/{waiting['approval_id']}", decision)
    found = await ended(pair, begun["invocation_id"], "deploy.preview")
    assert (found["status"], found["relay_status"], found["error"]) == ("failed", "rejected", "not on a Friday")


async def test_deciding_about_nothing_is_404(pair: Running) -> None:
    decision = {"request_hash": "0" * 64, "approve": True}
    assert await pair.code("POST", "/v1/x/approvals/1", decision) == (404, "approval_not_found")
    assert await pair.code("POST", "/v1/x/approvals/x", decision) == (404, "approval_not_found")
