from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from relay_tui.core import commands as c
from relay_tui.core.ids import SEQUENCE_BITS
from relay_tui.core.model import Caller, Delivery, Disposition, Evidence, Message, Reached
from relay_tui.core.relay import Relay

from ..conftest import Hands, Join, newcomer


class Town:
    """Ways to fill a workspace in one line."""

    def __init__(self, relay: Relay, join: Join) -> None:
        self.relay = relay
        self.ask = relay.queries
        self.join = join

    async def say(self, by: Caller, text: str, to: str = "#general") -> Message:
        return await self.relay.execute(c.SendMessage(to=to, text=text), by)

    async def general(self) -> str:
        found = await self.ask.channel("#general")
        assert found is not None
        return found.id

    async def dispatch(self, message: Message, to: Caller) -> None:
        sessions = await self.ask.sessions()
        if to.agent_id not in sessions:
            await self.relay.execute(c.StartSession(agent_id=to.agent_id, harness="test"))
        generation = (await self.ask.sessions())[to.agent_id].generation
        await self.relay.execute(
            c.DispatchDelivery(message_id=message.id, agent_id=to.agent_id, route="typed", generation=generation)
        )

    async def raise_(self, message: Message, to: Caller, reached: Reached, by: Evidence = Evidence.HOOK) -> None:
        about: dict[str, Any] = {"message_id": message.id, "agent_id": to.agent_id}
        await self.relay.execute(c.RaiseDelivery(**about, reached=reached, evidence=by))

    async def settle(self, message: Message, to: Caller, disposition: Disposition) -> None:
        about: dict[str, Any] = {"message_id": message.id, "agent_id": to.agent_id}
        await self.relay.execute(c.SettleDelivery(**about, disposition=disposition, reason="so"))


@pytest.fixture
def town(relay: Relay, join: Join) -> Town:
    return Town(relay, join)


async def test_agents_come_by_name_and_are_found_by_name_or_id(town: Town) -> None:
    by = await town.join("Builder")
    await town.join("ada", "human")
    gone = await town.join("gone")
    await town.relay.execute(c.RemoveAgent(agent_id=gone.agent_id))
    assert [a.name for a in await town.ask.agents()] == ["ada", "Builder", "relay"]
    for ref in ("builder", "BUILDER", by.agent_id):
        found = await town.ask.agent(ref)
        assert found is not None
        assert found.id == by.agent_id
    assert await town.ask.agent("gone") is None
    removed = await town.ask.agent(gone.agent_id)
    assert removed is not None
    assert removed.removed_at is not None
    assert await town.ask.agent("%") is None


async def test_a_token_finds_its_agent_and_its_kind(town: Town) -> None:
    by = await town.join("builder")
    await town.relay.execute(c.SetToken(agent_id=by.agent_id, kind="agent", token_hash="a" * 64))
    await town.relay.execute(c.SetToken(agent_id=by.agent_id, kind="node", token_hash="b" * 64))
    for token_hash, kind in (("a" * 64, "agent"), ("b" * 64, "node")):
        found = await town.ask.agent_by_token(token_hash)
        assert found is not None
        assert (found[0].id, found[1]) == (by.agent_id, kind)
    assert await town.ask.agent_by_token("") is None
    await town.relay.execute(c.RemoveAgent(agent_id=by.agent_id))
    assert await town.ask.agent_by_token("a" * 64) is None


async def test_channels_hide_what_is_archived_unless_asked(town: Town) -> None:
    by = await town.join("builder")
    room = await town.relay.execute(c.CreateChannel(name="Room"), by)
    await town.relay.execute(c.ArchiveChannel(channel_id=room.id))
    assert [channel.name for channel in await town.ask.channels()] == ["general"]
    assert [channel.name for channel in await town.ask.channels(archived=True)] == ["general", "Room"]
    for ref in ("room", "#ROOM", room.id):
        found = await town.ask.channel(ref)
        assert found is not None
        assert found.id == room.id


async def test_conversations_come_newest_first_and_only_ones_own(town: Town) -> None:
    one, two, three = [await town.join(name) for name in ("one", "two", "three")]
    await town.say(one, "a", "@two")
    await town.say(one, "b", "@three")
    await town.relay.execute(c.OpenGroup(participants=["two", "three"]), one)
    await town.say(two, "c", "@one")
    kinds = [(channel.kind, channel.last_seq) for channel in await town.ask.conversations(one.agent_id)]
    assert kinds == [("dm", 2), ("dm", 1), ("group", 0)]
    assert len(await town.ask.conversations(three.agent_id)) == 2


