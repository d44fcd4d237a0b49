"""Being told when a transcript grows, for all agents of a host by one watch on their folder."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from watchfiles import awatch

STEP_MS = 10
"""How long changes are gathered: what an agent writes in one breath is read at once."""
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
        watch = awatch(self._folder, step=STEP_MS, debounce=10 * STEP_MS, stop_event=self._stop, recursive=False)
        async for changes in watch:
            for path in {Path(name) for _, name in changes}:
                try:
                    await self._changed(path)
                except Exception:  # one transcript's fault must not stop the others
                    logger.exception("transcript %s could not be read", path.name)
