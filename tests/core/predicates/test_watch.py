"""Waiting on a real relay: nothing is missed between look and listen, and nothing is found twice."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from relay_tui.core import commands as c
from relay_tui.core import events as e
from relay_tui.core.errors import RelayError
from relay_tui.core.model import Caller, Evidence, Json, Reached, State
from relay_tui.core.predicates.happening import Found, ToolCall
from relay_tui.core.relay import Relay
from relay_tui.core.session import TranscriptEntry
from relay_tui.core.signals import Signal

from ..conftest import PATIENCE, Join, newcomer, refused

IS_IDLE: Json = {"kind": "status", "agent": "one", "is": "idle"}
BECOMES_IDLE: Json = {"kind": "status", "agent": "one", "becomes": "idle"}


async def become(relay: Relay, agent: Caller, state: State) -> None:
    await relay.execute(c.RecordState(agent_id=agent.agent_id, generation=1, state=state, evidence="test"))


async def test_what_is_so_already_is_found_at_once_and_what_becomes_so_only_on_the_change(
    relay: Relay, join: Join
) -> None:
    one = await join("one")
    await relay.execute(c.StartSession(agent_id=one.agent_id, harness="test", state=State.IDLE))
    assert (await relay.wait_for(IS_IDLE, timeout=PATIENCE)).happening is None
    with pytest.raises(TimeoutError):
        await relay.wait_for(BECOMES_IDLE, timeout=0.01)
    waiting = asyncio.create_task(relay.wait_for(BECOMES_IDLE, timeout=PATIENCE))
    await become(relay, one, State.WORKING)
    await become(relay, one, State.IDLE)
    found = (await waiting).happening
    assert isinstance(found, e.Entry)
    assert isinstance(found.event, e.StateRecorded)
    assert found.event.was == State.WORKING


@pytest.mark.parametrize("turns", range(12))
async def test_there_is_no_gap_between_look_and_listen(relay: Relay, join: Join, turns: int) -> None:
    """The change comes at every point of the wait's beginning: it is found each time, and at once."""
    one = await join("one")
    await relay.execute(c.StartSession(agent_id=one.agent_id, harness="test", state=State.WORKING))
    waiting = asyncio.create_task(relay.wait_for(IS_IDLE, timeout=PATIENCE))
    for _ in range(turns):
        await asyncio.sleep(0)
    await become(relay, one, State.IDLE)
    await waiting


async def test_a_watch_finds_each_once_in_order_however_slowly_it_is_read(relay: Relay, join: Join) -> None:
    one = await join("one")
    async with relay.watch({"kind": "message", "sender": "@one", "contains": "yes"}) as watch:
        for n in range(60):
            await relay.execute(c.SendMessage(to="#general", text=f"{'yes' if n % 3 else 'no'} {n}"), one)
        texts: list[str] = []
        async with asyncio.timeout(PATIENCE):
            async for found in watch:
                assert isinstance(found.happening, e.Entry)
                assert isinstance(found.happening.event, e.MessageCreated)
                texts.append(found.happening.event.text)
                if len(texts) == 40:
                    break
    assert texts == [f"yes {n}" for n in range(60) if n % 3]


async def test_waiting_goes_on_where_an_earlier_wait_ended(relay: Relay, join: Join) -> None:
    one = await join("one")
    start = relay.last_seq + 1
    for text in ("a", "b", "c"):
        await relay.execute(c.SendMessage(to="#general", text=text), one)
    said: list[str] = []
    for _ in range(3):
        found: Found = await relay.wait_for({"kind": "message"}, timeout=PATIENCE, from_seq=start)
        assert isinstance(found.happening, e.Entry)
        assert isinstance(found.happening.event, e.MessageCreated)
        said.append(found.happening.event.text)
        start = found.seq + 1
    assert said == ["a", "b", "c"]


async def test_a_timeout_loses_nothing_of_a_watch(relay: Relay, join: Join) -> None:
    one = await join("one")
    async with relay.watch({"kind": "message"}) as watch:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await anext(watch)
        await relay.execute(c.SendMessage(to="#general", text="a"), one)
        async with asyncio.timeout(PATIENCE):
            assert (await anext(watch)).happening is not None


async def test_deliveries_and_actions_are_waited_for_also_when_they_are_over(relay: Relay, join: Join) -> None:
    ada, one = await join("ada", "human"), await join("one")
    message = await relay.execute(c.SendMessage(to="@one", text="hello"), ada)

    def climbs(reached: Reached, evidence: Evidence) -> c.RaiseDelivery:
        return c.RaiseDelivery(message_id=message.id, agent_id=one.agent_id, reached=reached, evidence=evidence)

    predicate = {"kind": "delivery", "reached": "delivered", "agent": "one", "message_id": message.id}
    waiting = asyncio.create_task(relay.wait_for(predicate, timeout=PATIENCE))
    await relay.execute(climbs(Reached.ACCEPTED, Evidence.ADAPTER))
    await relay.execute(climbs(Reached.ACKNOWLEDGED, Evidence.TOOL_CALL))
    await waiting
    assert (await relay.wait_for(predicate, timeout=PATIENCE)).happening is None


async def test_a_tool_call_is_found_in_a_transcript(relay: Relay, join: Join) -> None:
    one = await join("one")
    async with relay.watch({"kind": "any", "of": [{"kind": "tool", "tool": "Bash"}, {"kind": "mention"}]}) as watch:
        calls = [TranscriptEntry(n, 0, "tool", "run", "ls", {"tool": tool}) for n, tool in enumerate(("Read", "Bash"))]
        relay.signal(Signal("transcript", one.agent_id, calls))
        async with asyncio.timeout(PATIENCE):
            found = await anext(watch)
    assert found.happening == ToolCall(one.agent_id, "Bash", "run", "ls", 0, 1)


async def test_a_wait_ends_when_the_relay_closes(folder: Path) -> None:
    async with Relay.open(folder) as relay:
        await newcomer(relay, "one")
        async with relay.watch({"kind": "mention", "agent": "one"}) as watch:
            waiting = asyncio.ensure_future(anext(watch, None))
            await asyncio.sleep(0)
            task = asyncio.create_task(relay.wait_for({"kind": "message"}))
            await relay.execute(c.RegisterAgent(name="two"))
            await relay.queries.agents()
            await relay._close()  # pyright: ignore[reportPrivateUsage]
            assert await waiting is None
            with pytest.raises(RelayError) as caught:
                await task
            assert caught.value.code == "relay_closed"


async def test_nobody_waits_for_who_does_not_exist(relay: Relay) -> None:
    with refused("agent_not_found"):
        await relay.wait_for({"kind": "mention", "agent": "nobody"})
    with refused("channel_not_found"):
        await relay.wait_for({"kind": "message", "channel": "nowhere"})
