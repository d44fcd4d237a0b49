"""What the workspace forgets by itself: what was said longer ago than its policy keeps.

The policy is `retention.toml` beside the log; without one everything is kept. Who said something, where and when is
never forgotten, the hash chain still verifies, and an entry of the log names what is gone.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import tomllib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from relay_tui.core import commands as c
from relay_tui.core.errors import RelayError, WorkspaceError
from relay_tui.core.log.skeleton import WITHHOLDABLE
from relay_tui.core.log.store import read_only

if TYPE_CHECKING:
    from relay_tui.core.relay import Relay

HOUR = 3_600.0
DAY_MS = 86_400_000
logger = logging.getLogger(__name__)


class Retention(BaseModel):
    model_config = ConfigDict(extra="forbid")

    keep_messages_days: Annotated[int, Field(ge=1)] | None = None
    """What messages say is withheld after so many days. None: kept for as long as the log."""


def load(path: Path) -> Retention:
    """The policy in a file; none: everything is kept. Raises `WorkspaceError` (retention_invalid): a policy that cannot
    be read is never taken for one that keeps less, nor silently for one that keeps more."""
    try:
        return Retention.model_validate(tomllib.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return Retention()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as error:
        first = str(error).splitlines()[0]
        raise WorkspaceError(
            "retention_invalid", f"{path} cannot be used: {first}.", "Mend it or remove it."
        ) from error


class Keeper:
    """Applies the policy when the workspace is opened, and every hour."""

    def __init__(
        self, relay: Relay, policy: Retention, log_path: Path, *, forgotten: Callable[[], None] = lambda: None
    ) -> None:
        """`forgotten` is called when something was withheld."""
        self._relay = relay
        self._policy = policy
        self._log_path = log_path
        self._forgotten = forgotten
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self._policy.keep_messages_days is not None:
            self._task = asyncio.create_task(self._work(self._policy.keep_messages_days), name="retention")

    async def withhold(self, before: int, reason: str) -> int:
        """Withhold what was said before that moment (milliseconds, UTC); gives how many entries that were."""
        after = count = 0
        while seqs := await asyncio.to_thread(self._next, before, after):
            await self._relay.execute(c.WithholdEntries(seqs=seqs, reason=reason))
            after = seqs[-1]
            count += len(seqs)
        if count:
            self._forgotten()
            await asyncio.to_thread(self._wipe)
        return count

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _work(self, days: int) -> None:
        while True:
            try:
                before = self._relay.clock() - days * DAY_MS
                if count := await self.withhold(before, f"kept for {days} days"):
                    logger.info("withheld %d entries that are older than %d days", count, days)
            except (RelayError, sqlite3.Error):
                logger.exception("what is too old could not be withheld")
            await asyncio.sleep(HOUR)

    def _wipe(self) -> None:
        """What the write-ahead log still holds of it goes too, unless somebody reads just then."""
        with closing(sqlite3.connect(self._log_path)) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _next(self, before: int, after: int) -> list[int]:
        marks = ", ".join("?" * len(WITHHOLDABLE))
        where = f"seq > ? AND at < ? AND withheld IS NULL AND type IN ({marks})"
        query = f"SELECT seq FROM log WHERE {where} ORDER BY seq LIMIT ?"
        with closing(sqlite3.connect(read_only(self._log_path), uri=True)) as db:
            return [row[0] for row in db.execute(query, (after, before, *WITHHOLDABLE, c.MAX_WITHHELD))]
