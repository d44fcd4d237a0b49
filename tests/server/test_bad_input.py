"""Whatever is sent, the answer is in the envelope, says which field, and is never a 5xx."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from .conftest import Running

WRITES = [
    ("POST", "/v1/agents", ""),
    ("PATCH", "/v1/agents/alice", ""),
    ("POST", "/v1/channels", "alice"),
    ("PATCH", "/v1/channels/general", "alice"),
    ("PATCH", "/v1/channels/general/topic", "alice"),
    ("POST", "/v1/channels/general/invite", "alice"),
    ("POST", "/v1/channels/general/messages", "alice"),
    ("POST", "/v1/dm", "alice"),
    ("POST", "/v1/dm/group", "alice"),
    ("POST", "/v1/actions/echo/invoke", "alice"),
    ("POST", "/v1/x/approvals/1", ""),
]
BODIES = [
    (b"not json", "invalid_json"),
    (b'{"text": "\xff\xfe"}', "invalid_json"),
    (b'{"text": "\\ud800"}', "invalid_json"),
    (b"[" * 5000, "invalid_json"),
    (b"[1, 2]", "invalid_request"),
    (b"null", "invalid_request"),
]


@pytest.mark.parametrize(("method", "path", "token"), WRITES)
async def test_a_body_that_is_no_json_object_is_refused(pair: Running, method: str, path: str, token: str) -> None:
    for content, code in BODIES:
        assert await pair.code(method, path, token=token or None, content=content) == (400, code), content[:20]


@pytest.mark.parametrize(("method", "path", "token"), WRITES)
async def test_fields_of_wrong_types_are_refused(pair: Running, method: str, path: str, token: str) -> None:
    wrong: Any = {"name": 5, "topic": [], "text": {}, "metadata": "x", "agent_name": 1, "to": None}
    wrong |= {"participants": "bob", "input": [], "request_hash": 4, "status": "flying"}
    assert await pair.code(method, path, wrong, token=token or None) == (400, "invalid_request")


@pytest.mark.parametrize(("method", "path", "token"), [w for w in WRITES if w[1] != "/v1/actions/echo/invoke"])
async def test_an_empty_body_is_refused_where_one_is_needed(pair: Running, method: str, path: str, token: str) -> None:
    status, code = await pair.code(method, path, token=token or None, content=b"")
    assert (status, code) == (400, "invalid_json")


async def test_ten_megabytes_are_refused_however_they_are_sent(pair: Running) -> None:
    body = b'{"text": "' + b"x" * 10_000_000 + b'"}'
    path = "/v1/channels/general/messages"
    assert await pair.code("POST", path, token="alice", content=body) == (413, "request_too_large")

    async def chunks() -> Any:
        for start in range(0, len(body), 65_536):
            yield body[start : start + 65_536]
            await asyncio.sleep(0)

    assert await pair.code("POST", path, token="alice", content=chunks()) == (413, "request_too_large")
    assert (await pair.data("POST", path, {"text": "still here"}, token="alice"))["text"] == "still here"


async def test_the_longest_message_passes_and_one_more_character_does_not(pair: Running) -> None:
    path = "/v1/channels/general/messages"
    assert len((await pair.data("POST", path, {"text": "é" * 1_000_000}, token="alice"))["text"]) == 1_000_000
    assert await pair.code("POST", path, {"text": "é" * 1_000_001}, token="alice") == (400, "invalid_request")


@pytest.mark.parametrize(
    ("method", "path", "token", "code"),
    [
        ("GET", "/v1/agents/nobody", "", "agent_not_found"),
        ("GET", "/v1/channels/nowhere", "alice", "channel_not_found"),
        ("POST", "/v1/channels/nowhere/join", "alice", "channel_not_found"),
        ("GET", "/v1/channels/nowhere/messages", "alice", "channel_not_found"),
        ("GET", "/v1/messages/99999999999999999999", "alice", "message_not_found"),
        ("GET", "/v1/messages/one", "alice", "message_not_found"),
        ("GET", "/v1/messages/1/replies", "alice", "message_not_found"),
        ("POST", "/v1/messages/1/read", "alice", "message_not_found"),
        ("GET", "/v1/dm/1/messages", "alice", "conversation_not_found"),
        ("GET", "/v1/actions/nothing", "alice", "action_not_found"),
        ("GET", "/v1/actions/echo/invocations/1", "alice", "invocation_not_found"),
        ("GET", "/v1/nothing", "alice", "not_found"),
        ("GET", "/", "", "not_found"),
        ("GET", "/v1/agents/", "", "not_found"),
        ("GET", "/v1/channels/%00", "alice", "channel_not_found"),
        ("GET", "/v1/agents/%F0%9F%92%A9", "", "agent_not_found"),
    ],
)
async def test_what_is_not_there_is_404(pair: Running, method: str, path: str, token: str, code: str) -> None:
    assert await pair.code(method, path, token=token or None) == (404, code)


async def test_a_method_that_a_route_does_not_take_is_405(pair: Running) -> None:
    assert await pair.code("PUT", "/v1/agents") == (405, "method_not_allowed")
    assert await pair.code("POST", "/v1/inbox", {}, token="alice") == (405, "method_not_allowed")


@pytest.mark.parametrize("query", ["limit=0", "limit=-1", "limit=x", "limit=1e3", "before=x", "after=-1", "limit="])
async def test_paging_by_nonsense_is_refused(pair: Running, query: str) -> None:
    found = await pair.code("GET", f"/v1/channels/general/messages?{query}", token="alice")
    assert found == (400, "invalid_request")


async def test_text_that_cannot_be_stored_is_refused(pair: Running) -> None:
    path = "/v1/channels/general/messages"
    assert (await pair.code("POST", path, {"text": "a\0b"}, token="alice"))[0] == 400
    assert await pair.code("POST", path, {"text": ""}, token="alice") == (400, "invalid_request")
    assert await pair.code("POST", path, {"text": "x", "mode": "soon"}, token="alice") == (400, "invalid_request")
    bad = (("attachments", ["f"], 404, "file_not_found"), ("blocks", [{}], 400, "invalid_blocks"))
    for field, value, status, code in bad:
        assert await pair.code("POST", path, {"text": "x", field: value}, token="alice") == (status, code)


async def test_hostile_text_comes_back_as_it_was_sent(pair: Running) -> None:
    text = "[/b] [TODO] [@click=app.quit] \x1b]52;c;cHduZWQ=\x07 \x1b[201~\r \u202e\u200b\ufeff"
    path = "/v1/channels/general/messages"
    sent = await pair.data("POST", path, {"text": text}, token="alice")
    assert sent["text"] == text
    assert (await pair.data("GET", f"/v1/messages/{sent['id']}", token="bob"))["text"] == text


async def test_an_error_names_the_field_and_not_the_value(pair: Running) -> None:
    response = await pair.call("POST", "/v1/agents", {"name": "secret value!"})
    message = response.json()["error"]["message"]
    assert message.startswith("name:")
    assert "secret" not in message
