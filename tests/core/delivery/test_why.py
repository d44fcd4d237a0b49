from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from relay_tui.core.delivery import proofs
from relay_tui.core.delivery.desk import Desk
from relay_tui.core.delivery.standing import is_handed_over
from relay_tui.core.delivery.why import why
from relay_tui.core.model import Agent, Delivery, Disposition, Evidence, Message, Mode, Reached, Session, State
from relay_tui.core.model_delivery import Hold
from relay_tui.core.session import Receipt

from ..conftest import newcomer
from .conftest import Stage
from .test_recipient import accepted

TO = Agent("3", "builder", "agent", 0)
MESSAGE = Message("7", 1, "2", 1, "5", "hi", created_at=1_000)


def delivery(disposition: Disposition = Disposition.ACTIVE, reason: str = "", **more: object) -> Delivery:
    return Delivery("7", "3", "2", disposition=disposition, reason=reason, updated_at=2_000, **more)  # type: ignore[arg-type]


def session(state: State, detail: str = "") -> Session:
    return Session("3", "terminal", 1, {}, state, 1_500, "transcript", detail=detail)


UNPROVEN = "never typed twice without proof of absence"
RUNG = "doorbell: words of other agents are not typed"
CASES = [
    (delivery(), None, "no session", "start"),
    (delivery(), session(State.EXITED, "exit 1"), "session gone", "restart"),
    (delivery(), session(State.IDLE), "queue", ""),
    (delivery(Disposition.DEFERRED, "working"), session(State.WORKING), "boundary: on-idle", "interrupt"),
    (delivery(Disposition.DEFERRED, "waits for an answer"), session(State.WAITING), "boundary: on-idle", "pane"),
    (delivery(Disposition.DEFERRED, "a dialog is open (approval)"), session(State.IDLE), "gate: dialog", "pane"),
    (delivery(Disposition.DEFERRED, "its pane is in copy mode"), session(State.IDLE), "gate: copy mode", "pane"),
    (delivery(Disposition.DEFERRED, "a draft stands in its input box"), session(State.IDLE), "gate: draft", "pane"),
    (delivery(Disposition.DEFERRED, "a person pressed a key"), session(State.IDLE), "gate: human key", "pane"),
    (delivery(Disposition.UNCERTAIN, "half typed"), session(State.IDLE), UNPROVEN, "retry"),
    (delivery(Disposition.FAILED, "the pane is dead"), session(State.IDLE), "outcome of the attempt", "retry"),
    (delivery(Disposition.EXPIRED, "its time ran out"), session(State.IDLE), "expiry", "retry"),
    (delivery(Disposition.CANCELLED, "dropped by ada"), session(State.IDLE), "a person", ""),
    (delivery(reached=Reached.DELIVERED, evidence=Evidence.ECHO), session(State.IDLE), "proof", "pane"),
    (delivery(reached=Reached.ACCEPTED, route="typed", attempts=1), session(State.WORKING), "proof", "pane"),
    (delivery(reached=Reached.ACCEPTED, route="typed", attempts=1), session(State.LOST), "session gone", "restart"),
    (delivery(attempts=1), session(State.IDLE), "attempt", ""),
    (delivery(reached=Reached.ACCEPTED, route="doorbell"), session(State.IDLE), RUNG, "pane"),
    (delivery(reached=Reached.ACCEPTED, route="doorbell"), session(State.EXITED), "session gone", "restart"),
    (delivery(reached=Reached.ANSWERED, evidence=Evidence.REPLY), session(State.IDLE), "proof", ""),
]  # fmt: skip


@pytest.mark.parametrize(("given", "behind", "rule", "verb"), CASES, ids=[f"{c[2]}-{c[0].word}" for c in CASES])
def test_each_standing_has_its_rule_and_one_next_action(
    given: Delivery, behind: Session | None, rule: str, verb: str
) -> None:
    answer = why(MESSAGE, given, TO, behind)
    assert (answer.rule, answer.next.verb, answer.word) == (rule, verb, given.word)
    assert answer.sentence.endswith(".")
    assert answer.next.words


def test_a_program_that_comes_in_over_a_socket_is_not_restarted_from_here() -> None:
    gone = Session("3", "callback", 1, {}, State.LOST, 1_500, "socket", detail="socket closed")
    answer = why(MESSAGE, delivery(), TO, gone)
    assert (answer.next.verb, answer.changes) == ("", "its program reconnecting")
    assert why(MESSAGE, delivery(), TO, session(State.EXITED)).next.command == "agent restart builder"


