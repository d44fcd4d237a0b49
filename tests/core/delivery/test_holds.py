from __future__ import annotations

import pytest

from relay_tui.core import commands as c
from relay_tui.core.errors import Refused
from relay_tui.core.model import Caller, Mode, State
from relay_tui.core.model_delivery import EVERYONE, Hold, holding

from ..conftest import newcomer, refused
from .conftest import Stage


async def hold(stage: Stage, agent: Caller | None = None, reason: str = "") -> None:
    command = c.HoldDeliveries(agent_id=agent.agent_id if agent else None, reason=reason)
    await stage.relay.execute(command, stage.operator)


async def flush(stage: Stage, agent: Caller | None = None) -> None:
    await stage.relay.execute(c.FlushDeliveries(agent_id=agent.agent_id if agent else None), stage.operator)


async def test_a_held_agent_is_handed_nothing_and_who_holds_it_is_said(stage: Stage) -> None:
    program = await stage.program()
    await hold(stage, stage.agent, "reading along")
    message = await stage.say("later")
    held = await stage.comes_to(message, "held")
    assert held.reason == "held by ada: reading along"
    assert program.got == []
    kept = (await stage.relay.queries.holds())[stage.agent.agent_id]
    assert (kept.held_by, kept.since > 0) == (stage.operator.agent_id, True)


async def test_no_attempt_begins_behind_a_hold_that_its_queue_has_not_heard_of(stage: Stage) -> None:
    program = await stage.program(attach=False)
    message = await stage.say("later")
    await hold(stage)
    about = {"message_id": message, "agent_id": stage.agent.agent_id, "generation": program.generation}
    with refused("on_hold"):
        await stage.relay.execute(c.DispatchDelivery.model_validate(about | {"route": "typed"}))
    await flush(stage)
    await stage.relay.execute(c.DispatchDelivery.model_validate(about | {"route": "typed"}))


async def test_while_everyone_is_stopped_no_command_of_its_own_is_typed_either(stage: Stage) -> None:
    program = await stage.program()
    command = c.RecordOwnCommand(agent_id=stage.agent.agent_id, generation=program.generation, text="/compact")
    await hold(stage, stage.agent)
    await stage.relay.execute(command, stage.operator)
    await hold(stage)
    await flush(stage, stage.agent)
    await stage.relay.execute(command, stage.operator)
    await flush(stage)
    await hold(stage)
    with refused("on_hold"):
        await stage.relay.execute(command, stage.operator)


async def test_what_was_held_goes_in_order_once_it_is_flushed(stage: Stage) -> None:
    program = await stage.program()
    await hold(stage, stage.agent)
    messages = [await stage.say(str(n)) for n in range(5)]
    await stage.comes_to(messages[-1], "held")
    await flush(stage, stage.agent)
    assert await program.has(5) == ["0", "1", "2", "3", "4"]


async def test_a_hold_on_everyone_is_taken_off_agent_by_agent_or_from_all(stage: Stage) -> None:
    planner = await newcomer(stage.relay, "planner")
    builds, plans = await stage.program(), await stage.program(planner)
    await hold(stage)
    first = await stage.say("one")
    await stage.say("two", to="@planner")
    await stage.comes_to(first, "held")
    await flush(stage, stage.agent)
    assert await builds.has(1) == ["one"]
    assert plans.got == []
    await flush(stage)
    assert await plans.has(1) == ["two"]


async def test_a_hold_on_one_outlasts_the_hold_on_everyone(stage: Stage) -> None:
    program = await stage.program()
    await hold(stage, stage.agent)
    await hold(stage)
    message = await stage.say("still not")
    await stage.comes_to(message, "held")
    await flush(stage)
    assert (await stage.delivery(message)).word == "held"
    assert program.got == []


async def test_a_manual_message_goes_when_it_is_flushed(stage: Stage) -> None:
    program = await stage.program()
    message = await stage.say("when I say so", mode=Mode.MANUAL)
    assert (await stage.comes_to(message, "held")).reason == "held until it is flushed"
    await flush(stage, stage.agent)
    await stage.comes_to(message, "delivered")
    assert [one.text for one in program.got] == ["when I say so"]


async def test_a_flushed_manual_message_still_waits_for_an_idle_program(stage: Stage) -> None:
    program = await stage.program()
    message = await stage.say("when I say so", mode=Mode.MANUAL)
    await stage.comes_to(message, "held")
    program.becomes(State.WORKING)
    await flush(stage, stage.agent)
    await stage.comes_to(message, "deferred")
    assert program.got == []
    program.becomes(State.IDLE)
    await stage.comes_to(message, "delivered")


async def test_a_manual_message_that_was_flushed_stays_so_when_its_program_ends(stage: Stage) -> None:
    program = await stage.program()
    message = await stage.say("when I say so", mode=Mode.MANUAL)
    await stage.comes_to(message, "held")
    program.becomes(State.WORKING)
    await flush(stage, stage.agent)
    await stage.comes_to(message, "deferred")
    program.becomes(State.EXITED)
    await stage.comes_to(message, "queued")
    await stage.program()
    await stage.comes_to(message, "delivered")


async def test_agents_neither_hold_nor_flush(stage: Stage) -> None:
    for command in (c.HoldDeliveries(), c.FlushDeliveries(agent_id=stage.agent.agent_id)):
        with pytest.raises(Refused) as caught:
            await stage.relay.execute(command, stage.agent)
        assert caught.value.code == "forbidden"


async def test_a_hold_is_there_before_the_program_is(stage: Stage) -> None:
    await hold(stage, stage.agent)
    message = await stage.say("one")
    program = await stage.program()
    await stage.comes_to(message, "held")
    assert program.got == []


def test_an_agent_that_was_let_go_by_name_is_free_of_an_older_hold_on_everyone_only() -> None:
    everyone = Hold(EVERYONE, "1", 100)
    assert holding(None, everyone) is everyone
    assert holding(Hold("7", "1", 50, lifted_at=120), everyone) is None
    assert holding(Hold("7", "1", 50, lifted_at=80), everyone) is everyone
    assert holding(Hold("7", "1", 50), None) is not None
    assert holding(None, Hold(EVERYONE, "1", 100, lifted_at=110)) is None
