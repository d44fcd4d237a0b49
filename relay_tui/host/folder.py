"""Being told which files of one folder were written to.

On Linux the kernel says so on a descriptor that the event loop waits on: at once, and for nothing while nothing is
written. `watchfiles`, which serves elsewhere, looks a hundred times a second whether there is news.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncinotify import Event, Inotify

STEP_MS = 10
"""How long changes are gathered: what is written in one breath is told at once."""


class FolderGone(OSError):
    """The folder that was watched is not there any more, or is another one now."""


async def changed_files(folder: Path, stop: asyncio.Event) -> AsyncGenerator[set[Path], None]:
    """Yield the files that were written to, made or moved in, until `stop`; set up in the first step.

    Raises OSError when the folder cannot be watched or goes; news that was lost is yielded as every file there is.
    """
    watching = _told if sys.platform == "linux" else _looked_for
    async with aclosing(watching(folder, stop)) as news:
        async for paths in news:
            yield paths


async def _looked_for(folder: Path, stop: asyncio.Event) -> AsyncGenerator[set[Path], None]:
    from watchfiles import awatch  # not where the kernel tells

    async for changes in awatch(folder, step=STEP_MS, debounce=10 * STEP_MS, stop_event=stop, recursive=False):
        yield {Path(name) for _, name in changes}


async def _told(folder: Path, stop: asyncio.Event) -> AsyncGenerator[set[Path], None]:
    from asyncinotify import Inotify, Mask  # where there is such a kernel

    with Inotify(sync_timeout=0) as inotify:
        written = Mask.MODIFY | Mask.CREATE | Mask.MOVED_TO
        inotify.add_watch(folder, written | Mask.DELETE_SELF | Mask.MOVE_SELF | Mask.ONLYDIR)
        while (event := await _next(inotify, stop)) is not None:
            await asyncio.sleep(STEP_MS / 1000)
            events = [event]
            while (event := inotify.sync_get()) is not None:
                events.append(event)
            yield _files(folder, events)


async def _next(inotify: Inotify, stop: asyncio.Event) -> Event | None:
    """None: it is to stop."""
    told, stopped = asyncio.ensure_future(inotify.get()), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((told, stopped), return_when=asyncio.FIRST_COMPLETED)
        return None if stop.is_set() else told.result()
    finally:
        told.cancel()
        stopped.cancel()
        # Over before the descriptor is closed: its number may be another's in the next moment.
        await asyncio.wait((told, stopped))


def _files(folder: Path, events: list[Event]) -> set[Path]:
    from asyncinotify import Mask

    happened = Mask(0)
    for event in events:
        happened |= event.mask
    if happened & (Mask.DELETE_SELF | Mask.MOVE_SELF | Mask.IGNORED):
        raise FolderGone(f"{folder} is gone")
    if happened & Mask.Q_OVERFLOW:
        return set(folder.iterdir())
    return {folder / event.name for event in events if event.name is not None}
