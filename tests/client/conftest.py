"""A relay that clients connect to: in this process, or in one of its own that can be killed."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import BaseModel

from relay_tui.client import RelayClient
from relay_tui.core.actions import ActionError, InvocationContext
from relay_tui.core.commands import RegisterAgent
from relay_tui.core.model import Caller, Source
from relay_tui.core.policy.rules import Policy, Rule
from relay_tui.core.relay import Relay
from relay_tui.server.serve import Server

POLICY = Policy(
    (
        Rule(name="free", action="echo*", verdict="allow"),
        Rule(name="never", action="forbidden.thing", verdict="deny", reason="nobody may"),
    )
)


class EchoInput(BaseModel):
    text: str


@dataclass
class Place:
    relay: Relay
    server: Server
    operator: Caller
    key: str

    @property
    def url(self) -> str:
        return self.server.url

    async def join(self, name: str) -> RelayClient:
        return await RelayClient.join(self.url, self.key, name, deadline=10)

    async def restart(self) -> None:
        """Stop serving and serve again on the same port; the relay stays open."""
        port = self.server.port
        await self.server.stop()
        await self.server.start(self.relay, operator=self.operator, port=port)


@asynccontextmanager
async def serving(path: Path, port: int = 0) -> AsyncIterator[Place]:
    async with Relay.open(path, policy=POLICY) as relay:
        known = await relay.queries.agent("operator")
        operator = known or await relay.execute(RegisterAgent(name="operator", type="human"))

        async def echo(asked: EchoInput, ctx: InvocationContext) -> dict[str, str]:
            if asked.text == "fail":
                raise ActionError("broken", "it broke")
            return {"text": asked.text}

        for name in ("echo", "forbidden.thing", "deploy.preview"):
            await relay.actions.register(name, name, EchoInput, echo)
        server = Server()
        caller = Caller(operator.id, Source.TUI)
        await server.start(relay, operator=caller, port=port)
        try:
            yield Place(relay, server, caller, (path / "key").read_text().strip())
        finally:
            await server.stop()


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with serving(tmp_path / "state") as found:
        yield found


class KillableRelay:
    """`python -m client.relay_process`, on one port over all its lives."""

    def __init__(self, state: Path) -> None:
        self.state = state
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        script = Path(__file__).with_name("relay_process.py")
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, str(script), str(self.state), str(self.port), stdout=asyncio.subprocess.PIPE
        )
        assert self._process.stdout is not None
        assert await self._process.stdout.readline() == b"ready\n"

    async def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    @property
    def key(self) -> str:
        return (self.state / "key").read_text().strip()


@pytest.fixture
async def killable(tmp_path: Path) -> AsyncIterator[KillableRelay]:
    relay = KillableRelay(tmp_path / "state")
    await relay.start()
    yield relay
    await relay.kill()
