"""Folding holds."""

from __future__ import annotations

from relay_tui.core import events as e
from relay_tui.core.model_delivery import Hold
from relay_tui.core.views import rows
from relay_tui.core.views.fold import fold
from relay_tui.core.views.state import State


@fold(e.HoldPlaced)
def _hold_placed(state: State, event: e.HoldPlaced, entry: e.Entry) -> None:
    state.holds[event.agent_id] = Hold(event.agent_id, entry.actor, entry.at, event.reason)
    state.put(rows.HOLDS, event.agent_id, state.holds[event.agent_id])


@fold(e.HoldLifted)
def _hold_lifted(state: State, event: e.HoldLifted, entry: e.Entry) -> None:
    hold = state.holds.get(event.agent_id) or Hold(event.agent_id, entry.actor, entry.at)
    hold.lifted_at, hold.lifted_by = entry.at, entry.actor
    state.holds[event.agent_id] = hold
    state.put(rows.HOLDS, event.agent_id, hold)
