from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import Callable, Sequence
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay_tui.core import commands as c
from relay_tui.core import events as e
from relay_tui.core.ids import event_id
from relay_tui.core.model import Caller, Mode
from relay_tui.core.relay import Relay
from relay_tui.core.subscription import MOST_KEPT, Subscription
from relay_tui.core.weight import weight

from .conftest import Join


def entry(seq: int) -> e.Entry:
    return e.Entry(seq, "", 0, "1", "sdk", "", e.AgentRemoved("1"))


def said(seq: int, text: str, data: Any = None) -> e.Entry:
    """As it comes from the writer: every text its own."""
    ids = [str(10**17 + seq * 10 + n) for n in range(4)]
    event = e.MessageCreated(ids[0], ids[1], seq, ids[2], text, None, Mode.ON_IDLE, [], [], data)
    return e.Entry(seq, event_id(seq + 10**12), seq + 10**12, ids[3], "sdk", f"key-{seq}", event)


class Paper:
    """A log in memory whose reads take as long as the test wants, and whose commits are seen as those of the real one
    are: on disk first, told a moment later."""

    def __init__(self) -> None:
        self.on_disk: list[e.Entry] = []
        self.last_seq = 0
        self.handlers: list[Callable[[Sequence[e.Entry]], None]] = []
        self.before_read: list[Callable[[], None]] = []
        self.after_read: list[Callable[[], None]] = []

    async def execute(self, command: c.Command, by: Caller) -> Any: ...

    async def read(self, from_seq: int, limit: int = 1_000, most: int | None = None) -> list[e.Entry]:
        if self.before_read:
            self.before_read.pop(0)()
        found = [entry for entry in self.on_disk if entry.seq >= from_seq][:limit]
        if self.after_read:
            self.after_read.pop(0)()
        return found

    def follow(
        self, handler: Callable[[Sequence[e.Entry]], None], kinds: frozenset[type[e.Event]] | None = None
    ) -> Callable[[], None]:
        self.handlers.append(handler)
        return lambda: self.handlers.remove(handler)

    def write(self, count: int, told: bool = True) -> None:
        first = len(self.on_disk) + 1
        self.on_disk += [entry(seq) for seq in range(first, first + count)]
        if told:
            self.tell()

    def tell(self) -> None:
        batch = self.on_disk[self.last_seq :]
        self.last_seq = len(self.on_disk)
        for handler in tuple(self.handlers):
            handler(batch)


async def take(subscription: Subscription, count: int) -> list[int]:
    """The numbers of the next entries, as soon as there are so many; more if they came together."""
    seqs: list[int] = []
    async with asyncio.timeout(0.5):
        while len(seqs) < count:
            seqs += [entry.seq for entry in await anext(subscription)]
    return seqs


async def test_history_comes_first_then_what_is_new() -> None:
    log = Paper()
    log.write(5)
    subscription = Subscription(log, 1, 100)
    assert await take(subscription, 5) == [1, 2, 3, 4, 5]
    log.write(2)
    assert await take(subscription, 2) == [6, 7]


async def test_without_a_number_only_what_is_new_comes() -> None:
    log = Paper()
    log.write(5)
    subscription = Subscription(log, None, 100)
    log.write(1)
    assert await take(subscription, 1) == [6]


async def test_what_is_committed_while_history_is_read_comes_once() -> None:
    log = Paper()
    log.write(3)
    log.before_read.append(lambda: log.write(2, told=False))
    log.after_read.append(log.tell)
    subscription = Subscription(log, 1, 100)
    assert await take(subscription, 5) == [1, 2, 3, 4, 5]
    log.write(1)
    assert await take(subscription, 1) == [6]


async def test_a_burst_beyond_the_limit_while_history_is_read_is_not_lost() -> None:
    log = Paper()
    log.write(10)
    log.after_read.append(lambda: log.write(500))
    subscription = Subscription(log, 1, 100)
    assert await take(subscription, 510) == list(range(1, 511))


async def test_a_reader_that_is_too_slow_goes_back_to_the_file() -> None:
    log = Paper()
    subscription = Subscription(log, 1, 10)
    for _ in range(100):
        log.write(3)
    assert await take(subscription, 300) == list(range(1, 301))


async def test_one_commit_larger_than_the_limit_comes_whole() -> None:
    log = Paper()
    subscription = Subscription(log, None, 10)
    log.write(35)
    assert await take(subscription, 35) == list(range(1, 36))


async def test_from_a_number_that_is_not_there_yet_it_begins_there() -> None:
    log = Paper()
    log.write(2)
    subscription = Subscription(log, 6, 100)
    log.write(2)
    log.write(3)
    assert await take(subscription, 2) == [6, 7]