def test_a_hold_is_named_with_who_placed_it_and_how_to_lift_it() -> None:
    answer = why(
        MESSAGE, delivery(Disposition.HELD), TO, session(State.IDLE), Hold("3", "5", 1_800, "lunch"), (), "ada"
    )
    assert answer.sentence == "ada put what is due to builder on hold (lunch)."
    assert answer.next.command == "flush builder"
    assert [signal.words for signal in answer.signals][-1] == "hold placed (lunch)"


def test_a_manual_message_is_flushed() -> None:
    manual = Message("7", 1, "2", 1, "5", "hi", created_at=1_000, mode=Mode.MANUAL)
    answer = why(manual, delivery(Disposition.HELD, "held until it is flushed"), TO, session(State.IDLE))
    assert (answer.rule, answer.next.command) == ("boundary: manual", "flush builder")


def test_signals_are_told_in_the_order_of_their_times() -> None:
    answer = why(MESSAGE, delivery(Disposition.DEFERRED, "working"), TO, session(State.WORKING))
    assert [signal.at for signal in answer.signals] == [1_000, 1_500, 2_000]


def test_whatever_its_standing_a_delivery_is_explained_and_ends_in_one_next_action() -> None:
    routes, until, holds = ("typed", "doorbell", "callback"), (None, 1_500), (None, Hold("3", "5", 1_800))
    standings = itertools.product(Disposition, Reached, (Evidence.NONE, Evidence.TRANSCRIPT), routes, (0, 1), until)
    for disposition, reached, evidence, route, attempts, time in standings:
        given = delivery(disposition, "so", reached=reached, evidence=evidence, route=route, attempts=attempts,
                         until=time)  # fmt: skip
        for mode, state, hold in itertools.product(Mode, (None, *State), holds):
            behind = session(state) if state else None
            answer = why(replace(MESSAGE, mode=mode), given, TO, behind, hold, (), "ada")
            assert answer.sentence.endswith(".")
            assert answer.rule
            assert answer.next.words
            if is_handed_over(given):
                assert "about to go" not in answer.sentence
                assert answer.next.verb != "flush"
            if answer.next.verb in {"retry", "restart", "flush", "interrupt"} and answer.next.command:
                assert "builder" in answer.next.command


async def test_what_waits_for_its_senders_message_before_says_which_and_what_a_person_handed_over_says_so(
    stage: Stage,
) -> None:
    planner = await newcomer(stage.relay, "planner")
    doubtful = Receipt("failed", how="half typed", uncertain=True)
    await stage.program(receipts=lambda message: doubtful if message.text == "one" else accepted(message))
    first, second = await stage.say("one", by=planner), await stage.say("two", by=planner)
    other = await stage.say("three")
    await stage.comes_to(first, "uncertain")
    await stage.comes_to(other, "accepted")
    desk = Desk(stage.relay, stage.operator, stage.relay.sessions)
    (behind,), (handed,) = await desk.why(second), await desk.why(other)
    assert (behind["word"], behind["rule"]) == ("queued", "order: each sender's messages in theirs")
    assert behind["next"]["command"] == f"why {first} builder"
    assert f"message {first}: that is uncertain" in behind["sentence"]
    assert handed["sentence"] == "It was handed to builder; proof that it has read it is awaited."


async def test_what_is_only_claimed_is_nowhere_called_delivered(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proofs, "PROOF_WAIT", 0.01)
    program = await stage.program(receipts=accepted)
    message = await stage.say("prove it")
    await stage.comes_to(message, "unverified")
    desk = Desk(stage.relay, stage.operator, stage.relay.sessions)
    (claimed,) = await desk.why(message)
    assert [attempt["outcome"] for attempt in claimed["attempts"]] == ["unverified"]
    assert not any("delivered" in signal["words"] for signal in claimed["signals"])
    program.proves(program.contexts[0].nonce)
    await stage.comes_to(message, "delivered")
    (proven,) = await desk.why(message)
    assert [attempt["outcome"] for attempt in proven["attempts"]] == ["delivered"]


@pytest.mark.parametrize(
    ("given", "behind", "rule"),
    [
        (delivery(), State.IDLE, "order: each sender's messages in theirs"),
        (delivery(Disposition.DEFERRED, "working; goes when it is idle"), State.IDLE,
         "order: each sender's messages in theirs"),
        (delivery(Disposition.DEFERRED, "exited"), State.EXITED, "session gone"),
    ],
)  # fmt: skip
def test_what_is_behind_something_uncertain_says_that_a_decision_is_awaited(
    given: Delivery, behind: State, rule: str
) -> None:
    before = Delivery("6", "3", "2", disposition=Disposition.UNCERTAIN, reason="half typed", attempts=1)
    answer = why(MESSAGE, given, TO, session(behind), before=before)
    assert answer.rule == rule
    if behind == State.IDLE:
        assert "message 6: that is uncertain, until it is proven or you decide." in answer.sentence
        assert answer.next.command == "why 6 builder"
