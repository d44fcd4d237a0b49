from __future__ import annotations

import asyncio
import json
from typing import Any

from relay_tui.client import RelayClient

from .conftest import Running

MENTION: dict[str, Any] = {"kind": "mention", "agent": "alice"}


async def test_rules_are_kept_with_the_workspace_key_and_by_no_agent(pair: Running) -> None:
    body = {"name": "r", "when": MENTION, "then": {"kind": "notify", "text": "{text}"}}
    assert await pair.code("POST", "/v1/x/rules", body, token="alice") == (403, "forbidden")
    made = await pair.data("POST", "/v1/x/rules", body)
    await pair.data("POST", "/v1/channels/general/messages", {"text": "@alice hi"}, token="bob")
    await pair.relay.wait_for({"kind": "event", "type": "rule.ran"}, timeout=10, from_seq=1)
    (run,) = await pair.data("GET", f"/v1/x/rules/{made['id']}/runs")
    assert run["outcome"] == "done"
    off = await pair.data("PATCH", f"/v1/x/rules/{made['id']}", {"enabled": False})
    assert off["enabled"] is False
    await pair.data("DELETE", f"/v1/x/rules/{made['id']}")
    assert await pair.data("GET", "/v1/x/rules") == []
    assert await pair.code("DELETE", f"/v1/x/rules/{made['id']}") == (404, "rule_not_found")


async def test_an_agent_follows_the_log_as_far_as_it_may_read(pair: Running) -> None:
    await pair.agent("carol")
    async with RelayClient(pair.server.url, pair.tokens["alice"]) as alice:
        entries = alice.subscribe({"kind": "message"}, from_seq=1)
        await pair.data("POST", "/v1/dm", {"to": "carol", "text": "secret"}, token="bob")
        await pair.data("POST", "/v1/channels/general/messages", {"text": "open"}, token="bob")
        async with asyncio.timeout(10):
            batch = await anext(entries)
        assert [entry["data"]["text"] for entry in batch] == ["open"]
        await entries.aclose()
        everything = alice.subscribe(from_seq=1)
        async with asyncio.timeout(10):
            assert "token_hash" not in json.dumps(await anext(everything))
        await everything.aclose()


async def test_a_client_waits_without_a_gap(pair: Running) -> None:
    async with RelayClient(pair.server.url, pair.tokens["alice"]) as alice:
        waiting = asyncio.create_task(alice.wait_for(MENTION, timeout=10, from_seq=1))
        await pair.data("POST", "/v1/channels/general/messages", {"text": "@alice hi"}, token="bob")
        assert (await waiting)["happening"]["data"]["text"] == "@alice hi"
    assert await pair.code("POST", "/v1/x/wait", {"when": {"kind": "x"}}) == (400, "invalid_predicate")
