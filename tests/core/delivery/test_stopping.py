"""Stopping the swarm: who is held, who was interrupted and how that is known, and that it outlives the relay."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest

from relay_tui.cli.deliveries import in_words
from relay_tui.core import commands as c
from relay_tui.core.delivery import sessions
from relay_tui.core.delivery.desk import Desk
from relay_tui.core.errors import Refused
from relay_tui.core.model import Session, State
from relay_tui.core.model_delivery import Interrupt, stopped_at
from relay_tui.core.relay import Relay
from relay_tui.core.session import StateChanged

from ..conftest import newcomer, until
from .conftest import Program, Stage


@dataclass
class Stoppable(Program):
    """A program that can be interrupted; `heeds` says whether it is seen to stop."""

    heeds: bool = True

    async def interrupt(self) -> bool:
        if self.heeds:
            self.becomes(State.IDLE)
        return self.heeds


def desk(stage: Stage) -> Desk:
    return Desk(stage.relay, stage.operator, stage.relay.sessions)


async def at_work(stage: Stage, name: str = "", kind: type[Program] = Stoppable) -> Program:
    by = await newcomer(stage.relay, name) if name else stage.agent
    session = await stage.relay.execute(c.StartSession(agent_id=by.agent_id, harness="test", state=State.WORKING))
    program = kind(by.agent_id, session.generation, state=StateChanged(State.WORKING, "test"))
    await stage.relay.sessions.attach(program)
    return program


async def test_stopping_holds_freezes_and_says_of_each_agent_whether_it_stopped(stage: Stage) -> None:
    await at_work(stage)
    deaf = await at_work(stage, "deaf")
    assert isinstance(deaf, Stoppable)
    deaf.heeds = False
    await at_work(stage, "other", Program)
    answer = await desk(stage).stop("fire")
    assert answer["hold"]["reason"] == answer["frozen"]["reason"] == "fire"
    ends = {one["agent"]: (one["was"], one["interrupted"]) for one in answer["agents"]}
    assert ends == {"builder": ("working", True), "deaf": ("working", False), "other": ("working", False)}
    kept = {one["agent"]: one["interrupted"] for one in (await desk(stage).standing())["agents"]}
    assert kept == {"builder": True, "deaf": False}


async def test_who_is_set_to_work_by_what_is_being_handed_over_is_interrupted_too(stage: Stage) -> None:
    program = await at_work(stage)
    program.becomes(State.IDLE)
    program.gate = asyncio.Event()
    message = await stage.say("go")
    await program.has(1)
    stopping = asyncio.create_task(desk(stage).stop("fire"))
    await until(stage.relay, lambda: stage.relay.queries.hold_on(stage.agent.agent_id))
    program.gate.set()
    await stage.comes_to(message, "delivered")
    program.becomes(State.WORKING)
    answer = await stopping
    assert [(one["was"], one["interrupted"]) for one in answer["agents"]] == [("working", True)]
    assert program.state.state == State.IDLE


async def test_who_is_handed_something_and_does_not_begin_on_it_holds_up_nobody(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "ATTEMPT_ENDS", 0.01)
    monkeypatch.setattr(sessions, "BEGINS", 0.01)
    program = await at_work(stage)
    program.becomes(State.IDLE)
    program.gate = asyncio.Event()
    await stage.say("go")
    await program.has(1)
    answer = await desk(stage).stop("fire")
    assert [(one["was"], one["interrupted"]) for one in answer["agents"]] == [("idle", None)]
    program.gate.set()


async def test_a_part_of_it_leaves_the_rest_alone(stage: Stage) -> None:
    program = await at_work(stage)
    await desk(stage).stop(only=("freeze",))
    standing = await desk(stage).standing()
    assert (standing["hold"], standing["agents"], program.state.state) == (None, [], State.WORKING)
    assert standing["frozen"]["by"] == "ada"
    assert (await desk(stage).resume())["was_frozen"] is True
    assert (await desk(stage).standing())["frozen"] is None


async def test_what_is_stopped_is_still_so_when_the_relay_is_opened_again(folder: Path) -> None:
    async with Relay.open(folder) as relay:
        ada = await newcomer(relay, "ada", "human")
        await Desk(relay, ada).stop("fire")
        before = await Desk(relay, ada).standing()
    async with Relay.open(folder) as relay:
        assert await Desk(relay, ada).standing() == before
        assert before["hold"]["since"] > 0


async def test_without_a_relay_over_them_no_program_is_said_to_have_been_left_alone(stage: Stage) -> None:
    await at_work(stage)
    gone = await at_work(stage, "gone")
    await stage.relay.sessions.detach(gone.agent_id, State.EXITED)
    answer = await Desk(stage.relay, stage.operator).stop("fire")
    assert answer["agents"] == [
        {"agent": "builder", "was": "working", "interrupted": False, "is": "out of reach"},
    ]
    assert any("so no program was told to stop" in line for line in in_words(answer))


async def test_letting_everybody_go_by_name_ends_the_hold_on_everyone(stage: Stage) -> None:
    await newcomer(stage.relay, "planner")
    await desk(stage).stop()
    await desk(stage).resume("builder")
    assert (await desk(stage).standing())["hold"] is not None
    await desk(stage).resume("planner")
    assert (await desk(stage).standing())["hold"] is None
    late = await newcomer(stage.relay, "late")
    assert await stage.relay.queries.hold_on(late.agent_id) is None


async def test_who_does_nothing_or_cannot_be_reached_is_not_interrupted(stage: Stage) -> None:
    await stage.program()
    for name, code in (("builder", "not_interruptible"), ("nobody", "agent_not_found")):
        with pytest.raises(Refused) as caught:
            await desk(stage).interrupt(name)
        assert caught.value.code == code
    program = await at_work(stage, "planner")
    assert (await desk(stage).interrupt("planner"))["interrupted"] is True
    assert program.state.state == State.IDLE
    with pytest.raises(Refused) as caught:
        await desk(stage).interrupt("planner")
    assert caught.value.code == "not_working"


def test_a_program_that_rests_later_or_is_another_one_was_stopped() -> None:
    asked = Interrupt("2", 3, "1", 100)
    assert stopped_at(asked, None) is None
    assert stopped_at(asked, Session("2", "test", 3, {}, State.WORKING, 150)) is None
    assert stopped_at(asked, Session("2", "test", 3, {}, State.IDLE, 90)) is None
    assert stopped_at(asked, Session("2", "test", 3, {}, State.IDLE, 150)) == 150
    assert stopped_at(asked, Session("2", "test", 4, {}, State.WORKING, 150)) == 150
    assert stopped_at(Interrupt("2", 3, "1", 100, 120), None) == 120
