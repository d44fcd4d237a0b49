"""A queue that was seen empty takes what it is told of; whatever else happens, it looks into the log."""

from __future__ import annotations

import asyncio

import pytest

from relay_tui.core import commands as c
from relay_tui.core import events as e
from relay_tui.core.delivery import ledger
from relay_tui.core.delivery.news import message_said, new_delivery
from relay_tui.core.model import Delivery, Evidence, Mode, State
from relay_tui.core.session import Capabilities, Receipt

from .conftest import Stage

MANY = Capabilities("callback", frozenset(Mode), concurrent=64)


@pytest.fixture
def looks(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The agents whose queues were read from the log, look by look."""
    seen: list[str] = []
    pending = stage.relay.queries.pending

    async def counted(agent_id: str, limit: int = 100) -> list[Delivery]:
        seen.append(agent_id)
        return await pending(agent_id, limit)

    monkeypatch.setattr(stage.relay.queries, "pending", counted)
    return seen


async def settled(stage: Stage) -> None:
    """The queue has done what it was woken for: its questions and these are answered in order."""
    for _ in range(5):
        await stage.relay.queries.pending("nobody")


async def test_what_an_empty_queue_is_told_of_is_not_read_back(stage: Stage, looks: list[str]) -> None:
    program = await stage.program(capabilities=MANY)
    await stage.comes_to(await stage.say("first"), "delivered")
    await settled(stage)
    looks.clear()
    for n in range(5):
        await stage.comes_to(await stage.say(str(n)), "delivered")
    assert looks.count(stage.agent.agent_id) == 0
    assert [m.text for m in program.got] == ["first", "0", "1", "2", "3", "4"]
    assert [m.wire_seq for m in program.got] == [1, 2, 3, 4, 5, 6]


async def test_a_burst_is_handed_over_once_each_and_in_order(stage: Stage) -> None:
    program = await stage.program(capabilities=MANY)
    await stage.comes_to(await stage.say("first"), "delivered")
    await asyncio.gather(*(stage.say(str(n)) for n in range(300)))
    assert await program.has(301) == ["first", *(str(n) for n in range(300))]
    await settled(stage)
    assert len(program.got) == 301


async def test_what_could_not_go_when_it_was_told_goes_before_what_is_told_later(stage: Stage) -> None:
    program = await stage.program(capabilities=MANY)
    await stage.comes_to(await stage.say("first"), "delivered")
    await settled(stage)
    program.becomes(State.WORKING)
    await stage.comes_to(await stage.say("second"), "deferred")
    third = await stage.say("third")
    program.becomes(State.IDLE)
    await stage.comes_to(third, "delivered")
    assert [m.text for m in program.got] == ["first", "second", "third"]


async def test_an_attempt_that_did_not_deliver_is_not_forgotten_for_what_is_told_next(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "BACKOFF", (0.01,))
    answers = iter([Receipt("delivered", Evidence.CALLBACK), Receipt("deferred", how="busy")])
    await stage.program(capabilities=MANY, receipts=lambda _: next(answers, Receipt("delivered", Evidence.CALLBACK)))
    await stage.comes_to(await stage.say("first"), "delivered")
    await settled(stage)
    second, third = await stage.say("second"), await stage.say("third")
    await stage.comes_to(third, "delivered")
    assert (await stage.comes_to(second, "delivered")).attempts == 2


async def test_a_message_is_told_as_the_log_has_it(stage: Stage) -> None:
    heard: list[e.Entry] = []
    stage.relay.on_commit(heard.extend)
    message_id = await stage.say("hello @builder", to="#general")
    entry = next(entry for entry in heard if isinstance(entry.event, e.MessageCreated))
    assert isinstance(entry.event, e.MessageCreated)
    told = message_said(entry, entry.event)
    assert told == await stage.relay.queries.message(message_id)
    assert new_delivery(told, stage.agent.agent_id) == await stage.delivery(message_id)


async def test_a_message_to_a_channel_that_was_left_is_not_handed_over(stage: Stage) -> None:
    program = await stage.program(capabilities=MANY)
    await stage.comes_to(await stage.say("first"), "delivered")
    general = await stage.relay.queries.channel("general")
    assert general is not None
    await stage.relay.execute(c.LeaveChannel(channel_id=general.id), stage.agent)
    await stage.say("not for you", to="#general")
    await stage.comes_to(await stage.say("for you"), "delivered")
    assert [m.text for m in program.got] == ["first", "for you"]
