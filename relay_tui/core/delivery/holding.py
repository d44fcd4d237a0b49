"""The hold that an agent is under, kept at hand, and said of everything that is due to it."""

from __future__ import annotations

import asyncio

from relay_tui.core.delivery.directory import Directory
from relay_tui.core.delivery.ledger import Ledger
from relay_tui.core.model import Disposition
from relay_tui.core.model_delivery import Hold
from relay_tui.core.views.queries import Queries

AT_ONCE = 1_000
"""Deliveries that a hold is said of; what is behind them is held all the same."""


class Holding:
    def __init__(self, queries: Queries, directory: Directory, ledger: Ledger, agent_id: str) -> None:
        self._queries, self._directory, self._ledger, self._agent_id = queries, directory, ledger, agent_id
        self._hold: Hold | None = None
        self._changes, self._known = 0, -1
        """How many were heard of, and up to which of them the hold is known."""

    def changed(self) -> None:
        """A hold was placed or lifted, on this agent or on everyone."""
        self._changes += 1

    async def current(self) -> Hold | None:
        """As it is now: asked for by several at once, none of them gets what was so before."""
        while self._known != self._changes:
            changes = self._changes
            self._hold = await self._queries.hold_on(self._agent_id)
            self._known = changes
        return self._hold

    async def say(self, hold: Hold) -> None:
        """Say it of what is due. What was under way when the hold came is left to its own end."""
        by = (await self._directory.agent(hold.held_by)).name
        reason = f"held by {by}" + (f": {hold.reason}" if hold.reason else "")
        due = await self._queries.pending(self._agent_id, AT_ONCE)
        fresh = [d for d in due if d.disposition == Disposition.DEFERRED or not d.attempts]
        await asyncio.gather(*(self._ledger.settle(d.message_id, Disposition.HELD, reason) for d in fresh))
