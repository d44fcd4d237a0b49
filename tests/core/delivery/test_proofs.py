from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from relay_tui.core import commands as c
from relay_tui.core.delivery import courier, proofs
from relay_tui.core.delivery.fetching import Postbox
from relay_tui.core.model import Disposition, Evidence, Mode, Reached, State
from relay_tui.core.session import Capabilities, MessageContext, Proven, Receipt, Resolution

from ..conftest import newcomer, refused, until
from .conftest import Program, Stage
from .test_recipient import accepted

TYPED = Capabilities("typed", frozenset({Mode.ON_IDLE, Mode.NEXT_MESSAGE}), transcript=True)


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here waits for a proof before the next message goes."""
    monkeypatch.setattr(courier, "PROOF_BEFORE_NEXT", 0.01)


@dataclass
class Recorded(Program):
    """Keeps a record of what it took, which outlives it."""

    record: set[str] = field(default_factory=set)
    """Nonces."""

    async def search(self, attempts: Sequence[MessageContext]) -> frozenset[str]:
        return frozenset(ctx.nonce for ctx in attempts if ctx.nonce in self.record)

    def transcript_offset(self) -> int:
        return 100


async def recorded(stage: Stage, *, generation: int = 0, **traits: object) -> Recorded:
    """`generation`: of the same program, found again; 0: a new one."""
    if not generation:
        session = await stage.relay.execute(c.StartSession(agent_id=stage.agent.agent_id, harness="test"))
        generation = session.generation
    traits = {"capabilities": TYPED, "receipts": accepted, "trace": Resolution.PENDING, **traits}
    program = Recorded(stage.agent.agent_id, generation, **traits)  # pyright: ignore[reportArgumentType]
    await stage.relay.sessions.attach(program)
    return program


async def unverified(stage: Stage, monkeypatch: pytest.MonkeyPatch, **traits: object) -> tuple[str, Recorded]:
    """A message that was handed over and never proven, and the program that it was handed to."""
    monkeypatch.setattr(proofs, "PROOF_WAIT", 0.01)
    program = await recorded(stage, **traits)
    message = await stage.say("did you get it?")
    await stage.comes_to(message, "unverified")
    await stage.relay.sessions.detach(stage.agent.agent_id)
    return message, program


async def test_proof_that_came_while_nobody_listened_is_found_afterwards(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    message, program = await unverified(stage, monkeypatch)
    await recorded(stage, generation=program.generation, record={program.contexts[0].nonce})
    delivery = await stage.comes_to(message, "delivered")
    assert (delivery.evidence, delivery.how) == (Evidence.TRANSCRIPT, "found in its transcript, late")


async def test_proof_that_comes_after_a_restart_counts_by_the_nonce_that_the_log_has(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    message, program = await unverified(stage, monkeypatch)
    again = await recorded(stage, generation=program.generation)
    again.say(Proven(Evidence.TRANSCRIPT, "forged", "f" * 8, message_id=message))
    again.say(Proven(Evidence.TRANSCRIPT, "of nothing", "f" * 8, message_id="9" * 19))
    again.say(Proven(Evidence.TRANSCRIPT, "entry 7", program.contexts[0].nonce, message_id=message))
    assert (await stage.comes_to(message, "delivered")).how == "entry 7"


async def test_what_a_dead_programs_whole_record_does_not_have_goes_again_to_the_next(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    message, _ = await unverified(stage, monkeypatch)
    again = await recorded(stage, trace=Resolution.ABSENT)
    assert await again.has(1) == ["did you get it?"]
    again.proves(again.contexts[0].nonce)
    delivery = await stage.comes_to(message, "delivered")
    assert (delivery.evidence, delivery.attempts) == (Evidence.TRANSCRIPT, 2)


async def test_an_accepted_message_whose_program_dies_before_it_takes_it_goes_again(stage: Stage) -> None:
    program = await recorded(stage)
    message = await stage.say("did you get it?")
    await stage.comes_to(message, "accepted")
    program.becomes(State.EXITED)
    again = await recorded(stage, trace=Resolution.ABSENT)
    assert await again.has(1) == ["did you get it?"]


async def test_without_a_record_a_claim_is_left_to_a_person_who_can_have_it_go_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = Capabilities("typed", frozenset({Mode.ON_IDLE}))
    message, _ = await unverified(stage, monkeypatch, capabilities=silent)
    monkeypatch.setattr(proofs, "PROOF_WAIT", 60.0)
    again = await recorded(stage, capabilities=silent, trace=Resolution.UNKNOWN)
    await stage.say("and this?")
    await again.has(1)
    assert (await stage.delivery(message)).word == "unverified"
    about = {"message_id": message, "agent_id": stage.agent.agent_id}
    with refused("already_delivered"):
        await stage.relay.execute(c.DropDelivery(**about), stage.operator)
    await stage.relay.execute(c.RetryDelivery(**about), stage.operator)
    assert await again.has(2) == ["and this?", "did you get it?"]
    assert (await stage.comes_to(message, "accepted")).attempts == 2


async def test_a_claim_is_withdrawn_and_proof_never_is(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    message, program = await unverified(stage, monkeypatch)
    withdraw = c.WithdrawClaim(message_id=message, agent_id=stage.agent.agent_id, reason="it was not taken")
    delivery = await stage.relay.execute(withdraw)
    assert (delivery.reached, delivery.reason, delivery.delivered_at) == (Reached.ACCEPTED, "it was not taken", None)
    await stage.relay.execute(
        c.RaiseDelivery(
            message_id=message, agent_id=program.agent_id, reached=Reached.DELIVERED, evidence=Evidence.TRANSCRIPT
        )
    )
    assert (await stage.relay.execute(withdraw)).reached == Reached.DELIVERED


async def test_what_a_busy_program_has_queued_is_not_claimed_before_its_turn_ends(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proofs, "PROOF_WAIT", 0.01)
    program = await recorded(stage)
    program.becomes(State.WORKING)
    message = await stage.say("when you are done", mode=Mode.NEXT_MESSAGE)
    await stage.comes_to(message, "accepted")
    assert program.contexts[0].mode == Mode.NEXT_MESSAGE
    while len(program.resolved) < 3:
        await stage.say("tick", to="#general", by=stage.agent)
    assert (await stage.delivery(message)).word == "accepted"
    program.becomes(State.IDLE)
    await stage.comes_to(message, "unverified")


async def test_what_a_dead_program_had_read_and_not_confirmed_is_rung_for_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    rings = replace(TYPED, fetches=True)
    planner = await newcomer(stage.relay, "planner")
    program = await recorded(stage, capabilities=rings)
    message = await stage.say("hello", by=planner)
    await program.has(1)
    program.record.add(program.contexts[0].nonce)
    program.proves(program.contexts[0].nonce)
    agent = await stage.relay.queries.agent(stage.agent.agent_id)
    assert agent is not None
    await Postbox(stage.relay, agent, stage.agent).read(message)
    await stage.comes_to(message, "unverified")
    again = await recorded(stage, capabilities=rings, record=program.record)
    await again.has(1)
    assert (again.contexts[0].route, (await stage.delivery(message)).attempts) == ("doorbell", 2)


async def test_a_doorbell_of_which_nothing_is_known_does_not_keep_what_comes_after_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proofs, "PROOF_WAIT", 0.01)
    planner = await newcomer(stage.relay, "planner")
    lost = Receipt("failed", how="typed, and its input box is not seen since", uncertain=True)
    answers = iter([lost])
    program = await recorded(
        stage, capabilities=replace(TYPED, fetches=True), receipts=lambda m: next(answers, accepted(m))
    )
    first = await stage.say("one", by=planner)
    await stage.comes_to(first, "accepted")
    await stage.say("two", by=planner)
    assert await program.has(2) == ["one", "two"]


@pytest.mark.parametrize("by", ["proof that comes", "the record that is searched"])
async def test_a_doorbell_that_was_in_doubt_and_is_seen_is_in_doubt_no_more_and_keeps_nobody_waiting(
    stage: Stage, by: str
) -> None:
    planner = await newcomer(stage.relay, "planner")
    answers = iter([Receipt("failed", how="typed, but not seen in the input box", uncertain=True)])
    program = await recorded(
        stage,
        capabilities=replace(TYPED, fetches=True),
        receipts=lambda m: next(answers, accepted(m)),
        trace=Resolution.LOOKING,
    )
    first = await stage.say("one", by=planner)
    await stage.comes_to(first, "uncertain")
    await stage.say("two", by=planner)
    if by == "proof that comes":
        program.proves(program.contexts[0].nonce)
    program.trace = Resolution.DELIVERED
    program.becomes(State.READY)
    assert await program.has(2) == ["one", "two"]
    delivery = await stage.comes_to(first, "accepted")
    assert (delivery.evidence, delivery.disposition) == (Evidence.TRANSCRIPT, Disposition.ACTIVE)


async def test_what_is_seen_to_stand_untaken_is_uncertain_and_never_claimed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proofs, "PROOF_WAIT", 0.01)
    program = await recorded(stage, trace=Resolution.UNKNOWN)
    message = await stage.say("did you get it?")
    assert (await stage.comes_to(message, "uncertain")).reached == Reached.ACCEPTED
    program.trace = Resolution.ABSENT
    program.becomes(State.READY)
    assert await program.has(2) == ["did you get it?"] * 2


async def test_nothing_is_claimed_of_a_program_that_ended_before_its_proof(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proofs, "PROOF_WAIT", 0.01)
    program = await recorded(stage)
    resolve = program.resolve

    async def ends(ctx: MessageContext) -> Resolution:
        found = await resolve(ctx)
        program.state = replace(program.state, state=State.EXITED)  # its queue has not heard of it yet
        return found

    monkeypatch.setattr(program, "resolve", ends)
    message = await stage.say("did you get it?")

    while not program.resolved:
        await stage.say("tick", to="#general", by=stage.agent)
    await stage.say("tick", to="#general", by=stage.agent)
    await stage.relay.sessions.detach(stage.agent.agent_id, State.EXITED)
    assert (await stage.delivery(message)).word == "accepted"
    again = await recorded(stage, trace=Resolution.ABSENT)
    assert await again.has(1) == ["did you get it?"]
    assert (await stage.delivery(message)).reached == Reached.ACCEPTED


async def test_nobody_looks_for_what_a_held_agent_has_not_proven_because_looking_can_press_enter(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proofs, "PROOF_WAIT", 0.05)
    monkeypatch.setattr(proofs, "LOOK_CLOSELY", 0.01)
    planner = await newcomer(stage.relay, "planner")
    program = await stage.program(receipts=accepted)
    free = await stage.program(planner, receipts=accepted)
    message = await stage.say("one")
    await stage.comes_to(message, "accepted")
    await stage.relay.execute(c.HoldDeliveries(agent_id=stage.agent.agent_id), stage.operator)
    await stage.say("two", to="@planner")

    async def looked_for() -> bool:
        return bool(free.resolved)

    await until(stage.relay, looked_for)
    assert program.resolved == []
    assert (await stage.delivery(message)).word == "accepted"
    await stage.relay.execute(c.FlushDeliveries(agent_id=stage.agent.agent_id), stage.operator)
    await stage.comes_to(message, "unverified")


@pytest.mark.parametrize(("found", "word"), [(Resolution.UNKNOWN, "uncertain"), (Resolution.ABSENT, "deferred")])
async def test_what_a_program_took_and_died_with_is_in_doubt_also_behind_its_senders_earlier_message(
    stage: Stage, found: Resolution, word: str
) -> None:
    program = await stage.program(receipts=accepted)
    first, second = await stage.say("one"), await stage.say("two")
    await stage.comes_to(first, "accepted")
    await stage.comes_to(second, "accepted")
    program.becomes(State.EXITED)
    after = await stage.program(attach=False, capabilities=Capabilities("callback", transcript=True))

    async def resolve(ctx: MessageContext) -> Resolution:
        return Resolution.UNKNOWN if ctx.nonce == program.contexts[0].nonce else found

    after.resolve = resolve  # pyright: ignore[reportAttributeAccessIssue]
    await stage.relay.sessions.attach(after)
    await stage.comes_to(first, "uncertain")
    await stage.comes_to(second, word)
