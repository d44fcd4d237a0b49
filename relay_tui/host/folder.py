"""Being told which files of one folder were written to.

On Linux the kernel says so on a descriptor that the event loop waits on: at once, and for nothing while nothing is
written. `watchfiles`, which serves elsewhere, looks a hundred times a second whether there is news.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import struct
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from pathlib import Path

STEP_MS = 10
"""How long changes are gathered: what is written in one breath is told at once."""

_MODIFY, _MOVED_TO, _CREATE = 0x02, 0x80, 0x100
_DELETE_SELF, _MOVE_SELF = 0x400, 0x800
_OVERFLOW, _IGNORED, _ONLY_DIRECTORY = 0x4000, 0x8000, 0x1000000
_OVER = _DELETE_SELF | _MOVE_SELF | _IGNORED
_HEAD = struct.Struct("iIII")
"""Of each event: which watch, what happened, a cookie, the length of the name that follows."""
_ROOM = 64 * 1024


class FolderGone(OSError):
    """The folder that was watched is not there any more, or is another one now."""


async def changed_files(folder: Path, stop: asyncio.Event) -> AsyncGenerator[set[Path], None]:
    """Yield the files that were written to, made or moved in, until `stop`; set up in the first step.

    Raises OSError when the folder cannot be watched or goes; news that was lost is yielded as every file there is.
    """
    if sys.platform != "linux":
        async for paths in _looked_for(folder, stop):
            yield paths
        return
    with _Inotify(folder) as told:
        while await _readable(told.fileno(), stop):
            yield told.read()
            await asyncio.sleep(STEP_MS / 1000)


async def _looked_for(folder: Path, stop: asyncio.Event) -> AsyncIterator[set[Path]]:
    from watchfiles import awatch  # not where the kernel tells

    async for changes in awatch(folder, step=STEP_MS, debounce=10 * STEP_MS, stop_event=stop, recursive=False):
        yield {Path(name) for _, name in changes}


async def _readable(fd: int, stop: asyncio.Event) -> bool:
    """Wait until there is something to read; False: until `stop`."""
    loop = asyncio.get_running_loop()
    ready = loop.create_future()
    loop.add_reader(fd, lambda: ready.done() or ready.set_result(None))
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((ready, stopped), return_when=asyncio.FIRST_COMPLETED)
        return not stop.is_set()
    finally:
        loop.remove_reader(fd)
        stopped.cancel()


class _Inotify:
    """One watch on one folder. A context manager: the descriptor is closed at its end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._fd = self._called(self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))
        mask = _MODIFY | _MOVED_TO | _CREATE | _DELETE_SELF | _MOVE_SELF | _ONLY_DIRECTORY
        try:
            self._called(self._libc.inotify_add_watch(self._fd, os.fsencode(folder), mask))
        except OSError:
            os.close(self._fd)
            raise

    def __enter__(self) -> _Inotify:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)

    def fileno(self) -> int:
        return self._fd

    def read(self) -> set[Path]:
        """What changed since the last call. Raises FolderGone."""
        try:
            data = os.read(self._fd, _ROOM)
        except BlockingIOError:
            return set()
        events = list(_events(data))
        if any(mask & _OVER for mask, _ in events):
            raise FolderGone(f"{self._folder} is gone")
        if any(mask & _OVERFLOW for mask, _ in events):
            return set(self._folder.iterdir())
        return {self._folder / os.fsdecode(name) for _, name in events if name}

    def _called(self, result: int) -> int:
        if result < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(self._folder))
        return result


def _events(data: bytes) -> Iterator[tuple[int, bytes]]:
    """What happened and the name it happened to, for each event."""
    at = 0
    while at < len(data):
        _, mask, _, length = _HEAD.unpack_from(data, at)
        at += _HEAD.size + length
        yield mask, data[at - length : at].rstrip(b"\0")
