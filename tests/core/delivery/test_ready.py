"""Whoever stands ready gets a message with the commit that stores it; order, holds and crashes are as ever."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay_tui.core import commands as c
from relay_tui.core import events as e
from relay_tui.core.delivery import ready, recipient
from relay_tui.core.model import Caller, Delivery, Evidence, Mode
from relay_tui.core.relay import Relay
from relay_tui.core.session import Capabilities, Receipt, Resolution

from ..conftest import newcomer
from .conftest import Program, Stage

READY = Capabilities("callback", frozenset(Mode), concurrent=64, always_ready=True)


class Commits:
    """Of each message, whether its dispatches were committed along with it."""

    def __init__(self, relay: Relay) -> None:
        self.along: dict[str, list[str]] = defaultdict(list)
        self.later: dict[str, list[str]] = defaultdict(list)
        relay.on_commit(self._heard)

    def _heard(self, entries: Sequence[e.Entry]) -> None:
        events = [entry.event for entry in entries]
        said = {event.message_id for event in events if isinstance(event, e.MessageCreated)}
        for event in events:
            if isinstance(event, e.DeliveryDispatched):
                (self.along if event.message_id in said else self.later)[event.message_id].append(event.agent_id)


@pytest.fixture
def commits(stage: Stage) -> Commits:
    return Commits(stage.relay)


async def at_rest(stage: Stage, *agents: Caller) -> None:
    """Until the queues are empty, have said so, and nothing of theirs is on its way into the log."""
    places = stage.relay.sessions.ready._places  # pyright: ignore[reportPrivateUsage]
    async with asyncio.timeout(10):
        for agent in agents or (stage.agent,):
            queue = stage.relay.sessions._live[agent.agent_id]  # pyright: ignore[reportPrivateUsage]
            while queue.under_way() or (place := places[agent.agent_id]).empty_at < max(place.news_at, 0):
                await stage.relay.queries.pending("nobody")


async def test_a_message_to_one_who_stands_ready_is_dispatched_in_the_commit_that_stores_it(
    stage: Stage, commits: Commits
) -> None:
    program = await stage.program(capabilities=READY)
    for n in range(3):
        await at_rest(stage)
        message = await stage.say(str(n))
        await stage.comes_to(message, "delivered")
        assert (commits.along[message], commits.later[message]) == ([stage.agent.agent_id], [])
    assert await program.has(3) == ["0", "1", "2"]
    assert [m.wire_seq for m in program.got] == [1, 2, 3]
    assert {ctx.attempt for ctx in program.contexts} == {1}


async def test_of_a_burst_each_is_handed_over_once_and_in_order(stage: Stage, commits: Commits) -> None:
    program = await stage.program(capabilities=READY)
    await at_rest(stage)
    said = await asyncio.gather(*(stage.say(str(n)) for n in range(300)))
    assert await program.has(300) == [str(n) for n in range(300)]
    for message in said:
        await stage.comes_to(message, "delivered")
    assert len(program.got) == 300
    assert {ctx.attempt for ctx in program.contexts} == {1}


async def test_what_was_acknowledged_and_awaits_its_proof_keeps_nothing_behind_it_waiting(stage: Stage) -> None:
    """Of a client that gives no receipts each message does, for ten seconds."""
    program = await stage.program(
        capabilities=READY,
        trace=Resolution.PENDING,
        receipts=lambda _: Receipt("accepted", Evidence.SOCKET_ACK, "acknowledged by its client"),
    )
    count = 2 * recipient.LOOKED_AT + 50
    await asyncio.gather(*(stage.say(str(n)) for n in range(count)))
    assert await program.has(count) == [str(n) for n in range(count)]
    assert {ctx.attempt for ctx in program.contexts} == {1}


async def test_a_session_whose_moment_is_looked_for_is_never_dispatched_to_along(
    stage: Stage, commits: Commits
) -> None:
    await stage.program(capabilities=Capabilities("callback", frozenset(Mode), concurrent=64))
    await at_rest(stage)
    message = await stage.say("hello")
    await stage.comes_to(message, "delivered")
    assert commits.along == {}


async def test_a_manual_message_waits_for_its_flush_and_what_its_sender_says_next_with_it(
    stage: Stage, commits: Commits
) -> None:
    program = await stage.program(capabilities=READY)
    await at_rest(stage)
    held = await stage.say("by hand", mode=Mode.MANUAL)
    await stage.comes_to(held, "held")
    await stage.say("after it")
    other = await stage.say("from another", by=stage.relay.system)
    await stage.comes_to(other, "delivered")
    assert [m.text for m in program.got] == ["from another"]
    await stage.relay.execute(c.FlushDeliveries(agent_id=stage.agent.agent_id), stage.operator)
    assert (await program.has(3))[1:] == ["by hand", "after it"]


async def test_nothing_goes_to_whom_a_person_holds_in_the_very_same_commit(stage: Stage, commits: Commits) -> None:
    program = await stage.program(capabilities=READY)
    await at_rest(stage)
    _, message = await asyncio.gather(
        stage.relay.execute(c.HoldDeliveries(agent_id=stage.agent.agent_id), stage.operator), stage.say("hello")
    )
    await stage.comes_to(message, "held")
    assert program.got == []
    await stage.relay.execute(c.FlushDeliveries(agent_id=stage.agent.agent_id), stage.operator)
    await stage.comes_to(message, "delivered")
    assert len(program.got) == 1


async def test_what_is_retried_in_the_same_commit_goes_before_what_its_sender_says_behind_it(stage: Stage) -> None:
    answers = iter([Receipt("failed", how="no", retryable=False)])
    program = await stage.program(
        capabilities=READY, receipts=lambda _: next(answers, Receipt("delivered", Evidence.CALLBACK))
    )
    dead = await stage.say("first")
    await stage.comes_to(dead, "dead")
    await at_rest(stage)
    again = c.RetryDelivery(message_id=dead, agent_id=stage.agent.agent_id)
    _, later = await asyncio.gather(stage.relay.execute(again, stage.operator), stage.say("second"))
    await stage.comes_to(later, "delivered")
    assert [m.text for m in program.got] == ["first", "first", "second"]


async def test_of_more_than_a_few_each_has_its_own_queue_do_it(stage: Stage, commits: Commits) -> None:
    room = await stage.relay.execute(c.CreateChannel(name="room"), stage.operator)
    agents = [stage.agent, *[await newcomer(stage.relay, f"agent{n}") for n in range(ready.AT_MOST)]]
    for agent in agents[:-1]:
        await stage.program(agent, capabilities=READY)
        await stage.relay.execute(c.JoinChannel(channel_id=room.id), agent)
    await at_rest(stage, *agents[:-1])
    message = await stage.say("to a few", "#room")
    assert sorted(commits.along[message]) == sorted(agent.agent_id for agent in agents[:-1])
    await stage.program(agents[-1], capabilities=READY)
    await stage.relay.execute(c.JoinChannel(channel_id=room.id), agents[-1])
    await at_rest(stage, *agents)
    message = await stage.say("to many", "#room")
    await stage.comes_to(message, "delivered")
    assert commits.along[message] == []


async def test_what_was_dispatched_along_and_never_handed_over_goes_again_under_the_same_number(stage: Stage) -> None:
    first = await stage.program(capabilities=READY)
    await at_rest(stage)
    held = stage.relay.sessions._live[stage.agent.agent_id]  # pyright: ignore[reportPrivateUsage]
    held._begin_dispatched = _never  # pyright: ignore[reportPrivateUsage,reportAttributeAccessIssue]
    message = await stage.say("hello")
    await stage.relay.sessions.detach(stage.agent.agent_id)
    delivery = await stage.delivery(message)
    assert (delivery.attempts, delivery.wire_seq, first.got) == (1, 1, [])
    second = await stage.program(capabilities=READY)
    second.trace = second.trace.ABSENT
    await stage.comes_to(message, "delivered")
    assert [(m.text, m.wire_seq) for m in second.got] == [("hello", 1)]
    assert second.contexts[0].attempt == 2


async def test_what_was_dispatched_along_and_never_told_of_is_found_in_the_log(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = await stage.program(capabilities=READY, trace=Resolution.ABSENT)
    await at_rest(stage)
    queue = stage.relay.sessions._live[stage.agent.agent_id]  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setattr(recipient, "LOOK_AGAIN", 0.01)
    monkeypatch.setattr(queue, "said", lambda message, dispatched: None)
    message = await stage.say("hello")
    queue.wake()
    await stage.comes_to(message, "delivered")
    assert [(m.text, m.wire_seq, ctx.attempt) for m, ctx in zip(program.got, program.contexts, strict=True)] == [
        ("hello", 1, 2)
    ]


async def _never() -> None:
    await asyncio.Event().wait()


async def test_a_message_with_a_deadline_of_its_own_goes_through_its_queue(stage: Stage, commits: Commits) -> None:
    program = await stage.program(capabilities=READY)
    await at_rest(stage)
    late = c.SendMessage(to="@builder", text="late", data={"deliver_by": stage.relay.clock() - 1})
    message = (await stage.relay.execute(late, stage.operator)).id
    await stage.comes_to(message, "expired")
    assert (program.got, commits.along) == ([], {})


async def test_an_edit_that_names_somebody_reaches_a_queue_that_was_empty(stage: Stage) -> None:
    program = await stage.program(capabilities=READY)
    room = await stage.relay.execute(c.CreateChannel(name="room"), stage.operator)
    await stage.relay.execute(c.JoinChannel(channel_id=room.id), stage.operator)
    message = await stage.say("hello", "#room")
    await at_rest(stage)
    await stage.relay.execute(c.EditMessage(message_id=message, text="hello @builder"), stage.operator)
    assert await program.has(1) == ["hello @builder"]


async def test_a_queue_that_looks_at_the_log_leaves_to_its_turn_what_was_dispatched_along_meanwhile(
    stage: Stage, commits: Commits, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = await stage.program(capabilities=READY, trace=Resolution.ABSENT)
    await at_rest(stage)
    pending, said = stage.relay.queries.pending, list[str]()

    async def looks(agent_id: str, limit: int = 500) -> Sequence[Delivery]:
        if agent_id == stage.agent.agent_id and not said:
            # What was decided when nothing was due yet, and is on disk just before the look.
            said.extend(await asyncio.gather(stage.say("first"), stage.say("second")))
        return await pending(agent_id, limit)

    monkeypatch.setattr(stage.relay.queries, "pending", looks)
    queue = stage.relay.sessions._live[stage.agent.agent_id]  # pyright: ignore[reportPrivateUsage]
    queue._news = None  # pyright: ignore[reportPrivateUsage]  # as it does once a minute
    queue._wake.set()  # pyright: ignore[reportPrivateUsage]
    assert await program.has(2) == ["first", "second"]
    for message in said:
        await stage.comes_to(message, "delivered")
    await at_rest(stage)
    assert commits.along == {said[0]: [stage.agent.agent_id]}
    assert len(program.got) == 2
    assert [(message.text, ctx.attempt) for message, ctx in zip(program.got, program.contexts, strict=True)] == [
        ("first", 1),
        ("second", 1),
    ]


Doing = st.tuples(st.sampled_from(("say", "say", "say", "hold", "flush", "change", "pause")), st.integers(0, 2))


def test_whatever_else_happens_each_arrives_once_and_in_its_senders_order(tmp_path: Path) -> None:
    @given(st.lists(Doing, min_size=1, max_size=25))
    def holds(doings: list[tuple[str, int]]) -> None:
        loop.run(_holds_for(relay, doings))

    with asyncio.Runner() as loop:  # one relay for all examples: opening one takes longer than all that is tried in it
        opened = Relay.open(tmp_path / "state")
        relay = loop.run(opened.__aenter__())
        try:
            holds()
        finally:
            loop.run(opened.__aexit__(None, None, None))


async def _holds_for(relay: Relay, doings: list[tuple[str, int]]) -> None:
    mark = relay.last_seq
    operator = await newcomer(relay, f"ada{mark}", "human")
    senders = [operator, *[await newcomer(relay, f"sender{n}-{mark}") for n in (1, 2)]]
    stage = Stage(relay, operator, await newcomer(relay, f"builder{mark}"))
    program = await stage.program(capabilities=READY)
    said: list[str] = []
    waiting: list[asyncio.Task[None]] = []
    for n, (doing, number) in enumerate(doings):
        if doing == "pause":
            for _ in range(number + 1):
                await relay.queries.pending("nobody")
            continue
        waiting.append(
            asyncio.create_task(_do(stage, doing, f"{number}:{n}", senders[number], f"@builder{mark}", said))
        )
        if number == 0:
            await asyncio.sleep(0)
    await asyncio.gather(*waiting)
    await relay.execute(c.FlushDeliveries(agent_id=stage.agent.agent_id), operator)
    for message in said:
        await stage.comes_to(message, "delivered")
    await relay.sessions.detach(stage.agent.agent_id)
    _each_once_and_in_order(program, len(said))


async def _do(stage: Stage, doing: str, text: str, by: Caller, to: str, said: list[str]) -> None:
    agent_id = stage.agent.agent_id
    match doing:
        case "say":
            said.append(await stage.say(text, to, by))
        case "hold":
            await stage.relay.execute(c.HoldDeliveries(agent_id=agent_id), stage.operator)
        case "flush":
            await stage.relay.execute(c.FlushDeliveries(agent_id=agent_id), stage.operator)
        case _:
            await stage.relay.execute(c.UpdateAgent(agent_id=agent_id, persona=text), stage.operator)


def _each_once_and_in_order(program: Program, count: int) -> None:
    texts = [message.text for message in program.got]
    assert len(texts) == len(set(texts)) == count
    by_sender: dict[str, list[int]] = defaultdict(list)
    for text in texts:
        sender, number = text.split(":")
        by_sender[sender].append(int(number))
    assert all(numbers == sorted(numbers) for numbers in by_sender.values())
