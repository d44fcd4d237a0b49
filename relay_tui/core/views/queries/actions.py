"""What was asked for, and what waits for a person."""

from __future__ import annotations

from relay_tui.core.model import Action, Approval, Invocation, InvocationStatus
from relay_tui.core.views import rows
from relay_tui.core.views.queries.base import Reader


class ActionQueries(Reader):
    async def actions(self) -> list[Action]:
        return await self._all(rows.ACTIONS, "ORDER BY name")

    async def action(self, name: str) -> Action | None:
        return await self._one(rows.ACTIONS, "WHERE name = ?", (name,))

    async def invocation(self, invocation_id: str) -> Invocation | None:
        return await self._one(rows.INVOCATIONS, "WHERE id = ?", (invocation_id,))

    async def invocations(self, *, status: InvocationStatus) -> list[Invocation]:
        """Unfinished invocations of one status, oldest first."""
        where = "WHERE status = ? AND finished_at IS NULL ORDER BY id"
        return await self._all(rows.INVOCATIONS, where, (status.value,))

    async def approvals(self, *, open_only: bool = True, limit: int = 100) -> list[Approval]:
        """Open ones oldest first; all of them newest first."""
        where = "WHERE decision = '' ORDER BY id LIMIT ?" if open_only else "ORDER BY id DESC LIMIT ?"
        return await self._all(rows.APPROVALS, where, (limit,))

    async def approval(self, approval_id: str) -> Approval | None:
        return await self._one(rows.APPROVALS, "WHERE id = ?", (approval_id,))