async def test_members_and_memberships_are_the_current_ones(town: Town) -> None:
    one, two = await town.join("one"), await town.join("two")
    general = await town.general()
    await town.relay.execute(c.LeaveChannel(channel_id=general), one)
    assert [m.agent_id for m in await town.ask.members(general)] == [two.agent_id]
    assert await town.ask.memberships(one.agent_id) == []


async def test_a_page_is_the_newest_and_pages_meet_without_a_gap_or_a_double(town: Town) -> None:
    by = await town.join("builder")
    said = [await town.say(by, str(n)) for n in range(25)]
    await town.relay.execute(c.Reply(message_id=said[3].id, text="aside"), by)
    general = await town.general()
    back: list[str] = []
    before: str | None = None
    while page := await town.ask.messages(general, before=before, limit=4):
        back = [*(m.text for m in page), *back]
        before = page[0].id
    assert back == [str(n) for n in range(25)]
    forth: list[str] = []
    after: str | None = "0"
    while page := await town.ask.messages(general, after=after, limit=7):
        forth += [m.text for m in page]
        after = page[-1].id
    assert forth == back


async def test_a_page_next_to_an_id_that_is_no_message_begins_where_it_would_stand(folder: Path, hands: Hands) -> None:
    async with Relay.open(folder, clock=hands) as relay:
        by = await newcomer(relay, "builder")
        first = await relay.execute(c.SendMessage(to="#general", text="one"), by)
        hands.now += 1
        second = await relay.execute(c.SendMessage(to="#general", text="two"), by)
        between, future = str(int(first.id) + 1), str(int(second.id) + (10 << SEQUENCE_BITS))
        ask, general = relay.queries.messages, first.channel_id
        assert [m.text for m in await ask(general, before=between)] == ["one"]
        assert [m.text for m in await ask(general, after=between)] == ["two"]
        assert [m.text for m in await ask(general, before=future)] == ["one", "two"]
        assert await ask(general, after=future) == []
        assert await ask(general, before="1") == []


async def test_a_page_next_to_a_reply_or_to_a_message_elsewhere_goes_by_age(town: Town) -> None:
    by = await town.join("builder")
    await town.join("other")
    first = await town.say(by, "one")
    aside = await town.relay.execute(c.Reply(message_id=first.id, text="aside"), by)
    elsewhere = await town.say(by, "psst", "@other")
    await town.say(by, "two")
    general = await town.general()
    for anchor in (aside.id, elsewhere.id):
        assert [m.text for m in await town.ask.messages(general, before=anchor)] == ["one"]
        assert [m.text for m in await town.ask.messages(general, after=anchor)] == ["two"]
    everything = await town.ask.messages(general, top_level=False)
    assert [m.text for m in everything] == ["one", "aside", "two"]
    assert [m.text for m in await town.ask.messages(general, after=first.id, top_level=False)] == ["aside", "two"]


async def test_a_root_carries_its_thread_and_replies_come_in_order(town: Town) -> None:
    one, two = await town.join("one"), await town.join("two")
    root = await town.say(one, "root")
    replies = [await town.relay.execute(c.Reply(message_id=root.id, text=str(n)), two) for n in range(5)]
    found = await town.ask.message(root.id)
    assert found is not None
    assert (found.reply_count, found.last_reply_by, found.last_reply_at) == (5, two.agent_id, replies[-1].created_at)
    assert [m.text for m in await town.ask.replies(root.id, limit=3)] == ["2", "3", "4"]
    assert await town.ask.message("999") is None


async def test_unread_is_what_a_count_would_give(town: Town) -> None:
    chance = random.Random(3)
    people = [await town.join(f"agent{n}") for n in range(4)]
    rooms = [await town.relay.execute(c.CreateChannel(name=f"room{n}"), people[0]) for n in range(3)]
    for room in rooms:
        for by in people[1:]:
            await town.relay.execute(c.JoinChannel(channel_id=room.id), by)
    for _ in range(80):
        room, by = chance.choice(rooms), chance.choice(people)
        message = await town.say(by, f"hello @agent{chance.randrange(4)}", room.id)
        if chance.random() < 0.2:
            await town.relay.execute(c.MarkRead(channel_id=room.id, message_id=message.id), chance.choice(people))
    for by in people:
        unread = await town.ask.unread(by.agent_id)
        for member in await town.ask.memberships(by.agent_id):
            page = await town.ask.messages(member.channel_id, limit=1_000)
            new = [m for m in page if m.channel_seq > member.read_seq and m.sender_id != by.agent_id]
            found = unread.get(member.channel_id)
            mine = len([m for m in new if by.agent_id in m.mentions])
            assert (found.count, found.mentions) == (len(new), mine) if found else not new


