"""A real relay behind a real server on loopback, and callers for it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from pydantic import BaseModel
from websockets.asyncio.client import ClientConnection, connect

from relay_tui.core.actions import InvocationContext
from relay_tui.core.commands import RegisterAgent
from relay_tui.core.model import Caller, Source
from relay_tui.core.policy.rules import Policy, Rule
from relay_tui.core.relay import Relay
from relay_tui.server.serve import Server
from tests.core.conftest import until as until_in

POLICY = Policy(
    (
        Rule(name="echo is free", action="echo", verdict="allow"),
        Rule(name="never", action="forbidden.thing", verdict="deny", reason="nobody may"),
        Rule(name="a person decides", action="*", verdict="ask", reason="it changes the world"),
    )
)


class EchoInput(BaseModel):
    text: str


@dataclass
class Running:
    """A relay that is being served; the calls are made over the loopback."""

    relay: Relay
    server: Server
    key: str
    operator: Caller
    http: httpx.AsyncClient
    tokens: dict[str, str] = field(default_factory=dict[str, str])

    async def call(self, method: str, path: str, body: Any = None, *, token: str | None = None, **more: Any) -> Any:
        """The answered response; `token` is an agent's name, or a token itself. Default: the workspace key."""
        bearer = self.key if token is None else self.tokens.get(token, token)
        headers = {"Authorization": f"Bearer {bearer}", **more.pop("headers", {})}
        if body is not None:
            more["json"] = body
        return await self.http.request(method, path, headers=headers, **more)

    async def data(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """The `data` of an answer that must be a success."""
        response = await self.call(method, path, body, **more)
        assert response.is_success, response.text
        return response.json()["data"] if response.content else None

    async def code(self, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, str]:
        """Status and code of an answer that must be an error in the envelope."""
        response = await self.call(method, path, body, **more)
        answer = response.json()
        assert answer["ok"] is False, response.text
        assert answer["error"]["message"]
        return response.status_code, answer["error"]["code"]

    async def agent(self, name: str) -> dict[str, Any]:
        found = await self.data("POST", "/v1/agents", {"name": name})
        self.tokens[name] = found["token"]
        return found

    @asynccontextmanager
    async def socket(self, name: str, **register: Any) -> AsyncIterator[Node]:
        """A registered node socket of an agent."""
        minted = await self.data("POST", "/v1/agent/node-token", token=name)
        url = self.server.url.replace("http", "ws") + "/v1/node/ws"
        async with connect(
            url, additional_headers={"Authorization": f"Bearer {minted['token']}"}, compression=None
        ) as ws:
            node = Node(ws, name)
            node.registered = await node.ask("node.register", name=name, node_id=minted["node_id"], **register)
            yield node


@dataclass
class Node:
    ws: ClientConnection
    name: str
    registered: dict[str, Any] = field(default_factory=dict[str, Any])

    async def send(self, kind: str, **fields: Any) -> None:
        await self.ws.send(json.dumps({"v": 1, "type": kind, **fields}))

    async def ask(self, kind: str, **fields: Any) -> dict[str, Any]:
        await self.send(kind, id="q", **fields)
        while True:
            frame = await self.next()
            if frame.get("id") == "q":
                return frame

    async def next(self) -> dict[str, Any]:
        async with asyncio.timeout(10):
            return orjson.loads(await self.ws.recv())

    async def ack(self, seq: int) -> dict[str, Any]:
        return await self.ask("delivery.ack", agent=self.name, up_to_seq=seq)


@asynccontextmanager
async def running(path: Path, *, port: int = 0) -> AsyncIterator[Running]:
    async with Relay.open(path, name="test", policy=POLICY) as relay:
        known = await relay.queries.agent("operator")
        operator = known or await relay.execute(RegisterAgent(name="operator", type="human"))
        caller = Caller(operator.id, Source.TUI)

        async def echo(asked: EchoInput, ctx: InvocationContext) -> dict[str, Any]:
            return {"text": asked.text, "caller": ctx.caller.name}

        for name in ("echo", "forbidden.thing", "deploy.preview"):
            await relay.actions.register(name, f"{name}, for tests", EchoInput, echo)
        server = Server()
        await server.start(relay, operator=caller, port=port)
        key = (path / "key").read_text().strip()
        async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=10) as http:
            try:
                yield Running(relay, server, key, caller, http)
            finally:
                await server.stop()


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Running]:
    async with running(tmp_path / "state") as found:
        yield found


@pytest.fixture
async def pair(served: Running) -> Running:
    """Two agents, alice and bob, both in #general."""
    await served.agent("alice")
    await served.agent("bob")
    return served


async def until(ready: Callable[[], Awaitable[Any]], relay: Relay, seconds: float = 10) -> Any:
    """The first true answer of `ready`, asked again after each commit."""
    return await until_in(relay, ready, seconds)
