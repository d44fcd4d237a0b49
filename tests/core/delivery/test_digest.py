from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from relay_tui.core import commands as c
from relay_tui.core.delivery import courier, ledger
from relay_tui.core.model import Evidence, Mode, State
from relay_tui.core.session import Capabilities, DeliverableMessage, MessageContext, Receipt, Route, Way

from ..conftest import newcomer
from .conftest import Program, Stage
from .test_recipient import accepted

TYPED = Capabilities("typed", frozenset({Mode.ON_IDLE, Mode.IMMEDIATE}), transcript=True, digest=5)


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here waits for a proof before the next message goes."""
    monkeypatch.setattr(courier, "PROOF_BEFORE_NEXT", 0.01)


@dataclass
class Digester(Program):
    """Takes several messages as one, and keeps which came together."""

    digests: list[list[str]] = field(default_factory=list)

    async def receive_digest(self, messages: Sequence[tuple[DeliverableMessage, MessageContext]]) -> Receipt:
        self.digests.append([message.text for message, _ in messages])
        receipts = [await self.receive_message(*one) for one in messages]
        return receipts[-1]


async def digester(stage: Stage, **traits: object) -> Digester:
    session = await stage.relay.execute(c.StartSession(agent_id=stage.agent.agent_id, harness="test"))
    traits = {"capabilities": TYPED, "receipts": accepted, **traits}
    program = Digester(stage.agent.agent_id, session.generation, **traits)  # pyright: ignore[reportArgumentType]
    await stage.relay.sessions.attach(program)
    return program


async def test_what_is_due_together_goes_as_one_and_is_proven_one_by_one(stage: Stage) -> None:
    planner = await newcomer(stage.relay, "planner")
    ids = [await stage.say(str(n), by=(stage.operator, planner)[n % 2]) for n in range(4)]
    program = await digester(stage)
    assert await program.has(4) == ["0", "1", "2", "3"]
    assert program.digests == [["0", "1", "2", "3"]]
    nonces = [ctx.nonce for ctx in program.contexts]
    assert len(set(nonces)) == 4
    assert len({nonce[:8] for nonce in nonces}) == 1
    program.proves(nonces[2])
    await stage.comes_to(ids[2], "delivered")
    assert [(await stage.delivery(one)).word for one in ids] == ["accepted", "accepted", "delivered", "accepted"]
    for nonce in nonces:
        program.proves(nonce)
    for one in ids:
        await stage.comes_to(one, "delivered")
    assert len(program.got) == 4


async def test_one_message_is_no_digest(stage: Stage) -> None:
    program = await digester(stage)
    await stage.say("alone")
    await program.has(1)
    assert program.digests == []
    assert len(program.contexts[0].nonce) == 8


async def test_a_digest_holds_no_more_than_its_program_takes_and_what_is_left_follows_in_order(stage: Stage) -> None:
    for n in range(7):
        await stage.say(str(n))
    program = await digester(stage, receipts=lambda message: Receipt("delivered", Evidence.CALLBACK))
    assert await program.has(7) == [str(n) for n in range(7)]
    assert program.digests == [["0", "1", "2", "3", "4"], ["5", "6"]]


async def test_a_long_message_goes_alone_and_nothing_of_its_sender_before_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier, "DIGEST_CHARACTERS", 1_000)
    planner = await newcomer(stage.relay, "planner")
    for text, by in (("a", stage.operator), ("b" * 900, stage.operator), ("c", stage.operator), ("d", planner)):
        await stage.say(text, by=by)
    program = await digester(stage, receipts=lambda message: Receipt("delivered", Evidence.CALLBACK))
    assert await program.has(4) == ["a", "d", "b" * 900, "c"]
    assert program.digests == [["a", "d"]]


async def test_what_waits_for_idle_goes_along_with_what_interrupts_anyway_and_after_it(stage: Stage) -> None:
    planner = await newcomer(stage.relay, "planner")
    program = await digester(stage)
    program.becomes(State.WORKING)
    waiting = await stage.say("when idle", by=planner)
    await stage.comes_to(waiting, "deferred")
    await stage.say("stop", mode=Mode.IMMEDIATE)
    assert await program.has(2) == ["stop", "when idle"]
    assert program.contexts[0].mode == Mode.IMMEDIATE


async def test_what_the_same_sender_said_before_something_urgent_goes_with_it_and_first(stage: Stage) -> None:
    program = await digester(stage)
    program.becomes(State.WORKING)
    first = await stage.say("when idle")
    await stage.comes_to(first, "deferred")
    await stage.say("stop", mode=Mode.IMMEDIATE)
    assert await program.has(2) == ["when idle", "stop"]


async def test_a_digest_that_could_not_be_typed_is_put_off_whole_and_goes_whole(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("relay_tui.core.delivery.ledger.BACKOFF", (0.01,))
    answers = iter([*[Receipt("deferred", how="a dialog is open")] * 3])
    ids = [await stage.say(str(n)) for n in range(3)]
    program = await digester(stage, receipts=lambda m: next(answers, Receipt("delivered", Evidence.CALLBACK)))
    for one in ids:
        assert (await stage.comes_to(one, "delivered")).attempts == 2
    assert [message.text for message in program.got[-3:]] == ["0", "1", "2"]


async def test_the_flight_recorder_says_which_went_together_and_by_which_way(stage: Stage) -> None:
    ids = [await stage.say(str(n)) for n in range(2)]
    await digester(stage, receipts=lambda message: Receipt("delivered", Evidence.CALLBACK))
    delivery = await stage.comes_to(ids[0], "delivered")
    message = await stage.relay.queries.message(ids[0])
    assert message is not None
    steps = {step["name"]: step["detail"] for step in (await stage.relay.queries.attempts(message, delivery))[0].steps}
    assert steps["digest"] == f"2 messages as one: {ids[0]}, {ids[1]}"
    assert steps["way in"] == "typed, at on-idle"
    assert steps["form"] == "whole: a person's or the relay's own words"


async def test_a_way_in_that_is_shut_is_passed_over_and_each_attempt_says_its_own(stage: Stage) -> None:
    ways = Capabilities("typed", frozenset({Mode.ON_IDLE}), others=(Way(Route.NATIVE, frozenset(Mode)),))
    program = await stage.program(attach=False, capabilities=ways)

    def receipts(message: DeliverableMessage) -> Receipt:
        if program.contexts[-1].route == Route.NATIVE:
            return Receipt("deferred", how="its socket does not answer", shut=True)
        return Receipt("delivered", Evidence.CALLBACK)

    program.receipts = receipts
    await stage.relay.sessions.attach(program)
    message = await stage.relay.queries.message(await stage.say("hello"))
    assert message is not None
    delivery = await stage.comes_to(message.id, "delivered")
    attempts = await stage.relay.queries.attempts(message, delivery)
    assert [(one.route, one.how) for one in attempts] == [("native", "its socket does not answer"), ("typed", "")]
    assert "native is shut" in attempts[1].steps[0]["detail"]


async def test_nothing_that_a_missed_signal_left_lying_stays_there(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("relay_tui.core.delivery.recipient.LOOK_AGAIN", 0.02)
    program = await stage.program(obstacle="a draft stands in its input box")
    message = await stage.say("hello")
    await stage.comes_to(message, "deferred")
    program.obstacle = ""  # and nobody says so
    await stage.comes_to(message, "delivered")


async def test_a_queue_that_had_nothing_due_is_looked_at_all_the_same(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("relay_tui.core.delivery.recipient.LOOK_ANYWAY", 0.02)
    program = await stage.program()
    program.becomes(State.EXITED)
    message = await stage.say("hello")
    await asyncio.sleep(0)
    program.state = type(program.state)(State.IDLE, "test")  # and nobody says so
    await stage.comes_to(message, "delivered")


async def test_retries_come_ever_later_and_never_all_at_the_same_moment(stage: Stage) -> None:
    door = SimpleNamespace(clock=lambda: 1_000_000)
    kept = ledger.Ledger(door, "1", stage.operator)  # pyright: ignore[reportArgumentType]
    for attempt, base in enumerate((*ledger.BACKOFF, ledger.BACKOFF[-1]), 1):
        waits = [kept.again_at(attempt) - 1_000_000 for _ in range(50)]
        assert all(base * 800 <= wait <= base * 1_200 for wait in waits)
        assert len(set(waits)) > 10
    assert list(ledger.BACKOFF) == sorted(ledger.BACKOFF)
