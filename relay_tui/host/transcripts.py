"""Being told when a transcript grows, for all agents of a host by one watch on their folder."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from relay_tui.host.folder import changed_files

RETRY = 1.0
"""Seconds until a watch that broke is tried again; the transcripts are read at that pace meanwhile."""
logger = logging.getLogger(__name__)


class TranscriptWatch:
    """Calls `changed(path)` for each file of the folder that was written to."""

    def __init__(self, folder: Path, changed: Callable[[Path], Awaitable[None]]) -> None:
        self._folder = folder
        self._changed = changed
        self._stop = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """From its return on no change is missed."""
        self._task = asyncio.create_task(self._run(), name="transcripts")
        await asyncio.sleep(0)  # the watch is set up in the task's first step

    async def close(self) -> None:
        self._stop.set()
        if self._task is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        """Watch until closed. A watch that breaks is set up again, and what it missed is read."""
        broke = False
        while not self._stop.is_set():
            # Begun once the watch stands, which is in its first step: what was written before is told by nobody.
            missed = asyncio.create_task(self._read_all()) if broke else None
            try:
                await self._watch()
            except Exception:  # a limit of the system, the folder gone: states and proof hang on this
                logger.exception("transcripts are not watched for a moment")
                broke = True
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(RETRY):
                        await self._stop.wait()
            finally:
                if missed is not None:
                    await missed

    async def _watch(self) -> None:
        async with contextlib.aclosing(changed_files(self._folder, self._stop)) as news:
            async for paths in news:
                await self._tell(paths)

    async def _read_all(self) -> None:
        with contextlib.suppress(OSError):
            await self._tell(set(await asyncio.to_thread(lambda: list(self._folder.iterdir()))))

    async def _tell(self, paths: set[Path]) -> None:
        for path in paths:
            try:
                await self._changed(path)
            except Exception:  # one transcript's fault must not stop the others
                logger.exception("transcript %s could not be read", path.name)
