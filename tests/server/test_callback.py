"""The session behind a socket: what each thing that its client says, or fails to say, comes to."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from relay_tui.core.model import Agent, Evidence, Mode, State
from relay_tui.core.session import DeliverableMessage, MessageContext
from relay_tui.server.callback import CallbackSession

BOB = Agent("7", "bob", "agent", 0)
CONTEXT = MessageContext(1, "nonce", 1, 0)


def message(number: int) -> DeliverableMessage:
    return DeliverableMessage(
        str(number), f"dlv_{number}_7", "alice", "#general", "hi", None, Mode.ON_IDLE, 0, number, "message.created", {}
    )


def session(sent: list[bytes], *, receipts: bool = True, ack_timeout: float = 5) -> CallbackSession:
    async def send(frame: bytes) -> None:
        sent.append(frame)

    return CallbackSession(
        BOB, 1, send=send, hang_up=lambda code, why: None, clock=lambda: 5, receipts=receipts, ack_timeout=ack_timeout
    )


async def handing_over(one: CallbackSession, number: int = 1) -> asyncio.Task[Any]:
    task = asyncio.create_task(one.receive_message(message(number), CONTEXT))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return task


async def test_a_receipt_after_the_ack_is_delivered_with_every_step() -> None:
    one = session([])
    task = await handing_over(one)
    one.acked(1)
    await asyncio.sleep(0)
    assert not task.done()
    one.handled("dlv_1_7")
    receipt = await task
    assert (receipt.outcome, receipt.evidence) == ("delivered", Evidence.CALLBACK)
    assert [step.name for step in receipt.steps] == ["handed to its socket", "acknowledged", "handled"]


async def test_without_receipts_an_ack_is_all_there_is() -> None:
    one = session([], receipts=False)
    task = await handing_over(one)
    one.acked(1)
    assert (await task).outcome == "accepted"


async def test_a_failing_handler_is_a_failure_with_its_words() -> None:
    one = session([])
    task = await handing_over(one)
    one.handled("dlv_1_7", "boom")
    receipt = await task
    assert (receipt.outcome, receipt.how) == ("failed", "boom")


async def test_an_ack_covers_what_came_before_and_nothing_after() -> None:
    one = session([], receipts=False)
    tasks = [await handing_over(one, number) for number in (1, 2, 3)]
    one.acked(2)
    assert [(await task).outcome for task in tasks[:2]] == ["accepted", "accepted"]
    assert not tasks[2].done()
    one.close("gone")
    with pytest.raises(asyncio.CancelledError):
        await tasks[2]


async def test_no_ack_in_time_puts_the_attempt_off() -> None:
    receipt = await session([], ack_timeout=0.01).receive_message(message(1), CONTEXT)
    assert (receipt.outcome, receipt.how) == ("deferred", "its socket took no message for 0.01 s")


async def test_a_socket_that_closes_puts_off_what_was_acknowledged_and_not_handled() -> None:
    sent: list[bytes] = []
    one = session(sent)
    task = await handing_over(one)
    one.acked(1)
    one.close("its socket closed")
    assert ((await task).outcome, (await task).how) == ("deferred", "its socket closed")
    assert one.state.state == State.LOST
    assert (await one.receive_message(message(2), CONTEXT)).outcome == "deferred"
    assert len(sent) == 1


async def test_a_receipt_for_an_attempt_that_is_over_still_gives_its_step() -> None:
    assert [step.name for step in session([]).handled("dlv_9_7")] == ["handled"]
