"""A host on a throwaway workspace, and the scripted terminal program as its agents."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from relay_tui.agents.harnesses.spec import AgentSpec, InputBox, ScreenRules
from relay_tui.core.model import Agent, Delivery, Message, Reached, State
from relay_tui.host import Host, WorkspaceFile, find_or_make
from tests.core.conftest import until as until_in

PATIENCE = 20.0
RULES = ScreenRules(
    name="scripted agent",
    idle=[r"^  (idle|ready)\b"],
    working=[r"^  working \d+s"],
    dialogs={"approval": r"^  waiting · "},
    queued=[r"^  queued  "],
    input=InputBox(edge=r"^─{3}.*─{2}$", indent=2),
)


@dataclass
class Site:
    """Where a host can be opened, ended and opened again."""

    folder: Path
    workspace: WorkspaceFile
    hosts: list[Host] = field(default_factory=list[Host])

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Host]:
        async with Host.open(self.workspace, operator="ann") as host:
            await host.serve(0)
            await host.find_agents()
            yield host

    def spec(self, name: str = "echo", *, transcript: bool = True) -> AgentSpec:
        return AgentSpec(
            name=name,
            argv=[sys.executable, "-m", "relay_tui.demo.program", name],
            cwd=self.folder,
            env={"RELAY_PACE": "0.2"},
            rules=RULES,
            writes_transcript=transcript,
        )


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """Ends every program and the tmux server of the workspace at the end."""
    folder = tmp_path / "project"
    folder.mkdir()
    site = Site(folder, find_or_make(folder, state_home=tmp_path / "state"))
    yield site
    async with site.open() as host:
        await host.end_all_agents()


@pytest.fixture
async def host(site: Site) -> AsyncIterator[Host]:
    async with site.open() as opened:
        yield opened


async def until(host: Host, holds: Callable[[], Awaitable[Any]], seconds: float = PATIENCE) -> Any:
    """Ask again after each commit until the answer is true, and give it."""
    return await until_in(host.relay, holds, seconds)


async def reached(host: Host, message: Message, agent: Agent, rung: Reached = Reached.DELIVERED) -> Delivery:
    async def look() -> Delivery | None:
        delivery = await host.relay.queries.delivery(message.id, agent.id)
        return delivery if delivery is not None and delivery.reached >= rung else None

    return await until(host, look)


async def state(host: Host, agent: Agent, *wanted: State) -> State:
    async def look() -> State | None:
        session = (await host.relay.queries.sessions())[agent.id]
        return session.state if session.state in wanted else None

    return await until(host, look)
