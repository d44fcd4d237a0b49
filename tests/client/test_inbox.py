"""Deliveries on the client's side: each handled once, acknowledged, and receipted until the relay has the receipt."""

from __future__ import annotations

import asyncio
from typing import Any

from relay_tui.client import inbox as module
from relay_tui.client.inbox import Inbox
from relay_tui.client.types import Incoming, Json


def frame(number: int) -> Json:
    data = {"id": str(number), "text": f"text {number}", "from_name": "alice", "channel_name": "general"}
    return {
        "delivery_id": f"dlv_{number}_7",
        "msg_id": str(number),
        "seq": number,
        "mode": "wait",
        "payload": {"type": "message.created", "data": data},
    }


class Bench:
    """An inbox whose handler notes what it gets, and raises at `text 13`."""

    def __init__(self) -> None:
        self.sent: list[Json] = []
        self.handled: list[str] = []
        self.inbox = Inbox(lambda: "bob", self._handle, self.sent.append)

    async def _handle(self, message: Incoming) -> None:
        self.handled.append(message.text)
        if message.text == "text 13":
            raise ValueError("unlucky")

    async def drain(self) -> None:
        task = asyncio.create_task(self.inbox.run())
        for _ in range(20):
            await asyncio.sleep(0)
        task.cancel()

    def of(self, kind: str) -> list[Any]:
        key = "up_to_seq" if kind == "delivery.ack" else "outcome"
        return [one[key] for one in self.sent if one["type"] == kind]


async def test_a_message_is_acknowledged_at_once_and_receipted_when_handled() -> None:
    bench = Bench()
    bench.inbox.take(frame(1))
    assert (bench.of("delivery.ack"), bench.of("delivery.receipt")) == ([1], [])
    await bench.drain()
    assert (bench.handled, bench.of("delivery.receipt")) == (["text 1"], ["delivered"])


async def test_a_second_copy_is_answered_again_and_not_handled_again() -> None:
    bench = Bench()
    bench.inbox.take(frame(1))
    bench.inbox.take(frame(1))
    await bench.drain()
    bench.inbox.take(frame(1))
    await bench.drain()
    assert bench.handled == ["text 1"]
    assert bench.of("delivery.ack") == [1, 1, 1]
    assert bench.of("delivery.receipt") == ["delivered", "delivered"]


async def test_receipts_are_sent_again_until_the_relay_has_answered_them() -> None:
    bench = Bench()
    bench.inbox.take(frame(1))
    bench.inbox.take(frame(13))
    await bench.drain()
    bench.inbox.confirmed("receipt-dlv_1_7")
    bench.sent.clear()
    bench.inbox.reconnected()
    assert [(one["delivery_id"], one["outcome"]) for one in bench.sent] == [("dlv_13_7", "failed")]
    assert bench.sent[0]["error"] == "ValueError: unlucky"


async def test_what_finds_no_room_is_not_acknowledged_and_neither_is_what_comes_after(monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "WAITING_MOST", 2)
    bench = Bench()
    for number in (1, 2, 3):
        bench.inbox.take(frame(number))
    assert bench.of("delivery.ack") == [1, 2]
    await bench.drain()
    bench.inbox.take(frame(4))
    assert bench.of("delivery.ack") == [1, 2, 2]
    bench.inbox.take(frame(3))
    assert bench.of("delivery.ack") == [1, 2, 2, 3]
    await bench.drain()
    assert bench.handled == ["text 1", "text 2", "text 4", "text 3"]
