"""What a client does about messages beyond saying them, against a real relay."""

from __future__ import annotations

import asyncio

import pytest

from relay_tui.client import Incoming, RelayClient, RelayClientError

from .conftest import Place


async def pair(place: Place) -> tuple[RelayClient, RelayClient]:
    return await place.join("alice"), await place.join("bob")


async def test_marks_threads_and_edits(place: Place) -> None:
    alice, bob = await pair(place)
    async with alice, bob:
        said = await alice.send("#general", "@bob well?", reply_by="2999-01-01T00:00:00Z")
        await bob.react(said.id, "👍")
        assert (await alice.reactions(said.id))[0]["agents"] == ["bob"]
        await bob.unreact(said.id, "👍")
        assert [one["message_id"] for one in await bob.expected(owed=True)] == [said.id]
        reply = await bob.reply(said.id, "yes")
        assert await alice.expected() == []
        assert [one["root_id"] for one in await alice.threads()] == [said.id]
        await alice.mark_thread_read(reply.id)
        assert (await alice.threads(), len(await alice.threads(all=True))) == ([], 1)
        assert await bob.readers(reply.id) == ["alice"]
        assert (await alice.edit(said.id, "well then?")).text == "well then?"
        assert [one["text"] for one in await bob.history(said.id)] == ["@bob well?"]
        await bob.pin(said.id)
        assert len(await alice.pins("#general")) == 1
        await alice.unpin(said.id)
        await alice.delete(said.id)
        assert (await bob.thread(said.id))[0].text == ""


async def test_files_blocks_and_search(place: Place) -> None:
    alice, bob = await pair(place)
    async with alice, bob:
        file_id = await alice.upload("a.txt", b"hello")
        await alice.dm("@bob", "a parcel", attachments=[file_id], blocks=[{"type": "divider"}])
        (found,) = await bob.search("parcel has:file")
        assert found["text"] == "a parcel"
        assert await bob.download(file_id) == b"hello"
        assert (await bob.file(file_id))["content_type"] == "text/plain"
        assert [one["type"] for one in await bob.activity()] == ["dm"]


async def test_what_goes_along_with_a_message_is_there_when_it_comes(place: Place) -> None:
    alice, bob = await pair(place)
    came: asyncio.Queue[Incoming] = asyncio.Queue()
    async with alice, bob:
        await bob.start(came.put)
        path = {"kind": "path", "path": "a.py", "line": 3}
        for to in ("@bob", "#general"):
            await alice.send(
                to, "see", attachments=[path], blocks=[{"type": "divider"}], data={"build": 7},
                reply_by="2999-01-01T00:00:00Z",
            )  # fmt: skip
            async with asyncio.timeout(10):
                got = await came.get()
            assert (got.attachments, got.blocks, got.data) == ([path], [{"type": "divider"}], {"build": 7})
            assert (got.expects_reply, got.reply_by) == (True, "2999-01-01T00:00:00.000Z")


async def test_a_message_for_later_is_cancelled(place: Place) -> None:
    alice, bob = await pair(place)
    async with alice, bob:
        waiting = await alice.schedule("@bob", "now", when_idle="bob", expects_reply=True)
        assert [one["id"] for one in await alice.scheduled()] == [waiting["id"]]
        assert (await alice.cancel_scheduled(waiting["id"]))["status"] == "cancelled"
        assert await alice.scheduled() == []


async def test_membership(place: Place) -> None:
    alice, bob = await pair(place)
    carol = await place.join("carol")
    async with alice, bob, carol:
        await alice.create_channel("room")
        await alice.invite("room", "bob")
        await alice.set_role("room", "bob", "owner")
        await bob.set_topic("room", "new")
        await bob.mute("room")
        await bob.mute("room", False)
        await bob.remove_member("room", "alice")
        await bob.archive("room")
        await bob.archive("room", False)
        group = await alice.open_group(["bob", "carol"])
        await alice.remove_participant(group, "carol")
        await bob.add_participant(group, "carol")
        assert set(await carol.participants(group)) == {"alice", "bob", "carol"}
        with pytest.raises(RelayClientError, match="owner"):
            await carol.remove_participant(group, "bob")
