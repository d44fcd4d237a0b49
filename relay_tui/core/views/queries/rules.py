"""Stored rules, and what became of each time that they were set off."""

from __future__ import annotations

from relay_tui.core.rules.model import Rule, RuleRun
from relay_tui.core.views import rows
from relay_tui.core.views.queries.base import Reader


class RuleQueries(Reader):
    async def rules(self) -> list[Rule]:
        """Those that were not removed, the oldest first."""
        return await self._all(rows.RULES, "WHERE removed_at IS NULL ORDER BY id")

    async def rule(self, rule_id: str) -> Rule | None:
        """Also one that was removed."""
        return await self._one(rows.RULES, "WHERE id = ?", (rule_id,))

    async def rule_runs(self, rule_id: str | None = None, *, limit: int = 100) -> list[RuleRun]:
        """The newest first; None: of all rules."""
        where, values = ("WHERE rule_id = ? ", (rule_id,)) if rule_id is not None else ("", ())
        return await self._all(rows.RULE_RUNS, f"{where}ORDER BY seq DESC LIMIT ?", (*values, limit))
