from __future__ import annotations

import random

from relay_tui.core import commands as c
from relay_tui.core.model import Caller, State
from relay_tui.core.relay import Relay

from ..conftest import Join


async def test_an_inbox_is_everything_that_one_has_not_seen(relay: Relay, join: Join) -> None:
    ada, one, two = await join("ada", "human"), await join("one"), await join("two")
    mine = await relay.execute(c.SendMessage(to="#general", text="mine"), ada)
    await relay.execute(c.AddReaction(message_id=mine.id, emoji="👍"), one)
    await relay.execute(c.AddReaction(message_id=mine.id, emoji="👍"), ada)
    await relay.execute(c.Reply(message_id=mine.id, text="aside"), one)
    question = await relay.execute(c.SendMessage(to="#general", text="@ada well?", expects_reply=True), two)
    psst = await relay.execute(c.SendMessage(to="@ada", text="psst"), two)
    inbox = await relay.queries.inbox(ada.agent_id)
    assert [(channel.name, unread.count, unread.mentions) for channel, unread in inbox.channels] == [("general", 1, 1)]
    assert [(channel.id, unread.count) for channel, unread in inbox.direct] == [(psst.channel_id, 1)]
    assert [(t.root_id, t.unread, t.reply_count) for t in inbox.threads] == [(mine.id, 1, 1)]
    assert [m.id for m in inbox.mentions] == [question.id]
    assert [(r.agent_id, r.emoji) for r in inbox.reactions] == [(one.agent_id, "👍")]
    assert [x.message_id for x in inbox.owed] == [question.id]
    assert await relay.queries.thread_unread(ada.agent_id) == {mine.id: 1}
    await relay.execute(c.MarkThreadRead(message_id=mine.id), ada)
    await relay.execute(c.MarkRead(channel_id=mine.channel_id, message_id=question.id), ada)
    await relay.execute(c.MarkRead(channel_id=psst.channel_id, message_id=psst.id), ada)
    await relay.execute(c.RemoveReaction(message_id=mine.id, emoji="👍"), one)
    await relay.execute(c.Reply(message_id=question.id, text="yes"), ada)
    inbox = await relay.queries.inbox(ada.agent_id)
    assert not any((inbox.channels, inbox.direct, inbox.threads, inbox.mentions, inbox.reactions, inbox.owed))
    threads = await relay.queries.threads(ada.agent_id, unread_only=False)
    assert {t.root_id for t in threads} == {mine.id, question.id}


async def test_history_says_who_said_what_until_when(relay: Relay, join: Join) -> None:
    ada, one = await join("ada", "human"), await join("one")
    message = await relay.execute(c.SendMessage(to="#general", text="first"), one)
    assert await relay.queries.history(message.id) == []
    await relay.execute(c.EditMessage(message_id=message.id, text="second"), one)
    await relay.execute(c.DeleteMessage(message_id=message.id), ada)
    first, second = await relay.queries.history(message.id)
    assert (first.text, first.by, second.text, second.by) == ("first", one.agent_id, "second", one.agent_id)
    assert first.until == second.at
    found = await relay.queries.message(message.id)
    assert found is not None
    assert (found.text, second.until) == ("", found.deleted_at)


async def test_reactions_are_counted_in_the_order_they_came(relay: Relay, join: Join) -> None:
    one, two = await join("one"), await join("two")
    message = await relay.execute(c.SendMessage(to="#general", text="hello"), one)
    for by, emoji in ((two, "b"), (one, "a"), (one, "b")):
        await relay.execute(c.AddReaction(message_id=message.id, emoji=emoji), by)
    found = (await relay.queries.reactions([message.id, "999"]))[message.id]
    assert [(r.emoji, r.agent_ids) for r in found] == [("b", [two.agent_id, one.agent_id]), ("a", [one.agent_id])]
    assert await relay.queries.reactions([]) == {}


