from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from relay_tui.core import commands as c
from relay_tui.core.errors import RelayError
from relay_tui.core.events import Entry
from relay_tui.core.relay import Relay

from ..conftest import Join, newcomer


def say(text: str) -> c.SendMessage:
    return c.SendMessage(to="#general", text=text)


async def test_commands_that_wait_together_are_committed_together(relay: Relay, join: Join) -> None:
    by = await join("builder")
    commits: list[int] = []
    relay.on_commit(lambda entries: commits.append(len(entries)))
    messages = await asyncio.gather(*(relay.execute(say(str(n)), by) for n in range(256)))
    assert sum(commits) == 256
    assert len(commits) < 16
    assert [message.seq for message in messages] == list(range(messages[0].seq, messages[0].seq + 256))
    assert [message.text for message in messages] == [str(n) for n in range(256)]


async def test_an_answer_comes_only_once_it_is_on_disk_and_before_anybody_is_told(relay: Relay, join: Join) -> None:
    by = await join("builder")
    on_disk: list[int] = []

    def committed(entries: Sequence[Entry]) -> None:
        db = sqlite3.connect(relay._log.path)  # pyright: ignore[reportPrivateUsage]
        on_disk.extend(seq for (seq,) in db.execute("SELECT seq FROM log WHERE seq = ?", (entries[-1].seq,)))
        db.close()

    relay.on_commit(committed)
    message = await relay.execute(say("hello"), by)
    assert on_disk == [message.seq]
    assert await relay.queries.message(message.id) == message


async def test_a_caller_that_gives_up_does_not_undo_what_it_asked_for(relay: Relay, join: Join) -> None:
    by = await join("builder")
    told = asyncio.Event()
    relay.on_commit(lambda entries: told.set())
    asked = asyncio.create_task(relay.execute(say("hello"), by))
    await asyncio.sleep(0)
    asked.cancel()
    await asyncio.wait_for(told.wait(), 5)
    assert relay.last_seq == (await relay.entries(1))[-1].seq


async def test_a_listener_that_fails_does_not_silence_the_others(relay: Relay, join: Join) -> None:
    heard: list[int] = []
    relay.on_commit(lambda entries: {}["nothing"])
    relay.on_commit(lambda entries: heard.append(entries[-1].seq))
    await join("builder")
    assert heard == [relay.last_seq]


async def test_a_listener_that_was_let_go_hears_nothing_more(relay: Relay, join: Join) -> None:
    heard: list[int] = []
    relay.on_commit(lambda entries: heard.append(1))()
    await join("builder")
    assert heard == []


async def test_what_was_asked_before_closing_is_written_and_what_comes_after_is_refused(folder: Path) -> None:
    async with Relay.open(folder) as relay:
        by = await newcomer(relay, "builder")
        asked = [asyncio.create_task(relay.execute(say(str(n)), by)) for n in range(100)]
        await asyncio.sleep(0)
    assert len({message.id for message in await asyncio.gather(*asked)}) == 100
    with pytest.raises(RelayError) as caught:
        await relay.execute(say("too late"), by)
    assert caught.value.code == "relay_closed"


async def test_a_disk_that_is_gone_is_an_error_for_each_caller_and_no_silence(folder: Path) -> None:
    async with Relay.open(folder) as relay:
        by = await newcomer(relay, "builder")
        relay._log._db.close()  # pyright: ignore[reportPrivateUsage]
        asked = [asyncio.create_task(relay.execute(say(str(n)), by)) for n in range(20)]
        done, waiting = await asyncio.wait(asked, timeout=5)
        assert not waiting
        assert {getattr(task.exception(), "code", None) for task in done} == {"storage_failed"}
        with pytest.raises(RelayError):
            await asyncio.wait_for(relay.execute(say("again"), by), 5)


async def test_a_full_disk_refuses_and_goes_on_when_there_is_room(relay: Relay, join: Join) -> None:
    by = await join("builder")
    db = relay._log._db  # pyright: ignore[reportPrivateUsage]
    pages = db.execute("PRAGMA page_count").fetchone()[0]
    db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(RelayError) as caught:
        await relay.execute(say("x" * 900_000), by)
    assert caught.value.code == "storage_full"
    db.execute("PRAGMA max_page_count = 1000000")
    message = await relay.execute(say("x" * 900_000), by)
    assert message.channel_seq == 1
