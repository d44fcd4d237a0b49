from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from relay_tui.core import commands as c
from relay_tui.core.delivery import notices
from relay_tui.core.delivery.deadlines import DELIVER_BY
from relay_tui.core.delivery.desk import Desk
from relay_tui.core.delivery.expiry import REASON
from relay_tui.core.errors import Refused
from relay_tui.core.model import Disposition, Evidence, Message, State
from relay_tui.core.relay import Relay
from relay_tui.core.session import Capabilities, Receipt, Resolution

from ..conftest import newcomer, until
from .conftest import Stage


async def failed(stage: Stage, text: str = "hello") -> str:
    """A message whose only attempt failed."""
    answers = iter([Receipt("failed", how="the pane is dead")])
    await stage.program(receipts=lambda message: next(answers, Receipt("delivered", Evidence.CALLBACK, "read")))
    message = await stage.say(text)
    await stage.comes_to(message, "failed")
    return message


async def test_a_dead_letter_goes_again_when_a_person_says_so(stage: Stage) -> None:
    message = await failed(stage)
    await stage.relay.execute(c.RetryDelivery(message_id=message, agent_id=stage.agent.agent_id), stage.operator)
    assert (await stage.comes_to(message, "delivered")).attempts == 2


async def test_a_redirected_letter_goes_to_the_other_and_no_more_to_the_first(stage: Stage) -> None:
    message = await failed(stage)
    planner = await newcomer(stage.relay, "planner")
    plans = await stage.program(planner)
    command = c.RedirectDelivery(message_id=message, agent_id=stage.agent.agent_id, to="planner")
    await stage.relay.execute(command, stage.operator)
    assert await plans.has(1) == ["hello"]
    assert (await stage.delivery(message)).word == "cancelled"
    assert "redirected to planner by ada" in (await stage.delivery(message)).reason


async def test_a_dropped_letter_stays_dropped(stage: Stage) -> None:
    message = await failed(stage)
    ids = {"message_id": message, "agent_id": stage.agent.agent_id}
    await stage.relay.execute(c.DropDelivery(**ids, reason="too late"), stage.operator)
    assert (await stage.delivery(message)).reason == "dropped by ada: too late"
    with pytest.raises(Refused) as caught:
        await stage.relay.execute(c.RetryDelivery(**ids), stage.operator)
    assert caught.value.code == "delivery_ended"


async def test_what_was_delivered_is_neither_retried_nor_dropped_nor_redirected(stage: Stage) -> None:
    await stage.program()
    message = await stage.say("hello")
    await stage.comes_to(message, "delivered")
    ids = {"message_id": message, "agent_id": stage.agent.agent_id}
    for command in (c.RetryDelivery(**ids), c.DropDelivery(**ids), c.RedirectDelivery(**ids, to="builder")):
        with pytest.raises(Refused) as caught:
            await stage.relay.execute(command, stage.operator)
        assert caught.value.code == "already_delivered"


async def test_other_agents_have_no_say_in_a_message(stage: Stage) -> None:
    message = await failed(stage)
    stranger = await newcomer(stage.relay, "stranger")
    with pytest.raises(Refused) as caught:
        await stage.relay.execute(c.DropDelivery(message_id=message, agent_id=stage.agent.agent_id), stranger)
    assert caught.value.code == "forbidden"


async def test_an_uncertain_attempt_is_typed_again_only_when_a_person_decides(stage: Stage) -> None:
    answers = iter([Receipt("failed", how="half typed", uncertain=True)])
    typed = Capabilities("typed", transcript=True)
    program = await stage.program(
        capabilities=typed,
        trace=Resolution.UNKNOWN,
        receipts=lambda message: next(answers, Receipt("delivered", Evidence.TRANSCRIPT, "transcript, entry 1")),
    )
    message = await stage.say("once")
    await stage.comes_to(message, "uncertain")
    program.becomes(State.READY)
    program.becomes(State.IDLE)
    assert len(program.got) == 1
    await stage.relay.execute(c.RetryDelivery(message_id=message, agent_id=stage.agent.agent_id), stage.operator)
    assert (await stage.comes_to(message, "delivered")).attempts == 2


async def test_nothing_else_is_typed_while_an_attempt_may_still_be_on_its_way(stage: Stage) -> None:
    answers = iter([Receipt("failed", how="not seen in the input box", uncertain=True)])
    program = await stage.program(
        capabilities=Capabilities("typed", transcript=True),
        trace=Resolution.LOOKING,
        receipts=lambda message: next(answers, Receipt("delivered", Evidence.TRANSCRIPT, "transcript, entry 1")),
    )
    first = await stage.say("one")

    async def looked_for() -> bool:
        """Its session has looked: only then does what is found to be absent go at once."""
        delivery = await stage.delivery(first)
        return delivery.word == "uncertain" and delivery.until is None

    await until(stage.relay, looked_for)
    second = await stage.say("two", by=await newcomer(stage.relay, "planner"))
    assert [message.text for message in program.got] == ["one"]
    program.trace = Resolution.ABSENT
    program.becomes(State.READY)
    await stage.comes_to(second, "delivered")
    assert [message.text for message in program.got] == ["one", "one", "two"]


