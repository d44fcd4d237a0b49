from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from relay_tui.core import commands as c
from relay_tui.core.delivery import ledger, proofs
from relay_tui.core.delivery.courier import Courier, Letter
from relay_tui.core.model import Caller, Disposition, Evidence, Mode, Reached, State
from relay_tui.core.session import Capabilities, DeliverableMessage, Receipt, Resolution, StateChanged

from ..conftest import newcomer, until
from .conftest import Stage

MANY = Capabilities("callback", frozenset(Mode), concurrent=64)
TYPED = Capabilities("typed", frozenset({Mode.ON_IDLE}), transcript=True)


def accepted(message: DeliverableMessage) -> Receipt:
    return Receipt("accepted", Evidence.ADAPTER, "typed into its pane")


async def test_a_message_to_an_idle_session_is_handed_over_and_proven(stage: Stage) -> None:
    program = await stage.program()
    message = await stage.say("hello")
    delivery = await stage.comes_to(message, "delivered")
    assert (delivery.evidence, delivery.how, delivery.attempts, delivery.wire_seq) == ("callback", "read", 1, 1)
    assert program.got[0].delivery_id == f"dlv_{message}_{stage.agent.agent_id}"
    assert (program.got[0].sender, program.got[0].target) == ("ada", "@builder")


