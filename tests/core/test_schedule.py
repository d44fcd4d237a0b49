from __future__ import annotations

from pathlib import Path

from relay_tui.core import commands as c
from relay_tui.core.clock import system_clock
from relay_tui.core.model import State
from relay_tui.core.relay import Relay

from .conftest import Hands, Join, newcomer, until


async def test_a_message_for_later_is_sent_when_its_time_comes(relay: Relay, join: Join) -> None:
    by = await join("one")
    waiting = await relay.execute(c.ScheduleMessage(to="#general", text="later", at=system_clock() + 50), by)
    assert [s.id for s in await relay.queries.scheduled(sender_id=by.agent_id)] == [waiting.id]

    async def sent() -> bool:
        found = await relay.queries.scheduled_message(waiting.id)
        return found is not None and found.status == "sent"

    await until(relay, sent)
    assert await relay.queries.scheduled() == []
    assert [s.id for s in await relay.queries.scheduled(waiting=False)] == [waiting.id]


async def test_what_became_due_while_there_was_no_relay_is_sent_once(folder: Path, hands: Hands) -> None:
    async with Relay.open(folder, clock=hands) as relay:
        by = await newcomer(relay, "one")
        await relay.execute(c.ScheduleMessage(to="#general", text="later", at=hands.now + 60_000), by)
    hands.now += 120_000
    for _ in range(2):
        async with Relay.open(folder, clock=hands) as relay:
            general = await relay.queries.channel("#general")
            assert general is not None

            async def said(relay: Relay = relay, channel_id: str = general.id) -> list[str]:
                return [m.text for m in await relay.queries.messages(channel_id)]

            assert await until(relay, said) == ["later"]


async def test_send_when_idle_goes_when_the_program_becomes_idle(relay: Relay, join: Join) -> None:
    ada, one = await join("ada", "human"), await join("one")
    await relay.execute(c.StartSession(agent_id=one.agent_id, harness="test", state=State.WORKING))
    waiting = await relay.execute(c.ScheduleMessage(to="@one", text="now", when_idle="one"), ada)
    gone = await relay.execute(c.ScheduleMessage(to="@one", text="never", when_idle="one"), ada)
    await relay.execute(c.CancelScheduled(scheduled_id=gone.id), ada)
    await relay.execute(c.RecordState(agent_id=one.agent_id, generation=1, state=State.IDLE, evidence="test"))

    async def sent() -> bool:
        found = await relay.queries.scheduled_message(waiting.id)
        return found is not None and found.status == "sent"

    await until(relay, sent)
    found = await relay.queries.scheduled_message(gone.id)
    assert found is not None
    assert found.status == "cancelled"
