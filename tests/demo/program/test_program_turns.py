from __future__ import annotations

import asyncio

import pytest

from relay_tui.demo.program.turns import Turn, Turns


async def nothing() -> None:
    """A turn that ends at once."""


async def test_turns_are_taken_in_the_order_they_came() -> None:
    turns = Turns()
    waiter = asyncio.ensure_future(turns.wait())
    turns.add(Turn(nothing, "one"))
    turns.add(Turn(nothing))
    turns.add(Turn(nothing, "two"))
    await waiter
    assert turns.queued == ["one", "two"]
    assert [turn.text for turn in iter(turns.take, None)] == ["one", None, "two"]
    assert not turns.waiting


async def test_an_interrupt_ends_the_running_turn_only_and_counts_once() -> None:
    turns = Turns()
    assert not turns.interrupt()
    cleaning, cleaned = asyncio.Event(), asyncio.Event()

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cleaning.set()
            await cleaned.wait()

    running = asyncio.ensure_future(turns.run(stubborn))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert turns.interrupt()
    await cleaning.wait()
    assert not turns.interrupt()
    cleaned.set()
    assert await running is False
    assert await turns.run(nothing) is True


async def test_leaving_cancels_the_turn_and_is_no_interrupt() -> None:
    turns = Turns()
    running = asyncio.ensure_future(turns.run(asyncio.Event().wait))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_what_a_turn_raises_is_raised() -> None:
    async def broken() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await Turns().run(broken)