async def test_a_reader_that_stands_still_holds_little_and_costs_the_others_nothing() -> None:
    log = Paper()
    still, *others = [Subscription(log, None, 10_000) for _ in range(20)]
    heard: list[int] = [0] * len(others)
    for turn in range(100):
        size = 300_000 if turn % 10 == 0 else 1_000
        log.on_disk += [said(turn * 8 + n + 1, "x" * size) for n in range(8)]
        log.tell()
        assert still.held <= MOST_KEPT
        for n, other in enumerate(others):
            heard[n] = (await take(other, 1))[-1]
        if turn % 10:
            assert heard == [log.last_seq] * len(others)
    assert await take(still, 800) == list(range(1, 801))


def test_what_entries_weigh_is_about_what_they_hold() -> None:
    for size, data in ((100, None), (20_000, None), (100, {"list": [{"number": n} for n in range(50)]})):
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        entries = [said(n, "x" * size + str(n), orjson.loads(orjson.dumps(data))) for n in range(500)]
        held = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        assert 0.7 * held < sum(map(weight, entries)) < 2.5 * held


@given(st.data())
async def test_whatever_the_pace_every_entry_comes_once_and_in_order(data: st.DataObject) -> None:
    log = Paper()
    start = data.draw(st.integers(0, 30), label="written before")
    log.write(start)
    from_seq = data.draw(st.none() | st.integers(1, 40), label="from")
    subscription = Subscription(log, from_seq, data.draw(st.integers(1, 12), label="limit"))
    first = start + 1 if from_seq is None else from_seq
    seqs: list[int] = []
    for _ in range(data.draw(st.integers(0, 12), label="steps")):
        size = data.draw(st.integers(0, 20), label="burst")
        when = data.draw(st.sampled_from(["now", "before read", "after read", "told late"]), label="when")
        if when == "before read":
            log.before_read.append(lambda size=size: log.write(size))
        elif when == "after read":
            log.after_read.append(lambda size=size: log.write(size))
        elif when == "told late":
            log.write(size, told=False)
            log.after_read.append(log.tell)
        else:
            log.write(size)
        if first + len(seqs) <= log.last_seq and data.draw(st.booleans(), label="reads"):
            seqs += await take(subscription, 1)
    log.tell()
    while first + len(seqs) <= log.last_seq:
        seqs += await take(subscription, 1)
    assert seqs == list(range(first, max(first, log.last_seq + 1)))
    await subscription.aclose()


async def test_under_concurrent_writes_subscribers_of_any_start_agree_with_the_file(relay: Relay, join: Join) -> None:
    senders = [await join(f"sender{n}") for n in range(4)]
    heard: dict[int, list[int]] = {}
    total = 4 * 50

    async def follow(start: int, limit: int) -> None:
        seqs = heard.setdefault(limit, [])
        async for batch in relay.subscribe(start, limit=limit):
            seqs += [entry.seq for entry in batch]
            if seqs[-1] >= begun + total:
                return
            await asyncio.sleep(0)

    async def send(by: Caller) -> None:
        for n in range(50):
            await relay.execute(c.SendMessage(to="#general", text=str(n)), by)

    begun = relay.last_seq
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        for start, limit in ((1, 3), (begun - 2, 50), (begun + 1, 1_000)):
            group.create_task(follow(start, limit))
        for by in senders:
            group.create_task(send(by))
    stored = [entry.seq for entry in await relay.entries(1, 10_000)]
    assert stored == list(range(1, begun + total + 1))
    assert heard[3] == stored
    assert heard[50] == stored[begun - 3 :]
    assert heard[1_000] == stored[begun:]


async def test_closing_ends_the_iteration_also_while_it_waits(relay: Relay) -> None:
    subscription = relay.subscribe()
    waiting = asyncio.create_task(anext(subscription))
    await asyncio.sleep(0)
    await subscription.aclose()
    with pytest.raises(StopAsyncIteration):
        await waiting


async def test_a_closed_relay_ends_its_subscriptions(folder: Any) -> None:
    async with Relay.open(folder) as relay:
        subscriptions = [relay.subscribe(), relay.subscribe(1)]
        waiting = asyncio.create_task(anext(subscriptions[0]))
        await asyncio.sleep(0)
    with pytest.raises(StopAsyncIteration):
        await waiting
    assert [batch async for batch in subscriptions[1]] == []


async def test_a_subscription_that_is_closed_is_forgotten(relay: Relay) -> None:
    for _ in range(3):
        await relay.subscribe().aclose()
    assert not relay._subscriptions  # pyright: ignore[reportPrivateUsage]