async def test_mentions_are_the_unread_ones_newest_first(town: Town) -> None:
    one, two = await town.join("one"), await town.join("two")
    said = [await town.say(one, text) for text in ("@two a", "nothing", "@two b", "@two c")]
    assert [m.text for m in await town.ask.mentions(two.agent_id)] == ["@two c", "@two b", "@two a"]
    await town.relay.execute(c.MarkRead(channel_id=await town.general(), message_id=said[2].id), two)
    assert [m.text for m in await town.ask.mentions(two.agent_id)] == ["@two c"]
    assert [m.text for m in await town.ask.mentions(two.agent_id, limit=0)] == []


async def test_a_delivery_is_implied_until_it_has_a_row_and_reads_the_same(town: Town) -> None:
    ada, one, two = await town.join("ada", "human"), await town.join("one"), await town.join("two")
    message = await town.say(ada, "hello")
    implied = await town.ask.deliveries([message.id])
    assert {d.agent_id for d in implied[message.id]} == {one.agent_id, two.agent_id}
    at = message.created_at
    expected = Delivery(message.id, one.agent_id, message.channel_id, queued_at=at, updated_at=at)
    assert await town.ask.delivery(message.id, one.agent_id) == expected
    await town.dispatch(message, one)
    rows = {d.agent_id: d for d in (await town.ask.deliveries([message.id]))[message.id]}
    assert (rows[one.agent_id].attempts, rows[two.agent_id].attempts) == (1, 0)
    assert await town.ask.delivery(message.id, ada.agent_id) is None
    assert await town.ask.deliveries([]) == {}
    assert await town.ask.deliveries(["999"]) == {"999": []}


async def test_recipients_are_those_who_were_members_then(town: Town) -> None:
    ada, early, late = await town.join("ada", "human"), await town.join("early"), await town.join("late")
    room = await town.relay.execute(c.CreateChannel(name="room"), ada)
    await town.relay.execute(c.JoinChannel(channel_id=room.id), early)
    first = await town.say(ada, "one", room.id)
    await town.relay.execute(c.JoinChannel(channel_id=room.id), late)
    await town.relay.execute(c.LeaveChannel(channel_id=room.id), early)
    second = await town.say(ada, "two", room.id)
    found = await town.ask.deliveries([first.id, second.id])
    assert [d.agent_id for d in found[first.id]] == [early.agent_id]
    assert [d.agent_id for d in found[second.id]] == [late.agent_id]
    assert [d.message_id for d in await town.ask.pending(early.agent_id)] == [first.id]


async def test_what_was_implied_to_somebody_removed_is_cancelled_and_due_to_nobody(town: Town) -> None:
    ada, one = await town.join("ada", "human"), await town.join("one")
    message = await town.say(ada, "hello")
    await town.relay.execute(c.RemoveAgent(agent_id=one.agent_id))
    (delivery,) = (await town.ask.deliveries([message.id]))[message.id]
    assert (delivery.word, delivery.reason) == ("cancelled", "the agent was removed")
    assert await town.ask.pending(one.agent_id) == []
    assert await town.ask.undelivered() == []
    assert await town.ask.undelivered_count() == 0


async def test_pending_is_oldest_first_across_channels_rows_or_not(town: Town) -> None:
    ada, one = await town.join("ada", "human"), await town.join("one")
    said = [await town.say(ada, str(n), ("#general", "@one")[n % 2]) for n in range(10)]
    await town.dispatch(said[6], one)
    await town.dispatch(said[1], one)
    await town.raise_(said[1], one, Reached.DELIVERED)
    await town.raise_(said[4], one, Reached.DELIVERED)
    due = [m.id for n, m in enumerate(said) if n not in (1, 4)]
    assert [d.message_id for d in await town.ask.pending(one.agent_id)] == due
    assert [d.message_id for d in await town.ask.pending(one.agent_id, limit=3)] == due[:3]


