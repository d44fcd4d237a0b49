from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from relay_tui.core import commands as c
from relay_tui.core.errors import RelayError
from relay_tui.core.relay import Relay
from relay_tui.core.retention import DAY_MS
from relay_tui.core.search import found, index

from ..conftest import PATIENCE, Hands, Join, newcomer, refused


async def texts(relay: Relay, query: str, **more: object) -> list[str]:
    return [m.text for m in await relay.search(query, **more)]  # pyright: ignore[reportArgumentType]


@pytest.fixture
async def goes_on(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> AsyncIterator[asyncio.Event]:
    """Set when the index has come over its trouble; it asks again without delay."""
    monkeypatch.setattr(index, "RETRY", 0.01)
    caplog.set_level(logging.INFO, index.__name__)
    loop, heard = asyncio.get_running_loop(), asyncio.Event()

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.getMessage() == "the search index goes on":
                loop.call_soon_threadsafe(heard.set)

    ear = Ear()
    index.logger.addHandler(ear)
    yield heard
    index.logger.removeHandler(ear)


async def test_words_phrases_endings_and_filters(relay: Relay, join: Join) -> None:
    one, two = await join("one"), await join("two")
    await relay.execute(c.CreateChannel(name="room"), one)
    for to, by, said in (
        ("#general", one, "the release is parsed"),
        ("#general", two, "parse the Größe of https://example.org"),
        ("#room", one, "the draft release"),
    ):
        await relay.execute(c.SendMessage(to=to, text=said), by)
    assert await texts(relay, "release") == ["the draft release", "the release is parsed"]
    assert await texts(relay, '"the release"') == ["the release is parsed"]
    assert await texts(relay, "parse*") == ["parse the Größe of https://example.org", "the release is parsed"]
    assert await texts(relay, "release -draft") == ["the release is parsed"]
    assert await texts(relay, "release in:#room") == ["the draft release"]
    assert await texts(relay, "from:two") == await texts(relay, "has:link")
    for bad in ("has:soul", "before:then", "-draft", "x" * 501):
        with refused("invalid_search"):
            await relay.search(bad)
    for hostile in ('"', '" OR 1', "a* NEAR(b)", "words:x", "''", "\x00", "*"):
        await relay.search(hostile)


async def test_pages_meet(relay: Relay, join: Join) -> None:
    one = await join("one")
    for n in range(9):
        await relay.execute(c.SendMessage(to="#general", text=f"word {n}"), one)
    found: list[str] = []
    before: int | None = None
    while page := await relay.search("word", 4, before):
        found += [m.text for m in page]
        before = page[-1].seq
    assert found == [f"word {n}" for n in range(8, -1, -1)]


async def test_an_edited_message_is_found_by_what_it_says_now_and_a_deleted_one_not_at_all(
    relay: Relay, join: Join
) -> None:
    one = await join("one")
    first = await relay.execute(c.SendMessage(to="#general", text="apple"), one)
    await relay.execute(c.SendMessage(to="#general", text="another pear"), one)
    assert await texts(relay, "apple") == ["apple"]
    for said in ("plum", "pear"):
        await relay.execute(c.EditMessage(message_id=first.id, text=said), one)
    assert await texts(relay, "apple") == await texts(relay, "plum") == []
    assert await texts(relay, "pear") == ["another pear", "pear"]
    await relay.execute(c.DeleteMessage(message_id=first.id), one)
    assert await texts(relay, "pear") == ["another pear"]
    assert await texts(relay, "from:one") == ["another pear"]


async def test_filters_hold_together_and_bound_the_days(folder: Path) -> None:
    hands = Hands()
    async with Relay.open(folder, clock=hands) as relay:
        one, two = await newcomer(relay, "one"), await newcomer(relay, "two")
        for n in range(6):
            link = [{"kind": "link", "url": "https://example.org"}] if n == 2 else None
            await relay.execute(c.SendMessage(to="#general", text=f"word {n}", attachments=link), (one, two)[n % 2])
            hands.now += DAY_MS
        day = datetime.fromtimestamp((hands.now - 3 * DAY_MS) / 1_000, UTC).date().isoformat()
        edited = (await relay.search("from:two"))[-1]
        await relay.execute(c.EditMessage(message_id=edited.id, text="word @one https://example.org"), two)
        await relay.execute(c.AddReaction(message_id=edited.id, emoji="x"), one)
        assert await texts(relay, "word from:one in:general") == ["word 4", "word 2", "word 0"]
        assert await texts(relay, "word from:nobody") == await texts(relay, "in:#nowhere") == []
        assert await texts(relay, "from:one has:file") == ["word 2"]
        assert await texts(relay, "has:link has:mention has:reaction from:two word") == [
            edited_text := "word @one https://example.org"
        ]
        assert await texts(relay, f"before:{day}") == ["word 2", edited_text, "word 0"]
        assert await texts(relay, f"word after:{day}") == ["word 5", "word 4", "word 3"]
        assert await texts(relay, f"from:two before:{day}") == [edited_text]
        assert await texts(relay, "word", limit=2, before_seq=edited.seq + 1) == [edited_text, "word 0"]
        assert await texts(relay, "word", before_seq=10**30) == await texts(relay, "word")


async def test_an_index_of_another_edition_is_made_anew(folder: Path) -> None:
    async with Relay.open(folder) as relay:
        await relay.execute(c.SendMessage(to="#general", text="here"), await newcomer(relay, "one"))
        assert await texts(relay, "here") == ["here"]
    with closing(sqlite3.connect(folder / "search.db")) as db:
        db.execute("PRAGMA user_version = 0")
        db.execute("DROP TABLE rewords")
    async with Relay.open(folder) as relay:
        assert await texts(relay, "here") == ["here"]


async def test_the_index_of_a_log_that_an_earlier_copy_has_replaced_is_made_anew(folder: Path) -> None:
    async with Relay.open(folder) as relay:
        one = await newcomer(relay, "one")
        await relay.execute(c.SendMessage(to="#general", text="here before"), one)
    earlier = (folder / "log.db").read_bytes()
    async with Relay.open(folder) as relay:
        await relay.execute(c.SendMessage(to="#general", text="gone"), one)
        assert await texts(relay, "gone") == ["gone"]
    (folder / "log.db").write_bytes(earlier)
    async with Relay.open(folder) as relay:
        await relay.execute(c.SendMessage(to="#general", text="here again"), one)
        assert await texts(relay, "here") == ["here again", "here before"]
        assert await texts(relay, "gone") == []


async def test_nobody_finds_a_conversation_they_are_not_in(relay: Relay, join: Join) -> None:
    one, _, three = await join("one"), await join("two"), await join("three")
    await relay.execute(c.SendMessage(to="@two", text="secret"), one)
    assert await texts(relay, "secret", reader_id=three.agent_id) == []
    assert await texts(relay, "secret", reader_id=one.agent_id) == await texts(relay, "secret") == ["secret"]


async def test_what_has_marks_is_found_by_them(relay: Relay, join: Join) -> None:
    one = await join("one")
    said = [await relay.execute(c.SendMessage(to="#general", text=str(n)), one) for n in range(3)]
    await relay.execute(c.AddReaction(message_id=said[0].id, emoji="x"), one)
    await relay.execute(c.PinMessage(message_id=said[1].id), one)
    await relay.execute(c.SendMessage(to="#general", text="see", attachments=[{"kind": "path", "path": "a"}]), one)
    assert await texts(relay, "has:reaction") == ["0"]
    assert await texts(relay, "has:pin") == ["1"]
    assert await texts(relay, "has:file") == ["see"]


async def test_marks_are_asked_for_words_where_words_are_common(
    relay: Relay, join: Join, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await join("one")
    said = [await relay.execute(c.SendMessage(to="#general", text=f"word {n}"), one) for n in range(9)]
    for n in (1, 4, 7, 8):
        await relay.execute(c.AddReaction(message_id=said[n].id, emoji="x"), one)
    await relay.execute(c.PinMessage(message_id=said[4].id), one)
    await relay.execute(c.EditMessage(message_id=said[7].id, text="word again"), one)
    await relay.execute(c.EditMessage(message_id=said[8].id, text="other"), one)
    monkeypatch.setattr(found, "_PAGE", 2)
    for dearer in (10, 0):
        monkeypatch.setattr(found, "_DEARER", dearer)
        assert await texts(relay, "word has:reaction") == ["word again", "word 4", "word 1"]
        assert await texts(relay, "word has:reaction has:pin") == ["word 4"]
        assert await texts(relay, "word has:reaction", limit=1, before_seq=said[7].seq) == ["word 4"]
        assert await texts(relay, "has:reaction") == ["other", "word again", "word 4", "word 1"]


@pytest.mark.parametrize("damage", [b"", b"not a database at all, but a text of some length" * 100])
async def test_an_index_that_cannot_be_used_is_made_anew(folder: Path, damage: bytes) -> None:
    async with Relay.open(folder) as relay:
        one = await newcomer(relay, "one")
        await relay.execute(c.SendMessage(to="#general", text="here"), one)
        assert await texts(relay, "here") == ["here"]
    for suffix in ("-wal", "-shm"):
        (folder / f"search.db{suffix}").unlink(missing_ok=True)
    (folder / "search.db").write_bytes(damage)
    async with Relay.open(folder) as relay:
        assert await texts(relay, "here") == ["here"]


async def test_a_disk_that_takes_no_index_hides_nothing_that_was_found_and_is_asked_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch, goes_on: asyncio.Event
) -> None:
    room = index._SCHEMA  # pyright: ignore[reportPrivateUsage]
    async with Relay.open(folder) as relay:
        one = await newcomer(relay, "one")
        await relay.execute(c.SendMessage(to="#general", text="here before"), one)
        assert await texts(relay, "here") == ["here before"]
    inode = (folder / "search.db").stat().st_ino
    monkeypatch.setattr(index, "_SCHEMA", "PRAGMA max_page_count = 1;" + room)
    async with Relay.open(folder) as relay:
        for n in range(30):
            words = " ".join(f"here{n}x{k}" for k in range(2_000))
            await relay.execute(c.SendMessage(to="#general", text=words), one)
        async with asyncio.timeout(PATIENCE):
            assert await texts(relay, "here") == ["here before"]
            monkeypatch.setattr(index, "_SCHEMA", "PRAGMA max_page_count = 1000000;" + room)
            await goes_on.wait()
            assert len(await texts(relay, "here29x7")) == 1
    assert (folder / "search.db").stat().st_ino == inode


async def test_an_index_that_cannot_even_be_made_says_so_and_is_made_once_it_can(
    folder: Path, goes_on: asyncio.Event
) -> None:
    (folder / "search.db").mkdir(parents=True)
    async with Relay.open(folder) as relay:
        await relay.execute(c.SendMessage(to="#general", text="here"), await newcomer(relay, "one"))
        async with asyncio.timeout(PATIENCE):
            with pytest.raises(RelayError) as caught:
                await relay.search("here")
            assert caught.value.code == "storage_failed"
            (folder / "search.db").rmdir()
            await goes_on.wait()
            assert await texts(relay, "here") == ["here"]
