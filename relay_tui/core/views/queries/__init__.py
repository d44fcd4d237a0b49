"""Everything that can be asked about a workspace, as records of the model. Every query reads one snapshot."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import aiosqlite

from relay_tui.core.model import Workspace
from relay_tui.core.views import rows
from relay_tui.core.views.past import open_past
from relay_tui.core.views.queries.actions import ActionQueries
from relay_tui.core.views.queries.inbox import Inbox, InboxQueries, Presence
from relay_tui.core.views.queries.mail import MailQueries
from relay_tui.core.views.queries.pace import PaceQueries
from relay_tui.core.views.queries.people import Unread
from relay_tui.core.views.queries.rules import RuleQueries

__all__ = ["Inbox", "PastQueries", "Presence", "Queries", "Unread"]


class Queries(InboxQueries, MailQueries, PaceQueries, ActionQueries, RuleQueries):
    async def workspace(self) -> Workspace | None:
        found = await self._all(rows.WORKSPACE)
        return found[0] if found else None

    async def as_of_seq(self) -> int:
        """The newest entry that the answers know of: the log's own, or the past one that is looked at."""
        return int((await self._rows("SELECT coalesce(max(seq), 0) FROM log"))[0][0])


class PastQueries(Queries):
    """The same questions, answered as of one past entry."""

    def __init__(self, db: aiosqlite.Connection, seq: int) -> None:
        super().__init__(db)
        self.seq = seq

    async def as_of_seq(self) -> int:
        return self.seq

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path, seq: int) -> AsyncGenerator[PastQueries, None]:
        """`path`: the log; `seq`: 0 up to its newest entry."""
        async with aiosqlite.Connection(lambda: open_past(path, seq), 64) as db:
            yield cls(db, seq)
