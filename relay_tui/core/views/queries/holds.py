"""Who is on hold, who was interrupted, and between whom doorbells are rung."""

from __future__ import annotations

from relay_tui.core.model_delivery import EVERYONE, DoorbellRule, Hold, Interrupt, holding
from relay_tui.core.views import rows
from relay_tui.core.views.queries.base import Reader


class HoldQueries(Reader):
    async def holds(self) -> dict[str, Hold]:
        """Holds that hold, by agent id; `EVERYONE` and `APPROVALS` among them."""
        return {hold.agent_id: hold for hold in await self._all(rows.HOLDS, "WHERE lifted_at IS NULL")}

    async def every_hold(self) -> dict[str, Hold]:
        """As `holds`, with those that were taken off, which tell who is free of a hold on everyone."""
        return {hold.agent_id: hold for hold in await self._all(rows.HOLDS)}

    async def hold_on(self, agent_id: str) -> Hold | None:
        """The hold that the agent is under, its own or everyone's."""
        found = {h.agent_id: h for h in await self._all(rows.HOLDS, "WHERE agent_id IN (?, ?)", (agent_id, EVERYONE))}
        return holding(found.get(agent_id), found.get(EVERYONE))

    async def interrupts(self) -> dict[str, Interrupt]:
        """The newest interrupt of each agent, by agent id."""
        return {one.agent_id: one for one in await self._all(rows.INTERRUPTS)}

    async def doorbells(self) -> list[DoorbellRule]:
        """Rules that hold, in the order in which they were made."""
        return await self._all(rows.DOORBELLS, "WHERE say <> 'default' ORDER BY set_at, sender_id, agent_id")