async def test_words_that_are_changed_before_the_dispatch_is_in_the_log_go_and_later_ones_do_not(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin, execute = Courier.begin, stage.relay.execute

    async def edit(message_id: str, text: str) -> None:
        await execute(c.EditMessage(message_id=message_id, text=text), stage.operator)

    async def begins(courier: Courier, letters: Sequence[Letter]) -> asyncio.Task[bool]:
        await edit(letters[0].due.message.id, "second thoughts")  # the queue has read the first ones
        return await begin(courier, letters)

    async def too_late(command: c.Command, by: Caller | None = None) -> object:
        answer: object = await execute(command, by)  # pyright: ignore[reportCallIssue, reportArgumentType]
        if isinstance(command, c.DispatchDelivery):
            await edit(command.message_id, "third ones")
        return answer

    monkeypatch.setattr(Courier, "begin", begins)
    monkeypatch.setattr(stage.relay, "execute", too_late)
    program = await stage.program()
    message = await stage.say("first thoughts")
    assert await program.has(1) == ["second thoughts"]
    stored = await stage.relay.queries.message(message)
    assert stored is not None
    assert stored.text == "third ones"


async def test_what_waited_before_the_session_came_goes_when_it_comes_oldest_first(stage: Stage) -> None:
    for text in ("one", "two", "three"):
        await stage.say(text, to="#general")
    program = await stage.program()
    assert await program.has(3) == ["one", "two", "three"]


async def test_messages_follow_one_another_without_waiting_for_a_timer(stage: Stage) -> None:
    program = await stage.program()
    for n in range(20):
        await stage.say(str(n))
    assert await program.has(20) == [str(n) for n in range(20)]
    assert program.most_at_once == 1


async def test_each_senders_order_is_kept_with_many_under_way(stage: Stage) -> None:
    senders = [await newcomer(stage.relay, f"sender{n}") for n in range(8)]
    program = await stage.program(capabilities=MANY, gate=asyncio.Event())

    async def send(n: int) -> None:
        for k in range(8):
            await stage.say(f"{n}:{k}", by=senders[n])

    await asyncio.gather(*(send(n) for n in range(8)))
    texts = await program.has(64)
    assert program.most_at_once == 64
    for n in range(8):
        assert [text for text in texts if text.startswith(f"{n}:")] == [f"{n}:{k}" for k in range(8)]
    assert [message.wire_seq for message in program.got] == list(range(1, 65))
    assert program.gate is not None
    program.gate.set()


async def test_no_more_than_a_session_can_take_is_under_way(stage: Stage) -> None:
    few = Capabilities("callback", frozenset(Mode), concurrent=3)
    program = await stage.program(capabilities=few, gate=asyncio.Event())
    for n in range(10):
        await stage.say(str(n))
    await program.has(3)
    assert program.gate is not None
    program.gate.set()
    await program.has(10)
    assert program.most_at_once == 3


async def test_a_busy_session_defers_with_the_reason_and_gets_the_message_when_idle(stage: Stage) -> None:
    program = await stage.program()
    program.becomes(State.WORKING)
    message = await stage.say("later")
    deferred = await stage.comes_to(message, "deferred")
    assert deferred.reason == "working; goes when it is idle"
    assert program.got == []
    program.becomes(State.IDLE)
    await stage.comes_to(message, "delivered")
    assert len(program.got) == 1


async def test_what_stands_in_the_way_of_a_session_is_the_reason(stage: Stage) -> None:
    program = await stage.program(obstacle="a draft stands in its input box")
    message = await stage.say("later")
    assert (await stage.comes_to(message, "deferred")).reason == "a draft stands in its input box"
    program.obstacle = ""
    program.becomes(State.READY)
    await stage.comes_to(message, "delivered")


async def test_an_immediate_message_does_not_wait_for_idle(stage: Stage) -> None:
    program = await stage.program()
    program.becomes(State.WORKING)
    waiting = await stage.say("when idle", by=await newcomer(stage.relay, "planner"))
    await stage.comes_to(waiting, "deferred")
    urgent = await stage.say("stop", mode=Mode.IMMEDIATE)
    await stage.comes_to(urgent, "delivered")
    assert [message.text for message in program.got] == ["stop"]


async def test_a_manual_message_is_held_until_flushed_and_holds_only_its_sender(stage: Stage) -> None:
    planner = await newcomer(stage.relay, "planner")
    program = await stage.program()
    held = await stage.say("not yet", mode=Mode.MANUAL)
    behind = await stage.say("behind it")
    beside = await stage.say("beside it", by=planner)
    await stage.comes_to(beside, "delivered")
    assert [message.text for message in program.got] == ["beside it"]
    assert (await stage.comes_to(held, "held")).reason == "held until it is flushed"
    assert (await stage.delivery(behind)).word == "queued"


async def test_a_deferring_receipt_is_tried_again_by_itself(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "BACKOFF", (0.01,))
    answers = iter([Receipt("deferred", how="a dialog is open"), Receipt("delivered", Evidence.CALLBACK)])
    program = await stage.program(receipts=lambda message: next(answers))
    message = await stage.say("again")
    assert (await stage.comes_to(message, "delivered")).attempts == 2
    assert len({ctx.nonce for ctx in program.contexts}) == 2


async def test_a_failing_receipt_ends_the_delivery_with_its_reason_and_the_next_goes(stage: Stage) -> None:
    answers = iter([Receipt("failed", how="the pane is dead"), Receipt("delivered", Evidence.CALLBACK)])
    program = await stage.program(receipts=lambda message: next(answers))
    first = await stage.say("one")
    second = await stage.say("two")
    assert (await stage.comes_to(first, "failed")).reason == "the pane is dead"
    await stage.comes_to(second, "delivered")
    assert len(program.got) == 2


async def test_only_the_attempts_own_nonce_proves_it(stage: Stage) -> None:
    program = await stage.program(capabilities=TYPED, receipts=accepted)
    message = await stage.say("prove it")
    await stage.comes_to(message, "accepted")
    program.proves("f" * 8)
    program.proves("")
    await stage.say("something else happens", to="#general", by=stage.agent)
    assert (await stage.delivery(message)).word == "accepted"
    program.proves(program.contexts[0].nonce)
    delivery = await stage.comes_to(message, "delivered")
    assert (delivery.evidence, delivery.how) == ("transcript", "transcript, entry 1")


async def test_without_proof_in_time_it_is_unverified_and_late_proof_mends_that(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proofs, "PROOF_WAIT", 0.01)
    program = await stage.program(capabilities=TYPED, receipts=accepted, trace=Resolution.PENDING)
    message = await stage.say("prove it")
    assert (await stage.comes_to(message, "unverified")).evidence == "echo"
    program.proves(program.contexts[0].nonce)
    assert (await stage.comes_to(message, "delivered")).evidence == "transcript"


async def test_the_next_message_waits_for_the_proof_of_the_one_before(stage: Stage) -> None:
    program = await stage.program(capabilities=TYPED, receipts=accepted)
    first = await stage.say("one")
    second = await stage.say("two")
    await stage.comes_to(first, "accepted")
    assert (await stage.delivery(second)).attempts == 0
    program.proves(program.contexts[0].nonce)
    assert await program.has(2) == ["one", "two"]


async def test_a_session_that_raises_leaves_the_attempt_uncertain_and_the_queue_alive(stage: Stage) -> None:
    def receipts(message: DeliverableMessage) -> Receipt:
        if message.text == "boom":
            raise OSError("the pane went away")
        return Receipt("delivered", Evidence.CALLBACK)

    program = await stage.program(receipts=receipts, trace=Resolution.UNKNOWN)
    first = await stage.say("boom")
    planner = await newcomer(stage.relay, "planner")
    second = await stage.say("still here?", by=planner)
    await stage.comes_to(second, "delivered")
    uncertain = await stage.comes_to(first, "uncertain")
    assert uncertain.reason
    assert len(program.got) == 2


async def test_a_session_that_raises_with_many_under_way_loses_nothing(stage: Stage) -> None:
    def receipts(message: DeliverableMessage) -> Receipt:
        if message.text == "boom":
            raise OSError("the socket went away")
        return Receipt("delivered", Evidence.CALLBACK)

    await stage.program(capabilities=MANY, receipts=receipts, trace=Resolution.UNKNOWN)
    first = await stage.say("boom")
    second = await stage.say("two", by=await newcomer(stage.relay, "planner"))
    await stage.comes_to(second, "delivered")
    await stage.comes_to(first, "uncertain")


async def test_a_session_whose_obstacles_cannot_be_told_keeps_its_queue(stage: Stage) -> None:
    program = await stage.program(attach=False)
    obstacles = iter([OSError("tmux does not answer"), ""])

    async def blocked(mode: Mode) -> str:
        said = next(obstacles, "")
        if isinstance(said, OSError):
            raise said
        return said

    program.blocked = blocked
    await stage.relay.sessions.attach(program)
    message = await stage.say("hello")
    program.becomes(State.READY)
    await stage.comes_to(message, "delivered")


async def cut_off(stage: Stage) -> str:
    """A message whose attempt was written down and never came back, as after a kill."""
    message = await stage.say("was it typed?")
    session = await stage.relay.execute(c.StartSession(agent_id=stage.agent.agent_id, harness="test"))
    await stage.relay.execute(
        c.DispatchDelivery(
            message_id=message,
            agent_id=stage.agent.agent_id,
            route="typed",
            generation=session.generation,
            nonce="cafe0001",
            offset=7,
        )
    )
    return message


async def test_an_attempt_that_was_cut_off_and_did_arrive_is_not_repeated(stage: Stage) -> None:
    message = await cut_off(stage)
    program = await stage.program(trace=Resolution.DELIVERED)
    delivery = await stage.comes_to(message, "delivered")
    assert (delivery.evidence, delivery.attempts) == ("transcript", 1)
    assert program.got == []
    assert (program.resolved[0].nonce, program.resolved[0].offset) == ("cafe0001", 7)


async def test_an_attempt_that_was_cut_off_is_repeated_on_proof_of_absence_only(stage: Stage) -> None:
    message = await cut_off(stage)
    program = await stage.program(trace=Resolution.UNKNOWN)
    uncertain = await stage.comes_to(message, "uncertain")
    assert uncertain.reason == "it is not known whether the last attempt arrived"
    assert program.got == []
    program.trace = Resolution.ABSENT
    program.becomes(State.READY)
    assert (await stage.comes_to(message, "delivered")).attempts == 2


async def test_an_attempt_that_is_still_under_way_in_the_program_is_waited_for(stage: Stage) -> None:
    message = await cut_off(stage)
    program = await stage.program(trace=Resolution.PENDING)
    await stage.comes_to(message, "accepted")
    program.proves("cafe0001")
    await stage.comes_to(message, "delivered")
    assert program.got == []


async def test_an_uncertain_message_does_not_let_the_same_senders_next_one_pass(stage: Stage) -> None:
    first = await cut_off(stage)
    second = await stage.say("two")
    third = await stage.say("three", by=await newcomer(stage.relay, "planner"))
    program = await stage.program(trace=Resolution.UNKNOWN)
    await stage.comes_to(first, "uncertain")
    await stage.comes_to(third, "delivered")
    assert [message.text for message in program.got] == ["three"]
    assert (await stage.delivery(second)).attempts == 0


async def test_a_program_of_an_earlier_generation_is_handed_nothing(stage: Stage) -> None:
    old = await stage.program()
    await stage.relay.execute(c.StartSession(agent_id=stage.agent.agent_id, harness="test"))
    message = await stage.say("for the new one")
    new = await stage.program()
    await stage.comes_to(message, "delivered")
    assert old.got == []
    assert [m.text for m in new.got] == ["for the new one"]


async def test_what_came_before_leaving_a_channel_is_still_delivered_and_blocks_nothing(stage: Stage) -> None:
    before = await stage.say("before you go", to="#general")
    general = await stage.relay.queries.channel("general")
    assert general is not None
    await stage.relay.execute(c.LeaveChannel(channel_id=general.id), stage.agent)
    after = await stage.say("still there?")
    program = await stage.program()
    assert await program.has(2) == ["before you go", "still there?"]
    await stage.comes_to(before, "delivered")
    await stage.comes_to(after, "delivered")


async def test_leaving_and_coming_back_delivers_what_each_stay_was_due(stage: Stage) -> None:
    general = await stage.relay.queries.channel("general")
    assert general is not None
    first = await stage.say("first stay", to="#general")
    await stage.relay.execute(c.LeaveChannel(channel_id=general.id), stage.agent)
    await stage.say("while away", to="#general")
    await stage.relay.execute(c.JoinChannel(channel_id=general.id), stage.agent)
    await stage.say("second stay", to="#general")
    program = await stage.program()
    assert await program.has(2) == ["first stay", "second stay"]
    await stage.comes_to(first, "delivered")


async def test_a_restart_of_the_program_gets_the_message_that_waited_exactly_once(stage: Stage) -> None:
    await stage.program()
    await stage.relay.sessions.detach(stage.agent.agent_id, State.EXITED, "exit 1")
    message = await stage.say("are you back?")
    assert (await stage.delivery(message)).word == "queued"
    again = await stage.program()
    await stage.comes_to(message, "delivered")
    assert len(again.got) == 1


async def test_a_mention_of_somebody_outside_the_channel_reaches_him(stage: Stage) -> None:
    room = await stage.relay.execute(c.CreateChannel(name="room"), stage.operator)
    program = await stage.program()
    message = await stage.say("@builder come here", to=room.id)
    await stage.comes_to(message, "delivered")
    assert program.got[0].target == "#room"


async def test_an_agents_own_words_are_never_handed_to_it(stage: Stage) -> None:
    program = await stage.program()
    await stage.say("my own", to="#general", by=stage.agent)
    message = await stage.say("yours")
    await stage.comes_to(message, "delivered")
    assert [m.text for m in program.got] == ["yours"]


async def test_a_delivery_that_is_cancelled_meanwhile_is_not_attempted(stage: Stage) -> None:
    program = await stage.program()
    program.becomes(State.WORKING)
    message = await stage.say("never mind")
    await stage.comes_to(message, "deferred")
    await stage.relay.execute(
        c.SettleDelivery(
            message_id=message, agent_id=stage.agent.agent_id, disposition=Disposition.CANCELLED, reason="taken back"
        )
    )
    program.becomes(State.IDLE)
    other = await stage.say("this one")
    await stage.comes_to(other, "delivered")
    assert [m.text for m in program.got] == ["this one"]


async def test_a_reply_answers_what_was_delivered(stage: Stage) -> None:
    await stage.program()
    message = await stage.say("@builder how far?", to="#general")
    await stage.comes_to(message, "delivered")
    await stage.relay.execute(c.Reply(message_id=message, text="done"), stage.agent)
    delivery = await stage.comes_to(message, "answered")
    assert (delivery.reached, delivery.evidence) == (Reached.ANSWERED, "reply")


async def test_the_queue_goes_on_after_the_log_refused_something(stage: Stage) -> None:
    program = await stage.program(receipts=lambda m: Receipt("delivered", Evidence.CALLBACK, "x" * 900))
    for n in range(3):
        await stage.say(str(n))
    assert await program.has(3) == ["0", "1", "2"]
    general = await stage.relay.queries.channel("general")
    assert general is not None

    async def none_is_due() -> bool:
        return not await stage.relay.queries.pending(stage.agent.agent_id)

    await until(stage.relay, none_is_due)


async def test_a_message_that_is_edited_while_it_waits_is_handed_over_as_it_is_now(stage: Stage) -> None:
    program = await stage.program(state=StateChanged(State.WORKING, "test"), obstacle="it is at work")
    message = await stage.say("first words")
    await stage.comes_to(message, "deferred")
    await stage.relay.execute(c.EditMessage(message_id=message, text="second words"), stage.operator)
    program.obstacle = ""
    program.becomes(State.IDLE)
    assert await program.has(1) == ["second words"]