async def test_what_a_sender_said_after_what_went_wrong_does_not_go_in_its_place(stage: Stage) -> None:
    """Also where both were due when the queue was looked at."""
    first, second = await stage.say("one"), await stage.say("two")
    other = await stage.say("three", by=await newcomer(stage.relay, "planner"))
    doubtful = Receipt("failed", how="half taken", uncertain=True)
    read = Receipt("delivered", Evidence.CALLBACK, "read")
    program = await stage.program(receipts=lambda message: doubtful if message.text == "one" else read)
    await stage.comes_to(other, "delivered")
    assert [message.text for message in program.got] == ["one", "three"]
    assert (await stage.delivery(first)).word == "uncertain"
    assert (await stage.delivery(second)).word == "queued"


async def test_a_message_whose_time_is_over_is_not_handed_over_and_its_sender_is_told(stage: Stage) -> None:
    planner = await newcomer(stage.relay, "planner")
    program = await stage.program()
    program.becomes(State.WORKING)
    soon = stage.relay.clock() + 200
    sent = await stage.relay.execute(
        c.SendMessage(to="@builder", text="now or never", data={DELIVER_BY: soon}), planner
    )
    expired = await stage.comes_to(sent.id, "expired")
    assert expired.reason == "its time ran out before it could be handed over"
    program.becomes(State.IDLE)

    async def told() -> list[Message]:
        found = [
            await stage.relay.queries.messages(d.id) for d in await stage.relay.queries.conversations(planner.agent_id)
        ]
        return [message for some in found for message in some if message.sender_id == stage.relay.system.agent_id]

    (notice,) = await until(stage.relay, told)
    assert f"Your message {sent.id} to builder was not delivered: expired" in notice.text
    assert program.got == []


async def test_a_message_to_an_agent_without_a_program_expires_too_also_after_a_restart(folder: Path) -> None:
    async with Relay.open(folder) as relay:
        builder = await newcomer(relay, "builder")
        soon = relay.clock() + 300
        await relay.execute(c.SendMessage(to="@builder", text="now or never", data={DELIVER_BY: soon}))
    async with Relay.open(folder) as relay:

        async def expired() -> bool:
            return [d.word for _, d in await relay.queries.undelivered()] == ["expired"]

        await until(relay, expired)
        (dead,) = await Desk(relay, relay.system).dead()
        assert (dead["to"], dead["text"], dead["reason"]) == ("builder", "now or never", REASON)
        command = c.RetryDelivery(message_id=dead["message"], agent_id=builder.agent_id)
        assert (await relay.execute(command)).word == "queued"


async def test_a_sender_whose_notice_was_lost_with_the_relay_is_told_at_the_next_start_and_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "CATCH_UP_AFTER", 0.0)
    monkeypatch.setattr(notices.Notices, "settled", lambda *_: None)
    async with Relay.open(folder) as relay:
        planner, builder = await newcomer(relay, "planner"), await newcomer(relay, "builder")

    async def fails(relay: Relay, text: str) -> None:
        sent = await relay.execute(c.SendMessage(to="@builder", text=text), planner)
        command = c.SettleDelivery(message_id=sent.id, agent_id=builder.agent_id, disposition=Disposition.FAILED)
        await relay.execute(command)

    async def told(relay: Relay, count: int) -> None:
        async def heard() -> bool:
            found = await relay.queries.conversations(planner.agent_id)
            said = [message for one in found for message in await relay.queries.messages(one.id)]
            notices = [one.text for one in said if one.sender_id == relay.system.agent_id]
            assert len(notices) <= count
            return len(notices) == count

        await until(relay, heard)

    async with Relay.open(folder) as relay:
        await fails(relay, "one")
    async with Relay.open(folder) as relay:
        await told(relay, 1)
        await fails(relay, "two")
    async with Relay.open(folder) as relay:  # in order, so the first would be told again before the second is
        await told(relay, 2)


async def test_what_is_under_way_does_not_expire(stage: Stage) -> None:
    program = await stage.program(gate=asyncio.Event())
    soon = stage.relay.clock() + 100
    sent = await stage.relay.execute(c.SendMessage(to="@builder", text="hi", data={DELIVER_BY: soon}), stage.operator)
    await program.has(1)
    settle = c.SettleDelivery(message_id=sent.id, agent_id=stage.agent.agent_id, disposition=Disposition.EXPIRED)
    assert (await stage.relay.execute(settle)).word == "queued"
    assert program.gate is not None
    program.gate.set()
    await stage.comes_to(sent.id, "delivered")