async def test_undelivered_comes_worst_first_then_oldest(town: Town) -> None:
    ada, one = await town.join("ada", "human"), await town.join("one")
    said = {}
    states = ("queued", "deferred", "unverified", "uncertain", "expired", "failed", "delivered", "cancelled")
    for word in states:
        said[word] = await town.say(ada, word)
    for disposition in (Disposition.DEFERRED, Disposition.UNCERTAIN, Disposition.EXPIRED):
        await town.settle(said[disposition.value], one, disposition)
    await town.settle(said["failed"], one, Disposition.FAILED)
    await town.settle(said["cancelled"], one, Disposition.CANCELLED)
    await town.raise_(said["unverified"], one, Reached.DELIVERED, Evidence.ECHO)
    await town.raise_(said["delivered"], one, Reached.DELIVERED)
    found = await town.ask.undelivered()
    assert [d.word for _, d in found] == ["failed", "expired", "uncertain", "unverified", "deferred", "queued"]
    assert [m.text for m, _ in found] == [d.word for _, d in found]
    assert await town.ask.undelivered_count() == 6
    counts = await town.ask.delivery_counts()
    assert counts == dict.fromkeys(states, 1)


async def test_undelivered_of_one_sender_is_only_that(town: Town) -> None:
    ada, bob, one = await town.join("ada", "human"), await town.join("bob", "human"), await town.join("one")
    for n in range(5):
        await town.say(ada, f"a{n}")
        message = await town.say(bob, f"b{n}")
        if n == 2:
            await town.settle(message, one, Disposition.FAILED)
    found = await town.ask.undelivered(sender_id=bob.agent_id)
    assert [m.text for m, _ in found] == ["b2", "b0", "b1", "b3", "b4"]
    assert [m.text for m, _ in await town.ask.undelivered(sender_id=bob.agent_id, limit=2)] == ["b2", "b0"]


async def test_deliveries_pending_and_undelivered_agree_with_each_other(town: Town) -> None:
    chance = random.Random(5)
    people = [await town.join("ada", "human"), *[await town.join(f"agent{n}") for n in range(3)]]
    room = await town.relay.execute(c.CreateChannel(name="room"), people[0])
    said: list[Message] = []
    for n in range(60):
        by = chance.choice(people)
        if chance.random() < 0.2:
            stays = {m.agent_id for m in await town.ask.members(room.id)}
            inside = by.agent_id in stays
            command = c.LeaveChannel(channel_id=room.id) if inside else c.JoinChannel(channel_id=room.id)
            await town.relay.execute(command, by)
        elif said and chance.random() < 0.4:
            message = chance.choice(said)
            due = (await town.ask.deliveries([message.id]))[message.id]
            if due:
                to = Caller(chance.choice(due).agent_id)
                await town.settle(message, to, chance.choice([Disposition.DEFERRED, Disposition.FAILED]))
                if chance.random() < 0.5:
                    await town.raise_(message, to, Reached.DELIVERED)
        else:
            said.append(await town.say(by, f"{n} @agent{chance.randrange(3)}"))
            if any(m.agent_id == by.agent_id for m in await town.ask.members(room.id)):
                said.append(await town.say(by, f"{n} there @agent{chance.randrange(3)}", room.id))
    everything = await town.ask.activity(limit=1_000)  # what was said, and what senders were told became of it
    every = [d for found in (await town.ask.deliveries([m.id for m in everything])).values() for d in found]
    assert len({(d.message_id, d.agent_id) for d in every}) == len(every)
    for by in people[1:]:
        due = sorted(int(d.message_id) for d in every if d.agent_id == by.agent_id and d.open)
        assert [int(d.message_id) for d in await town.ask.pending(by.agent_id, limit=1_000)] == due
    trouble = {(d.message_id, d.agent_id) for d in every if d.open or d.fault}
    found = await town.ask.undelivered(limit=1_000)
    assert {(d.message_id, d.agent_id) for _, d in found} == trouble
    assert len(found) == len(trouble) == await town.ask.undelivered_count()
    counts = await town.ask.delivery_counts()
    assert counts == {word: len([d for d in every if d.word == word]) for word in {d.word for d in every}}


async def test_only_what_carries_data_and_is_still_due_is_looked_through_for_deadlines(
    relay: Relay, join: Join
) -> None:
    ada, _ = await join("ada", "human"), await join("builder")
    await relay.execute(c.SendMessage(to="#general", text="plain"), ada)
    due = await relay.execute(c.SendMessage(to="#general", text="by then", data={"deliver_by": 1}), ada)
    named = await relay.execute(c.SendMessage(to="@builder", text="and then", data={"deliver_by": 2}), ada)
    assert [message.id for message in await relay.queries.undelivered_with_data()] == [due.id, named.id]
