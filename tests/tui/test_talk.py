"""Reactions, edits, pins, threads and channels, as the store knows them of a real relay."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from relay_tui.core import commands as c
from relay_tui.core.errors import RelayError
from relay_tui.core.model import Caller, Message, State
from relay_tui.tui.facts.marks import SPARE
from relay_tui.tui.view.deck import MessageRow
from tests.tui.test_store import World, world


async def said(w: World, by: str, text: str, to: str = "#general") -> Message:
    return await w.relay.execute(c.SendMessage(to=to, text=text), w.caller(by))


async def row_of(w: World, message: Message) -> MessageRow:
    await w.up_to_date()
    return next(row for row in w.store.view.conversation.rows if row.id == message.id)


async def test_a_reaction_is_put_there_and_taken_away_and_seen_at_once(tmp_path: Path) -> None:
    async with world(tmp_path, "builder") as w:
        message = await said(w, "builder", "done")
        await w.up_to_date()
        assert await w.store.talk.react(message.id, "👀")
        await w.relay.execute(c.AddReaction(message_id=message.id, emoji="👀"), w.caller("builder"))
        await w.relay.execute(c.AddReaction(message_id=message.id, emoji="✅"), w.caller("builder"))
        row = await row_of(w, message)
        assert [(m.emoji, m.count, m.who, m.mine) for m in row.reactions] == [
            ("👀", 2, "", True),
            ("✅", 1, "builder", False),
        ]
        assert await w.store.talk.reactions_to(message.id) == [("👀", ["you", "builder"]), ("✅", ["builder"])]
        assert not await w.store.talk.react(message.id, "👀")
        row = await row_of(w, message)
        assert [(m.emoji, m.who) for m in row.reactions] == [("👀", "builder"), ("✅", "builder")]
        assert not await w.store.refresh(), "and then there is nothing to do"


async def test_reactions_that_were_there_are_seen_when_a_conversation_is_opened(tmp_path: Path) -> None:
    async with world(tmp_path, "builder") as w:
        message = await said(w, "builder", "hello", "@sam")
        await w.relay.execute(c.AddReaction(message_id=message.id, emoji="🎉"), w.caller("builder"))
        await w.relay.execute(c.PinMessage(message_id=message.id), w.caller("builder"))
        await w.store.show(message.channel_id)
        row = w.store.view.conversation.rows[0]
        assert ([m.emoji for m in row.reactions], row.pinned) == (["🎉"], True)
        assert w.store.view.conversation.right == "1 pinned"


async def test_reactions_are_seen_on_what_is_loaded_later(tmp_path: Path) -> None:
    async with world(tmp_path, "builder") as w:
        messages = [await said(w, "builder", f"message {n}") for n in range(250)]
        for message in (messages[10], messages[100], messages[-1]):
            await w.relay.execute(c.AddReaction(message_id=message.id, emoji="🎉"), w.caller("sam"))

        def reacted() -> set[str]:
            return {row.text for row in w.store.view.conversation.rows if row.reactions}

        await w.store.show("general")
        assert reacted() == {"message 249"}
        assert await w.store.older()
        assert reacted() == {"message 249", "message 100"}
        await w.store.show_message(messages[10].id)
        assert reacted() == {"message 10"}
        assert await w.store.newer()
        assert reacted() == {"message 10", "message 100"}
        await w.store.newest()
        assert reacted() == {"message 249"}


async def test_little_is_kept_of_messages_that_leave_the_window(tmp_path: Path) -> None:
    async with world(tmp_path, "builder") as w:
        for n in range(420):
            message = await said(w, "builder", f"message {n}")
            if n % 30 == 0:
                await w.relay.execute(c.AddReaction(message_id=message.id, emoji="🎉"), w.caller("builder"))
                await w.store.refresh()
                window = w.store.window
                assert window is not None
                window.messages = window.messages[-20:]
        assert len(window.marks.known) <= 2 * 50 + SPARE
        assert len(window.marks.reactions) < 10


async def test_an_edit_changes_what_waits_and_says_who_has_read_the_old_words(tmp_path: Path) -> None:
    async with world(tmp_path, "builder", "docs") as w:
        await w.state("docs", State.EXITED, "exit 1")
        message = await said(w, "sam", "first words")
        about = {"message_id": message.id, "agent_id": w.agents["builder"].id}
        await w.relay.execute(c.RaiseDelivery.model_validate({**about, "reached": 2, "evidence": "transcript"}))
        await w.up_to_date()
        arrivals = [(a.name, a.words) for a in w.store.talk.editor_for(message.id).arrivals]
        assert arrivals == [("docs", "will read the new words"), ("builder", "has read it as it was")]
        await w.store.talk.edit(message.id, "second words")
        row = await row_of(w, message)
        assert (row.text, row.edited) == ("second words", True)
        view = await w.store.talk.about(message.id)
        assert view is not None
        assert [text for _, _, text in view.versions] == ["first words", "second words"]
        with pytest.raises(RelayError, match="nobdy"):
            await w.store.talk.edit(message.id, "hello @nobdy")


async def test_whom_nothing_proves_to_have_the_old_words_was_handed_them_and_has_not_read_them(tmp_path: Path) -> None:
    async with world(tmp_path, "builder") as w:
        message = await said(w, "sam", "first words")
        about = {"message_id": message.id, "agent_id": w.agents["builder"].id}
        await w.relay.execute(c.RaiseDelivery.model_validate({**about, "reached": 2, "evidence": "echo"}))
        await w.up_to_date()
        assert [a.words for a in w.store.talk.editor_for(message.id).arrivals] == ["was handed it as it was"]


async def test_what_an_agent_said_stays_its_own_when_it_is_removed(tmp_path: Path) -> None:
    async with world(tmp_path, "builder") as w:
        message = await said(w, "builder", "done")
        await w.relay.execute(c.RemoveAgent(agent_id=w.agents["builder"].id), w.caller("sam"))
        row = await row_of(w, message)
        assert row.sender == "builder"
        assert not w.store.view.agents


async def test_a_deleted_message_is_quiet_and_due_to_nobody(tmp_path: Path) -> None:
    async with world(tmp_path, "builder", "docs") as w:
        message = await said(w, "sam", "not yet")
        await w.up_to_date()
        assert await w.store.talk.undelivered_to(message.id) == (["builder", "docs"], [])
        await w.store.talk.delete(message.id)
        row = await row_of(w, message)
        assert (row.text, bool(row.deleted), row.deliveries) == ("", True, ())
        view = await w.store.talk.about(message.id)
        assert view is not None
        assert [text for _, _, text in view.versions] == ["not yet"]


async def test_pins_are_counted_in_the_title_and_listed(tmp_path: Path) -> None:
    async with world(tmp_path, "builder") as w:
        one, two = await said(w, "builder", "one"), await said(w, "builder", "two")
        await w.store.talk.pin_message(one.id, True)
        await w.store.talk.pin_message(two.id, True)
        assert (await row_of(w, one)).pinned
        assert w.store.view.conversation.right == "2 members · 2 pinned"
        assert {spot.text for spot in await w.store.talk.pinned()} == {"one", "two"}
        await w.store.talk.pin_message(one.id, False)
        assert not (await row_of(w, one)).pinned
        await w.store.talk.delete(two.id)
        await w.up_to_date()
        assert w.store.view.conversation.pinned == 0


async def test_a_thread_is_unread_until_its_end_is_seen(tmp_path: Path) -> None:
    async with world(tmp_path, "builder") as w:
        root = await said(w, "sam", "a question")
        for text in ("one", "two"):
            await w.relay.execute(c.Reply(message_id=root.id, text=text), w.caller("builder"))
        row = await row_of(w, root)
        assert (row.replies, row.new_replies) == (2, 2)
        (thread,) = w.store.view.threads
        assert (thread.root_id, thread.where, thread.title, thread.unread) == (root.id, "#general", "a question", 2)
        await w.store.show(f"thread:{root.id}")
        assert w.store.view.conversation.new_label == "2 new"
        w.store.at_end(False)
        await w.up_to_date()
        assert w.store.view.threads
        w.store.at_end(True)
        for task in tuple(w.store._tasks):
            await task
        await w.up_to_date()
        assert w.store.view.threads == []
        assert await w.relay.queries.thread_unread(w.agents["sam"].id) == {}
        assert [spot.note.split("  ")[0] for spot in await w.store.talk.threads()] == ["2 in it"]


async def test_a_deleted_reply_is_no_longer_counted_on_the_deck(tmp_path: Path) -> None:
    async with world(tmp_path, "builder") as w:
        root = await said(w, "sam", "a question")
        reply = await w.relay.execute(c.Reply(message_id=root.id, text="one"), w.caller("builder"))
        assert (await row_of(w, root)).new_replies == 1
        await w.store.talk.delete(reply.id)
        row = await row_of(w, root)
        assert (row.replies, row.new_replies, w.store.view.threads) == (0, 0, [])


async def test_channels_are_left_muted_and_brought_back(tmp_path: Path) -> None:
    async with world(tmp_path, "builder") as w:
        id = await w.store.places.create_channel("noise", "all of it")
        await w.up_to_date()

        def row() -> tuple[bool, bool]:
            found = next(row for row in w.store.view.channels if row.id == id)
            return found.member, found.muted

        assert row() == (True, False)
        await w.store.places.mute(id, True)
        await w.up_to_date()
        assert row() == (True, True)
        await w.store.show(id)
        assert w.store.composer_for().count == "0"
        await w.store.places.leave(id)
        await w.up_to_date()
        assert w.store.composer_for().count == "you are not in it; ^p joins"
        assert row() == (False, False)
        await w.store.places.join(id)
        await w.store.places.archive(id, True)
        await w.up_to_date()
        assert [place.id for place in await w.store.places.archived()] == [id]
        await w.store.places.archive(id, False)
        await w.up_to_date()
        place = w.store.places.place(id)
        assert place is not None
        assert (place.topic, place.member, place.archived) == ("all of it", True, False)
        await w.store.places.join(id, w.agents["builder"].id)
        await w.store.places.set_role(id, w.agents["builder"].id, "owner")
        assert [(m.name, m.role) for m in await w.store.places.members(id)] == [("builder", "owner"), ("you", "member")]
        for name in ("", "two words", "x" * 81):
            with pytest.raises(RelayError, match="channel's name"):
                await w.store.places.create_channel(name, "")


async def test_the_channel_that_is_open_is_shown_as_it_is_now(tmp_path: Path) -> None:
    async with world(tmp_path, "builder") as w:
        id = await w.store.places.create_channel("release", "first topic")
        await w.up_to_date()
        await w.store.show(id)
        await w.store.places.set_topic(id, "second topic")
        await w.up_to_date()
        assert w.store.view.conversation.topic == "second topic"
        await w.store.places.archive(id, True)
        await w.up_to_date()
        assert w.store.view.conversation.right == "archived · 1 member"
        assert w.store.composer_for().count == "archived: it takes nothing new"
        place = w.store.places.place(id)
        assert place is not None
        assert place.archived
        with pytest.raises(RelayError, match="1,000"):
            await w.store.places.set_topic(id, "x" * 1_001)


async def test_what_could_not_be_asked_for_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with world(tmp_path, "builder") as w:
        message = await said(w, "builder", "done")
        await w.up_to_date()
        await w.store.talk.react(message.id, "👀")

        async def fails(*_: object) -> None:
            raise OSError("disk")

        with monkeypatch.context() as broken:
            broken.setattr(w.store, "_cover", fails)
            with pytest.raises(OSError, match="disk"):
                await w.store.refresh()
        assert (await row_of(w, message)).reactions


async def test_who_read_a_message_and_who_did_not(tmp_path: Path) -> None:
    async with world(tmp_path, "builder", "docs") as w:
        message = await said(w, "sam", "hello")
        mark = c.MarkRead(channel_id=message.channel_id, message_id=message.id)
        await w.relay.execute(mark, Caller(w.agents["docs"].id))
        view = await w.store.talk.about(message.id)
        assert view is not None
        assert (view.readers, view.others) == ([("docs", "acknowledged")], [("builder", "queued")])
        await w.relay.execute(mark, w.caller("sam"))
        reply = await w.relay.execute(c.SendMessage(to="#general", text="again"), w.caller("builder"))
        await w.relay.execute(c.MarkRead(channel_id=message.channel_id, message_id=reply.id), w.caller("sam"))
        view = await w.store.talk.about(reply.id)
        assert view is not None
        assert (view.readers, view.others) == ([("you", "marked as read")], [("docs", "queued")])


async def test_a_message_is_copied_in_every_form(tmp_path: Path) -> None:
    async with world(tmp_path, "builder") as w:
        message = await said(w, "builder", "two\nlines")
        ways = dict(await w.store.talk.copies(message.id))
        assert ways["its text"] == "two\nlines"
        assert ways["a quote, in Markdown"].startswith("> two\n> lines\n> — builder, #general ")
        assert ways["its id"] == message.id
        assert f'"id": "{message.id}"' in ways["its record, as JSON"]


async def test_the_turn_of_a_message_is_found_in_the_transcript_that_its_recipient_kept(tmp_path: Path) -> None:
    async with world(tmp_path, "builder") as w:
        agent_id = w.agents["builder"].id
        await w.state("builder", State.EXITED)
        message = await said(w, "sam", "please build")
        about = {"message_id": message.id, "agent_id": agent_id}
        dispatch = {**about, "route": "typed", "generation": 1, "nonce": "9f3a12cd"}
        await w.relay.execute(c.DispatchDelivery.model_validate(dispatch))
        with pytest.raises(RelayError, match="Nobody has it"):
            await w.store.talk.turn(message.id)
        header = f"[relay msg={message.id} from=sam to=#general key=9f3a12cd]"
        texts = [("got", f"{header}\nplease build\n[/relay key=9f3a12cd]"), ("status", "idle"), ("text", "Built.")]
        lines = [
            {"n": n, "at": 1_795_183_200_000, "role": "user", "kind": kind, "text": text}
            for n, (kind, text) in enumerate(texts)
        ]
        (tmp_path / f"{agent_id}.jsonl").write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
        view = await w.store.talk.turn(message.id)
        assert view is not None
        assert (view.name, view.at, [entry.kind for entry in view.entries]) == ("builder", 0, ["got", "text"])


async def test_a_message_nobody_has_has_no_turn(tmp_path: Path) -> None:
    async with world(tmp_path, "builder") as w:
        message = await said(w, "sam", "hello")
        with pytest.raises(RelayError, match="Nobody has it"):
            await w.store.talk.turn(message.id)
        assert w.store.talk.got_last(w.agents["builder"].id) == ""
