"""What the workspace forgets by itself: what was said longer ago than its policy keeps.

The policy is `retention.toml` beside the log; without one everything is kept. Who said something, where and when is
never forgotten, the hash chain still verifies, and an entry of the log names what is gone.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import tomllib
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from relay_tui.core import commands as c
from relay_tui.core.errors import Refused, RelayError, WorkspaceError
from relay_tui.core.events import EntriesWithheld, Entry
from relay_tui.core.log import skeleton
from relay_tui.core.log.store import read_only

if TYPE_CHECKING:
    from relay_tui.core.relay import Relay

HOUR = 3_600.0
DAY_MS = 86_400_000
MESSAGES, STEPS = tuple(skeleton.MESSAGES), tuple(skeleton.STEPS)
_UNUSED_FILES = (
    "SELECT id FROM files WHERE sha256 <> '' AND removed_at IS NULL AND created_at < ? AND CAST(id AS TEXT) NOT IN ("
    "SELECT json_extract(a.value, '$.file_id') AS named FROM messages AS t, json_each(t.attachments) AS a"
    " WHERE t.attachments IS NOT NULL AND named IS NOT NULL"
    " UNION ALL SELECT json_extract(a.value, '$.file_id') AS named"
    " FROM scheduled AS t, json_each(t.content, '$.attachments') AS a WHERE t.ended_at IS NULL AND named IS NOT NULL)"
)
logger = logging.getLogger(__name__)


class Retention(BaseModel):
    model_config = ConfigDict(extra="forbid", defer_build=True)

    keep_messages_days: Annotated[int, Field(ge=1)] | None = None
    """What messages say is withheld after so many days, and what was scheduled and has ended; files that nothing refers
    to any more are removed. None: kept for as long as the log."""
    keep_actions_days: Annotated[int, Field(ge=1)] | None = None
    """Input and output of actions that have ended, and what was asked and said about their approval. None: kept."""
    keep_steps_days: Annotated[int, Field(ge=1)] | None = None
    """The steps of attempts to deliver; how far each message came stays. None: kept."""

    @property
    def kept(self) -> list[tuple[int, tuple[str, ...]]]:
        """Days, and the types of entries that are withheld after them."""
        days = (self.keep_messages_days, self.keep_actions_days, self.keep_steps_days)
        kinds = (skeleton.MESSAGES, skeleton.ACTIONS, skeleton.STEPS)
        return [(day, tuple(kind)) for day, kind in zip(days, kinds, strict=True) if day is not None]


def load(path: Path) -> Retention:
    """The policy in a file; none: everything is kept. Raises `WorkspaceError` (retention_invalid): a policy that cannot
    be read is never taken for one that keeps less, nor silently for one that keeps more."""
    try:
        return Retention.model_validate(tomllib.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return Retention.model_construct()
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
        if self._policy.kept:
            self._task = asyncio.create_task(self._work(), name="retention")

    async def withhold(self, before: int, reason: str, kinds: tuple[str, ...] = MESSAGES) -> int:
        """Withhold what was said before that moment (milliseconds, UTC); gives how many entries that were.

        `kinds`: types of entries. With messages go the files that nothing refers to any more.
        """
        after = count = 0

        def counted(entries: Sequence[Entry]) -> None:
            nonlocal count
            count += sum(len(entry.event.seqs) for entry in entries if isinstance(entry.event, EntriesWithheld))

        leave = self._relay.on_commit(counted)
        try:
            while seqs := await asyncio.to_thread(self._next, before, after, kinds):
                await self._relay.execute(c.WithholdEntries(seqs=seqs, reason=reason))
                after = seqs[-1]
        finally:
            leave()
        if count:
            if kinds == MESSAGES:
                self._forgotten()
            await asyncio.to_thread(self._wipe)
        if kinds == MESSAGES:
            await self._remove_files(before)
        return count

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _work(self) -> None:
        while True:
            try:
                for days, kinds in self._policy.kept:
                    before = self._relay.clock() - days * DAY_MS
                    if count := await self.withhold(before, f"kept for {days} days", kinds):
                        logger.info("withheld %d entries that are older than %d days", count, days)
            except (RelayError, sqlite3.Error):
                logger.exception("what is too old could not be withheld")
            await asyncio.sleep(HOUR)

    async def _remove_files(self, before: int) -> None:
        for file_id in await asyncio.to_thread(self._unused_files, before):
            try:
                await self._relay.files.remove(file_id, self._relay.system)
            except Refused:
                logger.info("the file %s was removed by somebody else", file_id)

    def _unused_files(self, before: int) -> list[str]:
        with closing(sqlite3.connect(read_only(self._log_path), uri=True)) as db:
            return [str(row[0]) for row in db.execute(_UNUSED_FILES, (before,))]

    def _wipe(self) -> None:
        """What the write-ahead log still holds of it goes too, unless somebody reads just then."""
        with closing(sqlite3.connect(self._log_path)) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _next(self, before: int, after: int, kinds: tuple[str, ...]) -> list[int]:
        marks = ", ".join("?" * len(kinds))
        where = f"seq > ? AND at < ? AND withheld IS NULL AND type IN ({marks})"
        if kinds == STEPS:
            where += """ AND instr(data, '"steps":[{')"""
        query = f"SELECT seq FROM log WHERE {where} ORDER BY seq LIMIT ?"
        with closing(sqlite3.connect(read_only(self._log_path), uri=True)) as db:
            return [row[0] for row in db.execute(query, (after, before, *kinds, c.MAX_WITHHELD))]
