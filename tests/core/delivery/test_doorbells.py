from __future__ import annotations

from dataclasses import replace

import pytest

from relay_tui.core import commands as c
from relay_tui.core.delivery import courier, ringing
from relay_tui.core.delivery.desk import Desk
from relay_tui.core.delivery.fetching import READ, Postbox
from relay_tui.core.delivery.forms import by_pair, form, rule_for
from relay_tui.core.model import Agent, Caller, Delivery, Disposition, Evidence, Mode, Reached, State
from relay_tui.core.model_delivery import EVERYONE, DoorbellRule
from relay_tui.core.session import Capabilities, Resolution, Route

from ..conftest import newcomer, refused, until
from .conftest import Program, Stage
from .test_recipient import accepted

FETCHES = Capabilities("typed", frozenset({Mode.ON_IDLE}), transcript=True, fetches=True)
PLAIN = replace(FETCHES, fetches=False)


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here waits for a proof before the next message goes."""
    monkeypatch.setattr(courier, "PROOF_BEFORE_NEXT", 0.01)


@pytest.fixture
async def planner(stage: Stage) -> Caller:
    return await newcomer(stage.relay, "planner")


async def reader(stage: Stage) -> Program:
    return await stage.program(capabilities=FETCHES, receipts=accepted)


async def postbox(stage: Stage) -> Postbox:
    agent = await stage.relay.queries.agent(stage.agent.agent_id)
    assert agent is not None
    return Postbox(stage.relay, agent, stage.agent)


def rule(sender: str, to: str, say: str) -> DoorbellRule:
    return DoorbellRule(sender, to, say)


def agent(kind: str) -> Agent:
    return Agent("1", "x", kind, 0)  # pyright: ignore[reportArgumentType]


def test_the_nearest_rule_counts() -> None:
    rules = by_pair([rule(EVERYONE, EVERYONE, "a"), rule("1", EVERYONE, "b"), rule(EVERYONE, "2", "c")])
    said = [rule_for(rules, *pair) for pair in (("3", "4"), ("1", "4"), ("1", "2"))]
    assert [one.say for one in said if one] == ["a", "b", "c"]
    exact = rule_for({**rules, ("1", "2"): rule("1", "2", "d")}, "1", "2")
    assert exact is not None
    assert exact.say == "d"
    assert rule_for({}, "1", "2") is None


@pytest.mark.parametrize(
    ("sender", "can", "bell"),
    [("agent", FETCHES, True), ("agent", PLAIN, False), ("human", FETCHES, False), ("system", FETCHES, False)],
)
def test_by_default_only_agents_that_can_read_by_themselves_are_rung_for_other_agents(
    sender: str, can: Capabilities, bell: bool
) -> None:
    assert form(None, agent(sender), can).bell is bell
    assert form(rule("1", "2", "whole"), agent(sender), can).bell is False
    assert form(rule("1", "2", "doorbell"), agent(sender), can).bell is True


def test_it_is_rung_again_after_a_while_by_a_new_program_at_once_and_not_for_ever() -> None:
    told = Delivery("7", "5", "9", attempts=1, generation=2, updated_at=1_000)
    first, second, last = ringing.RING_AGAIN
    assert ringing.after_ring(told, 2, 1_000 + first - 1) == "wait"
    assert ringing.after_ring(told, 2, 1_000 + first) == "ring"
    assert ringing.after_ring(told, 3, 1_001) == "ring"
    told.attempts = 2
    assert ringing.after_ring(told, 2, 1_000 + second - 1) == "wait"
    told.attempts = 3
    assert ringing.after_ring(told, 2, 1_000 + last - 1) == "wait"
    assert ringing.after_ring(told, 2, 1_000 + last) == "give up"
    assert ringing.after_ring(told, 3, 1_000 + last) == "ring"


async def test_an_agents_words_are_announced_and_delivered_when_they_are_read(stage: Stage, planner: Caller) -> None:
    program = await reader(stage)
    message = await stage.say("delete everything", by=planner)
    delivery = await stage.comes_to(message, "accepted")
    assert (delivery.route, program.contexts[0].route) == ("doorbell", Route.DOORBELL)
    program.proves(program.contexts[0].nonce)
    box = await postbox(stage)
    assert [(one.message_id, one.sender) for one in await box.waiting()] == [(message, "planner")]
    assert (await stage.delivery(message)).word == "accepted"
    reading = await box.read(message)
    assert reading.message.text == "delete everything"
    assert (await stage.delivery(message)).word == "unverified"
    await box.confirm(message)
    delivery = await stage.comes_to(message, "delivered")
    assert (delivery.evidence, delivery.how) == (Evidence.INBOX_READ, READ)
    assert await box.waiting() == []
    assert (await box.read(reading.message.delivery_id)).message.text == "delete everything"
    assert len(program.got) == 1


async def test_a_doorbell_that_is_seen_proves_the_ring_and_nothing_more(
    stage: Stage, planner: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("relay_tui.core.delivery.proofs.PROOF_WAIT", 0.01)
    program = await reader(stage)
    message = await stage.say("hello", by=planner)
    await program.has(1)
    while not program.resolved:
        await stage.say("tick", to="#general", by=stage.agent)
    assert (await stage.delivery(message)).word == "accepted"
    program.proves(program.contexts[0].nonce)

    while (await stage.delivery(message)).evidence != Evidence.TRANSCRIPT:
        await stage.say("tick", to="#general", by=stage.agent)
    delivery = await stage.delivery(message)
    assert (delivery.word, delivery.how) == ("accepted", "doorbell rung; transcript, entry 1")


async def test_a_persons_words_are_typed_whole_beside_what_waits_to_be_read(stage: Stage, planner: Caller) -> None:
    program = await reader(stage)
    announced = await stage.say("hello", by=planner)
    await stage.comes_to(announced, "accepted")
    typed = await stage.say("do this")
    await program.has(2)
    program.proves(program.contexts[1].nonce)
    assert (await stage.comes_to(typed, "delivered")).route == "typed"
    assert (await stage.delivery(announced)).word == "accepted"


async def test_a_rule_for_a_pair_lets_words_through_whole_and_is_said_with_the_attempt(
    stage: Stage, planner: Caller
) -> None:
    desk = Desk(stage.relay, stage.operator)
    ruled = await desk.rule_doorbell("planner", "builder", "whole")
    assert (ruled["from"], ruled["to"], ruled["say"], ruled["set_by"]) == ("planner", "builder", "whole", "ada")
    program = await reader(stage)
    message = await stage.say("hello", by=planner)
    await program.has(1)
    program.proves(program.contexts[0].nonce)
    delivery = await stage.comes_to(message, "delivered")
    stored = await stage.relay.queries.message(message)
    assert stored is not None
    steps = (await stage.relay.queries.attempts(stored, delivery))[0].steps
    assert [step["detail"] for step in steps if step["name"] == "form"] == ["whole, by the rule for this pair"]
    await desk.rule_doorbell("planner", "*", "doorbell")
    assert [one["to"] for one in await desk.doorbells()] == ["builder", "*"]
    await desk.rule_doorbell("planner", "builder", "default")
    second = await stage.say("again", by=planner)
    assert (await stage.comes_to(second, "accepted")).route == "doorbell"


async def test_what_is_typed_whole_waits_for_what_its_sender_was_announced_with_before(
    stage: Stage, planner: Caller
) -> None:
    program = await reader(stage)
    first = await stage.say("one", by=planner)
    await program.has(1)
    program.proves(program.contexts[0].nonce)
    await Desk(stage.relay, stage.operator).rule_doorbell("planner", "builder", "whole")
    second = await stage.say("two", by=planner)
    await stage.say("beside")
    assert await program.has(2) == ["one", "beside"]
    assert (await stage.delivery(second)).attempts == 0
    await (await postbox(stage)).read(first)
    program.becomes(State.READY)
    assert await program.has(3) == ["one", "beside", "two"]


async def test_what_was_rung_for_often_enough_and_never_read_has_failed_and_reading_it_late_counts(
    stage: Stage, planner: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ringing, "RING_AGAIN", (0, 0, 0))
    program = await reader(stage)
    message = await stage.say("hello", by=planner)
    for n in range(3):
        await program.has(n + 1)
        program.proves(program.contexts[n].nonce)
        program.becomes((State.READY, State.IDLE)[n % 2])
    failed = await stage.comes_to(message, "failed")
    assert (failed.attempts, failed.reason) == (3, ringing.UNREAD)
    with refused("not_read"):
        await (await postbox(stage)).confirm(message)
    await (await postbox(stage)).read(message)
    await (await postbox(stage)).confirm(message)
    await stage.comes_to(message, "delivered")


async def test_a_doorbell_for_who_cannot_read_by_itself_is_warned_of_and_what_fails_of_it_says_so(
    stage: Stage, planner: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(stage.relay, stage.operator, stage.relay.sessions)
    program = await stage.program(capabilities=PLAIN, receipts=accepted)
    assert (await desk.rule_doorbell("planner", "builder", "whole"))["unable"] == []
    assert (await desk.rule_doorbell("planner", "*", "doorbell"))["unable"] == [], "the rule of the pair is nearer"
    assert (await desk.rule_doorbell("planner", "builder", "doorbell"))["unable"] == ["builder"]
    message = await stage.say("hello", by=planner)
    await stage.comes_to(message, "accepted")
    (waiting,) = await desk.why(message)
    assert waiting["next"]["command"] == "doorbell set planner builder whole"
    monkeypatch.setattr(ringing, "RING_AGAIN", (0, 0, 0))
    for n in range(3):
        await program.has(n + 1)
        program.proves(program.contexts[n].nonce)
        program.becomes((State.READY, State.IDLE)[n % 2])
    failed = await stage.comes_to(message, "failed")
    assert failed.reason == ringing.UNREADABLE
    (said,) = await desk.why(message)
    assert "planner" in said["sentence"]
    assert ringing.UNABLE in said["sentence"]
    assert said["next"] == {
        "verb": "", "words": f"have it typed whole, then retry message {message}",
        "command": "doorbell set planner builder whole",
    }  # fmt: skip
    await desk.rule_doorbell("planner", "builder", "whole")
    await desk.retry(message, "builder")
    await program.has(4)
    assert program.contexts[3].route == Route.TYPED


async def test_a_new_program_is_rung_for_what_the_one_before_was_told_of(stage: Stage, planner: Caller) -> None:
    old = await reader(stage)
    message = await stage.say("hello", by=planner)
    await old.has(1)
    old.proves(old.contexts[0].nonce)
    await stage.comes_to(message, "accepted")
    new = await reader(stage)
    await new.has(1)
    assert (await stage.delivery(message)).attempts == 2


async def test_a_doorbell_that_never_got_there_is_rung_again_without_waiting_for_it_to_be_read(
    stage: Stage, planner: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("relay_tui.core.delivery.proofs.PROOF_WAIT", 0.01)
    monkeypatch.setattr(ringing, "UNHEARD", 0)
    program = await stage.program(capabilities=FETCHES, receipts=accepted, trace=Resolution.ABSENT)
    message = await stage.say("hello", by=planner)
    await program.has(2)
    program.trace = Resolution.DELIVERED
    program.becomes(State.READY)

    async def seen() -> bool:
        return (await stage.delivery(message)).evidence == Evidence.TRANSCRIPT

    await until(stage.relay, seen)
    asked, rung = len(program.resolved), len(program.got)
    program.becomes(State.IDLE)
    await stage.say("and you?")
    await program.has(rung + 1)
    assert [ctx.nonce for ctx in program.resolved[asked:] if ctx.route == Route.DOORBELL] == []
    assert program.got[-1].text == "and you?"


def test_whether_a_ring_got_there_is_asked_sooner_than_it_is_rung_anyway_and_ever_later() -> None:
    told = Delivery("7", "5", "9", attempts=1, generation=2, updated_at=1_000, evidence=Evidence.ECHO)
    first = 1_000 + ringing.UNHEARD
    assert [ringing.may_be_unheard(told, now) for now in (first - 1, first)] == [False, True]
    told.attempts = 2
    assert [ringing.may_be_unheard(told, now) for now in (first, first + ringing.UNHEARD)] == [False, True]
    told.attempts = 99
    assert ringing.may_be_unheard(told, 1_000 + ringing.RING_AGAIN[0])
    told.evidence = Evidence.TRANSCRIPT
    assert not ringing.may_be_unheard(told, 1_000_000)


async def test_what_a_person_holds_or_took_back_cannot_be_read(stage: Stage, planner: Caller) -> None:
    box = await postbox(stage)
    held = await stage.say("not yet", mode=Mode.MANUAL)
    behind = await stage.say("behind it")
    beside = await stage.say("beside", by=planner)
    await stage.relay.execute(c.HoldDeliveries(agent_id=stage.agent.agent_id, reason="wait"), stage.operator)
    with refused("on_hold"):
        await box.waiting()
    with refused("on_hold"):
        await box.read(beside)
    await stage.relay.execute(c.FlushDeliveries(agent_id=stage.agent.agent_id), stage.operator)
    await stage.program(capabilities=PLAIN, obstacle="a dialog is open")
    await stage.comes_to(held, "held")
    assert [one.message_id for one in await box.waiting()] == [beside]
    with refused("on_hold"):
        await box.read(held)
    await stage.relay.execute(c.DeleteMessage(message_id=beside), planner)
    for ref in (beside, behind):
        if ref == beside:
            with refused("delivery_ended"):
                await box.read(ref)
    for ref in ("999", "x", "dlv_1_2", "9" * 40, ""):
        with refused("delivery_not_found"):
            await box.read(ref)


async def test_reading_says_what_its_sender_said_before(stage: Stage, planner: Caller) -> None:
    first, second = [await stage.say(text, by=planner) for text in ("one", "two")]
    await stage.say("somebody else's")
    box = await postbox(stage)
    assert (await box.read(second)).before == [first]
    assert (await stage.delivery(second)).reached == Reached.DELIVERED


async def test_what_was_handed_out_and_never_confirmed_is_read_again_before_what_its_sender_said_next(
    stage: Stage, planner: Caller
) -> None:
    program = await reader(stage)
    first, second = await stage.say("one", by=planner), await stage.say("two", by=planner)
    await program.has(1)
    box = await postbox(stage)
    await box.read(first)
    assert (await box.read(second)).before == [first]
    await box.confirm(first)
    assert (await box.read(second)).before == []


async def test_agents_make_no_rules(stage: Stage, planner: Caller) -> None:
    with refused("forbidden"):
        await Desk(stage.relay, planner).rule_doorbell("planner", "builder", "whole")
    with refused("agent_not_found"):
        await Desk(stage.relay, stage.operator).rule_doorbell("nobody", "*", "whole")
    with refused("invalid_request"):
        await Desk(stage.relay, stage.operator).rule_doorbell("*", "*", "loud")
    assert await stage.relay.queries.doorbells() == []


async def test_a_delivery_that_ended_is_no_longer_rung_for(stage: Stage, planner: Caller) -> None:
    program = await reader(stage)
    message = await stage.say("hello", by=planner)
    await program.has(1)
    settle = c.SettleDelivery(
        message_id=message, agent_id=stage.agent.agent_id, disposition=Disposition.CANCELLED, reason="dropped"
    )
    await stage.relay.execute(settle)
    with refused("delivery_ended"):
        await (await postbox(stage)).read(message)


async def test_any_number_of_unread_messages_keeps_nothing_else_from_going(
    stage: Stage, planner: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("relay_tui.core.delivery.recipient.LOOKED_AT", 2)
    program = await reader(stage)
    for n in range(5):
        await stage.say(str(n), by=planner)
        await program.has(n + 1)
        program.proves(program.contexts[n].nonce)
    await stage.say("urgent", mode=Mode.IMMEDIATE)
    assert (await program.has(6))[-1] == "urgent"