async def test_readers_are_who_has_read_that_far(relay: Relay, join: Join) -> None:
    one, two, three = [await join(name) for name in ("one", "two", "three")]
    root = await relay.execute(c.SendMessage(to="#general", text="@two @three hello"), one)
    reply = await relay.execute(c.Reply(message_id=root.id, text="aside"), two)
    assert await relay.queries.readers(root.id) == []
    await relay.execute(c.MarkRead(channel_id=root.channel_id, message_id=root.id), two)
    await relay.execute(c.MarkThreadRead(message_id=reply.id), three)
    assert await relay.queries.readers(root.id) == [two.agent_id]
    assert await relay.queries.readers(reply.id) == [three.agent_id]


async def test_what_is_overdue_comes_with_the_longest_wait_first(relay: Relay, join: Join) -> None:
    one, two = await join("one"), await join("two")
    now = relay.clock()
    for by, minutes in ((one, 3), (two, 1), (one, None), (one, 2)):
        reply_by = None if minutes is None else now + minutes * 60_000
        text = f"@two {minutes}" if by is one else f"{minutes}"
        await relay.execute(c.SendMessage(to="#general", text=text, expects_reply=True, reply_by=reply_by), by)
    late = now + 150_000

    async def words(found: list[object]) -> list[str]:
        messages = [await relay.queries.message(x.message_id) for x in found]  # pyright: ignore[reportAttributeAccessIssue]
        return [m.text for m in messages if m is not None]

    assert await words([*await relay.queries.overdue(late)]) == ["1", "@two 2"]
    assert await words([*await relay.queries.overdue(late, sender_id=one.agent_id)]) == ["@two 2"]
    assert await words([*await relay.queries.expected()]) == ["1", "@two 2", "@two 3", "@two None"]
    assert await words([*await relay.queries.owed(two.agent_id)]) == ["@two 2", "@two 3", "@two None"]
    assert await relay.queries.owed(one.agent_id) == []


async def test_pins_come_newest_first(relay: Relay, join: Join) -> None:
    one = await join("one")
    said = [await relay.execute(c.SendMessage(to="#general", text=str(n)), one) for n in range(3)]
    for message in said:
        await relay.execute(c.PinMessage(message_id=message.id), one)
    await relay.execute(c.UnpinMessage(message_id=said[1].id), one)
    assert [pin.message_id for pin in await relay.queries.pins(said[0].channel_id)] == [said[2].id, said[0].id]


async def test_activity_is_what_everyone_said_but_not_what_others_whisper(relay: Relay, join: Join) -> None:
    one, _, three = await join("one"), await join("two"), await join("three")
    first = await relay.execute(c.SendMessage(to="#general", text="a"), one)
    await relay.execute(c.SendMessage(to="@two", text="b"), one)
    await relay.execute(c.Reply(message_id=first.id, text="c"), three)
    everything = await relay.queries.activity()
    assert [m.text for m in everything] == ["c", "b", "a"]
    assert [m.text for m in await relay.queries.activity(reader_id=three.agent_id)] == ["c", "a"]
    assert [m.text for m in await relay.queries.activity(before_seq=everything[0].seq, limit=1)] == ["b"]


async def test_presence_says_since_when(relay: Relay, join: Join) -> None:
    ada, one = await join("ada", "human"), await join("one")
    await relay.execute(c.StartSession(agent_id=one.agent_id, harness="test", state=State.IDLE, evidence="hook"))
    found = {p.agent_id: p for p in await relay.queries.presence()}
    assert (found[ada.agent_id].state, found[ada.agent_id].here) == (None, False)
    assert (found[one.agent_id].state, found[one.agent_id].here, found[one.agent_id].evidence) == ("idle", True, "hook")
    assert found[one.agent_id].since is not None


async def test_who_muted_a_channel_is_pending_only_what_names_it(relay: Relay, join: Join) -> None:
    one, two = await join("one"), await join("two")
    first = await relay.execute(c.SendMessage(to="#general", text="before"), one)
    await relay.execute(c.MuteChannel(channel_id=first.channel_id, muted=True), two)
    quiet = await relay.execute(c.SendMessage(to="#general", text="quiet"), one)
    loud = await relay.execute(c.SendMessage(to="#general", text="@two loud"), one)
    assert [d.message_id for d in await relay.queries.pending(two.agent_id)] == [first.id, loud.id]
    found = await relay.queries.deliveries([first.id, quiet.id, loud.id])
    assert [[d.agent_id for d in found[m.id]] for m in (first, quiet, loud)] == [[two.agent_id], [], [two.agent_id]]
    assert {m.id for m, _ in await relay.queries.undelivered()} == {first.id, loud.id}
    assert [m.muted for m in await relay.queries.members(first.channel_id)] == [False, True]
    assert (await relay.queries.unread(two.agent_id))[first.channel_id].count == 3


