"""`delivery.toml` as it is now: looked at while the relay runs, so that a changed rule counts without a restart.

It is looked at and not waited for: the folder holds the log too, which is written to all the time.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from pathlib import Path

from relay_tui.core.delivery.deadlines import Deadlines, load

LOOK_EVERY = 1.0
"""Seconds. What changed is taken once it looks the same twice: it may be half written at first."""
logger = logging.getLogger(__name__)
_Stamp = tuple[int, int, int]


class DeadlinesFile:
    """`current` is what counts. Where the file cannot be used, what counted before still does, and `fault` says so."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._taken = self._seen = self._stamp()
        self.current = load(path)
        self.fault = self.current.fault
        self._task: asyncio.Task[None] | None = None

    def start(self, changed: Callable[[Deadlines], None]) -> None:
        """Look until it is closed; `changed` is told what counts from now on."""
        self._task = asyncio.create_task(self._run(changed), name="delivery.toml")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def look(self) -> Deadlines | None:
        """The rules, if others count now than at the last look."""
        stamp = self._stamp()
        still, self._seen = stamp == self._seen, stamp
        if not still or stamp == self._taken:
            return None
        self._taken = stamp
        found = await asyncio.to_thread(load, self._path)
        if found.fault and not self.current.fault:
            self.fault = f"{found.fault}; the rules of before still count"
            logger.warning("%s", self.fault)
            return None
        self.current, self.fault = found, found.fault
        logger.info("%s was read again: %d rules", self._path.name, len(found.rules))
        return found

    async def _run(self, changed: Callable[[Deadlines], None]) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            if (found := await self.look()) is not None:
                changed(found)

    def _stamp(self) -> _Stamp | None:
        """None: there is no file, or none that can be looked at."""
        try:
            info = self._path.stat()
        except OSError:
            return None
        return info.st_mtime_ns, info.st_size, info.st_ino
