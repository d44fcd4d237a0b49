"""What waits for a socket is bounded and keeps its order."""

from __future__ import annotations

import asyncio

from relay_tui.server.outbox import Outbox


async def test_frames_are_taken_in_the_order_they_were_put() -> None:
    outbox = Outbox()
    assert all(outbox.put(frame) for frame in (b"1", b"2", b"3"))
    assert [await outbox.take() for _ in range(3)] == [b"1", b"2", b"3"]


async def test_beyond_its_bound_nothing_is_taken_in() -> None:
    outbox = Outbox(limit=10)
    assert outbox.put(b"x" * 8)
    assert not outbox.put(b"y" * 3)
    assert outbox.put(b"z" * 2)


async def test_one_frame_longer_than_the_bound_passes_alone() -> None:
    outbox = Outbox(limit=10)
    assert outbox.put(b"x" * 100)
    assert not outbox.put(b"y")
    assert await outbox.take() == b"x" * 100
    assert outbox.put(b"y")


async def test_who_waits_for_room_gets_it_when_the_reader_has_read() -> None:
    outbox = Outbox(limit=10)
    outbox.put(b"x" * 10)
    waiting = asyncio.create_task(outbox.put_when_room(b"y" * 5))
    await asyncio.sleep(0)
    assert not waiting.done()
    await outbox.take()
    async with asyncio.timeout(5):
        await waiting
    assert await outbox.take() == b"y" * 5