async def test_a_mention_in_a_thread_is_in_the_inbox_until_it_is_read(relay: Relay, join: Join) -> None:
    one, two = await join("one"), await join("two")
    root = await relay.execute(c.SendMessage(to="#general", text="hello"), one)
    early = await relay.execute(c.Reply(message_id=root.id, text="@two first"), one)
    await relay.execute(c.Reply(message_id=root.id, text="nobody"), one)
    late = await relay.execute(c.Reply(message_id=root.id, text="@two second"), one)
    assert [m.id for m in (await relay.queries.inbox(two.agent_id)).mentions] == [late.id, early.id]
    await relay.execute(c.MarkThreadRead(message_id=early.id), two)
    assert [m.id for m in (await relay.queries.inbox(two.agent_id)).mentions] == [late.id]
    await relay.execute(c.MarkThreadRead(message_id=root.id), two)
    assert (await relay.queries.inbox(two.agent_id)).mentions == []


async def test_thread_unread_is_what_a_count_would_give(relay: Relay, join: Join) -> None:
    chance = random.Random(7)
    people = [await join(f"agent{n}") for n in range(4)]
    roots = [await relay.execute(c.SendMessage(to="#general", text="root"), by) for by in people[:2]]
    replies: dict[str, list[str]] = {root.id: [] for root in roots}
    deleted: set[str] = set()
    read: dict[tuple[str, str], int] = {}

    def unread(root: str, by: str) -> int:
        return sum(id not in deleted for id in replies[root][read[root, by] :])

    for _ in range(160):
        root, by = chance.choice(roots), chance.choice(people)
        said, key = replies[root.id], (root.id, by.agent_id)
        if chance.random() < 0.6 or not said:
            if said or by.agent_id != root.sender_id:
                read.setdefault((root.id, root.sender_id), 0)
            reply = await relay.execute(c.Reply(message_id=root.id, text="reply"), by)
            read.setdefault(key, len(said))
            caught_up = unread(*key) == 0
            said.append(reply.id)
            if caught_up:
                read[key] = len(said)
        elif chance.random() < 0.4:
            deleted.add(gone := chance.choice(said))
            message = await relay.queries.message(gone)
            assert message is not None
            await relay.execute(c.DeleteMessage(message_id=gone), Caller(message.sender_id))
        else:
            place = chance.randrange(len(said))
            await relay.execute(c.MarkThreadRead(message_id=said[place]), by)
            read[key] = max(read.get(key, 0), place + 1)
    for by in people:
        expected = {
            root: unread(root, by.agent_id)
            for root in replies
            if (root, by.agent_id) in read and unread(root, by.agent_id)
        }
        assert await relay.queries.thread_unread(by.agent_id) == expected


async def test_a_deleted_reply_counts_no_longer(relay: Relay, join: Join) -> None:
    one, two = await join("one"), await join("two")
    root = await relay.execute(c.SendMessage(to="#general", text="hello"), one)
    first = await relay.execute(c.Reply(message_id=root.id, text="@one first"), two)
    last = await relay.execute(c.Reply(message_id=root.id, text="last"), two)
    await relay.execute(c.DeleteMessage(message_id=last.id), two)
    (thread,) = await relay.queries.threads(one.agent_id)
    assert (thread.unread, thread.reply_count, thread.last_reply_at) == (1, 1, first.created_at)
    await relay.execute(c.DeleteMessage(message_id=first.id), two)
    assert await relay.queries.threads(one.agent_id) == []
    found = await relay.queries.message(root.id)
    assert found is not None
    assert (found.reply_count, found.last_reply_at, found.last_reply_by) == (0, None, None)
    await relay.execute(c.Reply(message_id=root.id, text="again"), two)
    assert await relay.queries.thread_unread(one.agent_id) == {root.id: 1}
