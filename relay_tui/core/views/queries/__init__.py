"""Everything that can be asked about a workspace, as records of the model. Every query reads one snapshot."""

from __future__ import annotations

from relay_tui.core.model import Workspace
from relay_tui.core.views import rows
from relay_tui.core.views.queries.actions import ActionQueries
from relay_tui.core.views.queries.deliveries import DeliveryQueries
from relay_tui.core.views.queries.inbox import Inbox, InboxQueries, Presence
from relay_tui.core.views.queries.people import Unread

__all__ = ["Inbox", "Presence", "Queries", "Unread"]


class Queries(InboxQueries, DeliveryQueries, ActionQueries):
    async def workspace(self) -> Workspace | None:
        found = await self._all(rows.WORKSPACE)
        return found[0] if found else None
