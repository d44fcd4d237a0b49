from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from relay_tui.core import commands as c
from relay_tui.core import events as e
from relay_tui.core.errors import Refused
from relay_tui.core.log.store import open_store
from relay_tui.core.log.writer import Item, Writer
from relay_tui.core.model import Caller, Source
from relay_tui.core.policy.rules import Policy
from relay_tui.core.relay import Relay

START = 1_795_000_000_000
"""Where the clocks of these tests begin: November 2026."""
PATIENCE = 3.0
"""Seconds until a condition that should come true at once is given up."""


class Hands:
    """A clock whose hands the test moves. Milliseconds."""

    def __init__(self, now: int = START) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


class Desk:
    """The writer without its thread: commands are decided and written where they are given."""

    def __init__(self, path: Path, clock: Hands, policy: Policy | None = None) -> None:
        self.path = path
        self.clock = clock
        self.db = open_store(path)
        self.writer = Writer(self.db, clock, policy or Policy())
        if self.writer.state.workspace is None:
            system = self.writer.new_id()
            beginning = [
                e.WorkspaceCreated(self.writer.new_id(), "test", "0" * 64),
                e.AgentRegistered(system, "relay", "system", "", {}, ""),
                e.ChannelCreated(self.writer.new_id(), "channel", "general", "", {}),
            ]
            self.writer.bootstrap(beginning, system)
        self.system = Caller(next(a.id for a in self.writer.state.agents.values() if a.type == "system"))
        self.general = self.writer.state.channel_ids[("channel", "general")]

    @property
    def state(self) -> Any:
        return self.writer.state

    def together(self, *given: tuple[c.Command, Caller]) -> list[Item]:
        """Several commands as one batch; none of them raises."""
        items = [Item(command, by, None) for command, by in given]
        self.writer.run(items)
        return items

    def do(self, command: c.Command, by: Caller | None = None) -> Any:
        (item,) = self.together((command, by or self.system))
        if item.error is not None:
            raise item.error
        return item.answer

    def events(self, command: c.Command, by: Caller | None = None) -> list[e.Event]:
        """What the command made happen."""
        (item,) = self.together((command, by or self.system))
        if item.error is not None:
            raise item.error
        return [entry.event for entry in item.entries]

    def join(self, name: str, kind: str = "agent") -> Caller:
        """Somebody new, a member of #general."""
        return Caller(self.do(c.RegisterAgent(name=name, type=kind)).id)  # pyright: ignore[reportArgumentType]

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.db.execute(query, values).fetchall()


@contextmanager
def refused(code: str) -> Iterator[None]:
    """What is inside is refused with this code and a sentence."""
    with pytest.raises(Refused) as caught:
        yield
    assert caught.value.code == code, caught.value.message
    assert caught.value.message.endswith("."), caught.value.message


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def desk(tmp_path: Path, hands: Hands) -> Iterator[Desk]:
    opened = Desk(tmp_path / "log.db", hands)
    yield opened
    opened.db.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The state folder of a workspace that is not there yet."""
    return tmp_path / "state"


@pytest.fixture
async def relay(folder: Path) -> AsyncIterator[Relay]:
    async with Relay.open(folder) as opened:
        yield opened


Join = Callable[..., Awaitable[Caller]]


@pytest.fixture
def join(relay: Relay) -> Join:
    """Registers somebody with `relay`; a member of #general."""

    async def register(name: str, kind: str = "agent") -> Caller:
        return await newcomer(relay, name, kind)

    return register


async def newcomer(relay: Relay, name: str, kind: str = "agent") -> Caller:
    agent = await relay.execute(c.RegisterAgent(name=name, type=kind))  # pyright: ignore[reportArgumentType]
    return Caller(agent.id, Source.SDK)


async def until(relay: Relay, holds: Callable[[], Awaitable[Any]], seconds: float = PATIENCE) -> Any:
    """Ask again after each commit until the answer is true, and give it."""
    changed = asyncio.Event()

    def committed(entries: Sequence[e.Entry]) -> None:
        changed.set()

    unfollow = relay.on_commit(committed)
    try:
        async with asyncio.timeout(seconds):
            while not (answer := await holds()):
                await changed.wait()
                changed.clear()
            return answer
    finally:
        unfollow()
