"""A demo with faults goes on: what died is started again, and only that."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from relay_tui.core import commands as c
from relay_tui.core.errors import RelayError
from relay_tui.core.model import State
from relay_tui.core.relay import Relay
from relay_tui.demo.revival import Revival
from relay_tui.host.programs import RELEASED
from tests.core.conftest import newcomer


@dataclass
class FakeHost:
    """Over a real relay; programs are only asked for."""

    relay: Relay
    asked: list[str] = field(default_factory=list[str])
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def restart(self, agent_id: str) -> None:
        self.asked.append(agent_id)
        self.news.set()
        if len(self.asked) == 1:
            raise RelayError("still_running", "Its program does not end.")


async def ended(relay: Relay, agent_id: str, state: State, detail: str = "exit 9") -> None:
    session = await relay.execute(c.StartSession(agent_id=agent_id, harness="terminal", evidence="pane"))
    said = c.RecordState(agent_id=agent_id, generation=session.generation, state=state, evidence="pane", detail=detail)
    await relay.execute(said)


@pytest.mark.parametrize("state", [State.EXITED, State.LOST])
async def test_who_died_is_brought_back_each_time_and_who_was_released_is_not(tmp_path: Path, state: State) -> None:
    async with Relay.open(tmp_path / "state") as relay:
        host = FakeHost(relay)
        one, two, three = [(await newcomer(relay, name)).agent_id for name in ("one", "two", "three")]
        revival = Revival(host, tmp_path / "curtain", 0.0)  # type: ignore[arg-type]
        await ended(relay, two, State.EXITED, RELEASED)
        for count in (1, 2):
            await ended(relay, one, state)
            async with asyncio.timeout(5):
                await host.news.wait()
            host.news.clear()
            await asyncio.gather(*revival._tasks.values())
            assert host.asked == [one] * count
        (tmp_path / "curtain").touch()
        await ended(relay, three, state)
        await asyncio.gather(*revival._tasks.values())
        assert host.asked == [one, one]
        await revival.close()
        await ended(relay, one, state)
        assert all(task.done() for task in revival._tasks.values())
