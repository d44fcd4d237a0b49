from __future__ import annotations

import asyncio

from relay_tui.core import commands as c
from relay_tui.core.model import Session, State
from relay_tui.core.session import StateChanged, TranscriptEntry, TranscriptGrew
from relay_tui.core.signals import Signal

from ..conftest import PATIENCE, newcomer, until
from .conftest import Stage


async def session_of(stage: Stage) -> Session:
    return (await stage.relay.queries.sessions())[stage.agent.agent_id]


async def test_a_session_that_is_attached_is_found_and_its_state_is_recorded(stage: Stage) -> None:
    program = await stage.program()
    assert stage.relay.sessions.get(stage.agent.agent_id) is program
    assert stage.relay.sessions.all() == [program]
    session = await session_of(stage)
    assert (session.state, session.evidence, session.generation) == (State.IDLE, "test", 1)


async def test_what_a_session_says_of_its_state_is_recorded_in_order(stage: Stage) -> None:
    program = await stage.program()
    states = [State.WORKING, State.WAITING, State.WORKING, State.IDLE, State.BLOCKED]
    for state in states:
        program.becomes(state)

    async def last_is_there() -> bool:
        return (await session_of(stage)).state == State.BLOCKED

    await until(stage.relay, last_is_there)
    entries = await stage.relay.entries(1)
    said = [getattr(entry.event, "state", None) for entry in entries if entry.event.type == "session.state"]
    assert said[-len(states) :] == states


async def test_a_second_session_takes_the_place_of_the_first(stage: Stage) -> None:
    first = await stage.program()
    second = await stage.program()
    first.becomes(State.WORKING)
    message = await stage.say("hello")
    await stage.comes_to(message, "delivered")
    assert (first.got, [m.text for m in second.got]) == ([], ["hello"])
    assert (await session_of(stage)).state == State.IDLE


async def test_a_session_that_is_detached_leaves_its_state_and_gets_nothing_more(stage: Stage) -> None:
    program = await stage.program()
    await stage.relay.sessions.detach(stage.agent.agent_id, State.EXITED, "exit 1", "pane")
    session = await session_of(stage)
    assert (session.state, session.detail, session.evidence) == (State.EXITED, "exit 1", "pane")
    assert stage.relay.sessions.get(stage.agent.agent_id) is None
    message = await stage.say("anyone?")
    await stage.say("something else happens", to="#general")
    assert program.got == []
    assert (await stage.delivery(message)).word == "queued"
    await stage.relay.sessions.detach(stage.agent.agent_id)


async def test_a_session_of_an_earlier_generation_does_not_speak_for_the_agent(stage: Stage) -> None:
    program = await stage.program()
    await stage.relay.execute(c.StartSession(agent_id=stage.agent.agent_id, harness="test", state=State.STARTING))
    program.becomes(State.WORKING)
    await stage.say("something happens", to="#general")
    assert (await session_of(stage)).state == State.STARTING


async def test_what_a_transcript_gains_goes_to_listeners_and_not_into_the_log(stage: Stage) -> None:
    heard: list[Signal] = []
    stage.relay.on_signal(lambda signal: {}["nothing"])
    stop = stage.relay.on_signal(heard.append)
    program = await stage.program()
    before = stage.relay.last_seq
    entry = TranscriptEntry(1, 0, "assistant", "text", "done")
    program.say(TranscriptGrew([entry]))
    assert [(signal.kind, signal.agent_id, signal.data) for signal in heard] == [
        ("transcript", stage.agent.agent_id, [entry])
    ]
    stop()
    program.say(TranscriptGrew([entry]))
    assert len(heard) == 1
    assert stage.relay.last_seq == before


async def test_an_agent_that_is_removed_is_let_go(stage: Stage) -> None:
    program = await stage.program()
    await stage.relay.execute(c.RemoveAgent(agent_id=stage.agent.agent_id))

    async with asyncio.timeout(PATIENCE):
        while stage.relay.sessions.get(stage.agent.agent_id) is not None:
            await stage.relay.queries.agents()
    program.becomes(State.WORKING)
    assert program.got == []


async def test_a_channel_that_is_joined_while_a_session_attaches_is_not_missed(stage: Stage) -> None:
    room = await stage.relay.execute(c.CreateChannel(name="room"), stage.operator)
    program = await stage.program(attach=False)
    join = c.JoinChannel(channel_id=room.id, agent_id=stage.agent.agent_id)
    await asyncio.gather(stage.relay.sessions.attach(program), stage.relay.execute(join, stage.operator))
    message = await stage.say("welcome", to="#room")
    await stage.comes_to(message, "delivered")


async def test_a_channel_that_is_left_wakes_nobody_and_one_that_is_joined_does(stage: Stage) -> None:
    program = await stage.program()
    room = await stage.relay.execute(c.CreateChannel(name="room"), stage.operator)
    await stage.say("before", to="#room")
    await stage.relay.execute(c.JoinChannel(channel_id=room.id), stage.agent)
    await stage.say("inside", to="#room")
    assert await program.has(1) == ["inside"]
    await stage.relay.execute(c.LeaveChannel(channel_id=room.id), stage.agent)
    await stage.say("after", to="#room")
    last = await stage.say("to you")
    await stage.comes_to(last, "delivered")
    assert [m.text for m in program.got] == ["inside", "to you"]


async def test_many_agents_each_get_what_is_theirs(stage: Stage) -> None:
    others = [await newcomer(stage.relay, f"agent{n}") for n in range(10)]
    programs = [await stage.program(other) for other in others]
    for n in range(10):
        await stage.say(f"everyone {n}", to="#general")
        await stage.say(f"you {n}", to=f"@agent{n}")
    for n, program in enumerate(programs):
        texts = await program.has(11)
        assert texts == [
            *(f"everyone {k}" for k in range(n + 1)),
            f"you {n}",
            *(f"everyone {k}" for k in range(n + 1, 10)),
        ]


async def test_a_state_of_the_same_words_is_said_once(stage: Stage) -> None:
    program = await stage.program()
    before = stage.relay.last_seq
    for _ in range(3):
        program.say(StateChanged(State.IDLE, "test"))
    await stage.say("x", to="#general", by=stage.agent)
    assert stage.relay.last_seq == before + 1


async def test_a_session_whose_agent_is_removed_while_it_is_taken_in_gets_no_queue(stage: Stage) -> None:
    program = await stage.program(attach=False)
    taking_in = asyncio.create_task(stage.relay.sessions.attach(program))
    while stage.relay.sessions.get(program.agent_id) is None:  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(0)
    await stage.relay.execute(c.RemoveAgent(agent_id=program.agent_id), stage.operator)
    await taking_in
    assert stage.relay.sessions.get(program.agent_id) is None
    assert f"deliver-{program.agent_id}" not in {task.get_name() for task in asyncio.all_tasks()}
