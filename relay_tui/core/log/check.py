"""A look over the whole file in the background, some time after it was opened: damage is said before it is met."""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from relay_tui.core.log.store import read_only

DELAY = 5.0
"""Seconds after opening: nothing that a person waits for is to wait for this."""
logger = logging.getLogger(__name__)


def _stand_back() -> None:
    """It reads the whole file: whatever else wants a core goes first. Only Linux has priorities of threads."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)


class BackgroundCheck:
    """Runs once; `found` is called on the loop with what SQLite says is wrong, if anything is."""

    def __init__(self, path: Path, found: Callable[[list[str]], None], delay: float | None = None) -> None:
        self._path = path
        self._found = found
        self._delay = DELAY if delay is None else delay
        self._db: sqlite3.Connection | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._work(), name="quick-check")

    async def close(self) -> None:
        """A check that is under way is given up."""
        if self._task is None:
            return
        self._task.cancel()
        if self._db is not None:
            self._db.interrupt()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _work(self) -> None:
        await asyncio.sleep(self._delay)
        alone = ThreadPoolExecutor(1, "quick-check", _stand_back)
        try:
            faults = await asyncio.get_running_loop().run_in_executor(alone, self._check)
        finally:
            alone.shutdown(wait=False)
        if faults:
            logger.error("the log file is damaged: %s", "; ".join(faults))
            self._found(faults)

    def _check(self) -> list[str]:
        try:
            with closing(sqlite3.connect(read_only(self._path), uri=True, check_same_thread=False)) as db:
                self._db = db
                found = [str(row[0]) for row in db.execute("PRAGMA quick_check(20)")]
        except sqlite3.OperationalError as error:
            return [] if "interrupted" in str(error) else [str(error)]
        except sqlite3.DatabaseError as error:
            return [str(error)]
        finally:
            self._db = None
        return [] if found == ["ok"] else found
