from __future__ import annotations

import asyncio
import os
import struct
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path

import pytest

from relay_tui.host import folder as watching
from relay_tui.host import transcripts
from relay_tui.host.folder import FolderGone, changed_files
from relay_tui.host.transcripts import TranscriptWatch

PATIENCE = 10.0
linux = pytest.mark.skipif(sys.platform != "linux", reason="the kernel tells on Linux alone")


async def first(news: AsyncIterator[set[Path]], begin: Callable[[], object]) -> set[Path]:
    """What is told first after `begin`, which runs once the watch stands."""
    async with asyncio.timeout(PATIENCE):
        told = asyncio.ensure_future(anext(news))
        await asyncio.sleep(0)
        begin()
        return await told


@linux
async def test_a_file_that_is_made_written_to_or_moved_in_is_told(tmp_path: Path) -> None:
    seen, moved = tmp_path / "watched", tmp_path / "elsewhere"
    seen.mkdir()
    (seen / "old").write_text("a")
    moved.write_text("b")
    async with aclosing(changed_files(seen, asyncio.Event())) as news:
        assert await first(news, lambda: (seen / "old").write_text("c")) == {seen / "old"}
        assert await first(news, lambda: (seen / "näu").touch()) == {seen / "näu"}
        assert await first(news, lambda: moved.rename(seen / "in")) == {seen / "in"}


@linux
async def test_what_is_written_while_the_last_news_are_dealt_with_is_told_in_one(tmp_path: Path) -> None:
    async with aclosing(changed_files(tmp_path, asyncio.Event())) as news:
        await first(news, lambda: (tmp_path / "a").touch())
        for name in "bcd":
            (tmp_path / name).write_text(name)
        async with asyncio.timeout(PATIENCE):
            assert await anext(news) == {tmp_path / name for name in "bcd"}


@linux
async def test_whoever_opens_something_right_after_a_watch_has_ended_hears_of_it(tmp_path: Path) -> None:
    """The kernel gives the watch's own number away again at once."""
    loop, stop, heard = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
    news = changed_files(tmp_path, stop)
    await first(news, lambda: (tmp_path / "a").touch())
    loop.call_soon(stop.set)
    assert await anext(news, None) is None
    ends = [os.pipe() for _ in range(4)]
    try:
        for reading, _ in ends:
            loop.add_reader(reading, heard.set)
        await asyncio.sleep(0)
        for reading, writing in ends:
            heard.clear()
            os.write(writing, b"x")
            async with asyncio.timeout(PATIENCE):
                await heard.wait()
            os.read(reading, 1)
    finally:
        for reading, writing in ends:
            loop.remove_reader(reading)
            os.close(reading)
            os.close(writing)


@linux
async def test_nothing_looks_whether_there_is_news(tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    threads, stop = threading.active_count(), asyncio.Event()
    told = asyncio.create_task(anext(changed_files(tmp_path, stop), None))
    await asyncio.sleep(0.01)
    timers = [timer for timer in loop._scheduled if not timer.cancelled()]  # pyright: ignore - asyncio's own list
    assert not timers
    assert threading.active_count() == threads
    stop.set()
    assert await told is None


@linux
async def test_a_folder_that_goes_is_an_error(tmp_path: Path) -> None:
    seen = tmp_path / "watched"
    seen.mkdir()
    async with aclosing(changed_files(seen, asyncio.Event())) as news:
        with pytest.raises(FolderGone):
            await first(news, seen.rmdir)
    async with aclosing(changed_files(seen, asyncio.Event())) as news:
        with pytest.raises(FileNotFoundError):
            await anext(news)


@linux
async def test_where_the_kernel_lost_news_every_file_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").touch()
    (tmp_path / "b").touch()
    async with aclosing(changed_files(tmp_path, asyncio.Event())) as news:
        lost, read = struct.pack("iIII", -1, 0x4000, 0, 0), os.read
        monkeypatch.setattr(os, "read", lambda fd, room: lost if read(fd, room) else b"")
        assert await first(news, lambda: (tmp_path / "a").write_text("x")) == {tmp_path / "a", tmp_path / "b"}


@linux
async def test_its_descriptor_is_closed_at_the_end(tmp_path: Path) -> None:
    before = os.listdir("/proc/self/fd")
    for _ in range(3):
        async with aclosing(changed_files(tmp_path, asyncio.Event())) as news:
            await first(news, lambda: (tmp_path / "a").write_text("x"))
    assert len(os.listdir("/proc/self/fd")) == len(before)


async def test_where_the_kernel_does_not_tell_watchfiles_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching.sys, "platform", "darwin")
    stop = asyncio.Event()
    async with aclosing(changed_files(tmp_path, stop)) as news:
        assert await first(news, lambda: (tmp_path / "a").write_text("x")) == {tmp_path / "a"}
        stop.set()
        assert [paths async for paths in news] == []


async def test_a_watch_that_breaks_is_set_up_again_and_what_it_missed_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("relay_tui.host.transcripts.RETRY", 0.01)
    seen, told = tmp_path / "watched", asyncio.Queue[str]()
    seen.mkdir()

    async def changed(path: Path) -> None:
        told.put_nowait(path.name)

    watch = TranscriptWatch(seen, changed)
    await watch.start()
    seen.rename(tmp_path / "gone")
    seen.mkdir()
    (seen / "missed").touch()
    async with asyncio.timeout(PATIENCE):
        while await told.get() != "missed":
            pass
        while told.empty():
            (seen / "later").write_text("x")
            await asyncio.sleep(0.01)
        assert told.get_nowait() == "later"
    await watch.close()


@linux
async def test_what_was_written_before_a_broken_watch_stood_again_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, read = 0, asyncio.Event()

    def breaks_once(folder: Path, stop: asyncio.Event) -> AsyncIterator[set[Path]]:
        nonlocal begun
        begun += 1
        if begun == 1:
            raise OSError("no more watches")
        (folder / "late").touch()  # nobody writes to it again
        return changed_files(folder, stop)

    async def changed(path: Path) -> None:
        assert path == tmp_path / "late"
        read.set()

    monkeypatch.setattr(transcripts, "changed_files", breaks_once)
    monkeypatch.setattr(transcripts, "RETRY", 0.01)
    watch = TranscriptWatch(tmp_path, changed)
    await watch.start()
    try:
        async with asyncio.timeout(PATIENCE / 5):
            await read.wait()
    finally:
        await watch.close()
