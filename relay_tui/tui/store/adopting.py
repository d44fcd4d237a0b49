"""Taking in agents that run in the operator's own tmux; part of the store."""

from __future__ import annotations

import os
from collections.abc import Sequence

from relay_tui.tui.source.adopting import PaneRow
from relay_tui.tui.store.part import Part


class Adoptions(Part):
    async def panes(self) -> Sequence[PaneRow]:
        rows = await self.host.programs.panes(_socket(), "")
        return [
            PaneRow(
                str(row["pane_id"]),
                str(row["place"]),
                str(row["program"] or row["command"]),
                bool(row["program"]),
                str(row["cwd"]),
                str(row["refusal"]),
            )
            for row in rows
        ]

    async def adopt(self, name: str, pane_id: str) -> None:
        await self.host.programs.adopt(name, pane=pane_id, socket=_socket())

    def adopted(self, agent_id: str) -> bool:
        session = self.people.sessions.get(agent_id)
        return session is not None and "adopted" in session.address


def _socket() -> str:
    """Of the tmux that we run in; empty: tmux's default."""
    return os.environ.get("TMUX", "").partition(",")[0]
