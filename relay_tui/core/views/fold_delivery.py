"""Folding holds, what was stopped, rules of doorbells, and claims that are taken back."""

from __future__ import annotations

from relay_tui.core import events as e
from relay_tui.core.model import Disposition, Evidence, Reached
from relay_tui.core.model_delivery import APPROVALS, EVERYONE, DoorbellRule, Hold, Interrupt
from relay_tui.core.views import rows
from relay_tui.core.views.fold import fold
from relay_tui.core.views.state import State


@fold(e.HoldPlaced)
def _hold_placed(state: State, event: e.HoldPlaced, entry: e.Entry) -> None:
    state.holds[event.agent_id] = Hold(event.agent_id, entry.actor, entry.at, event.reason)
    state.put(rows.HOLDS, event.agent_id, state.holds[event.agent_id])
    if event.agent_id == EVERYONE:
        _hold_again(state, entry.at)


def _hold_again(state: State, since: int) -> None:
    """Who was let go before everyone is held is held with them, also when both came within one millisecond."""
    for hold in state.holds.values():
        if hold.lifted_at is not None and hold.lifted_at >= since:
            hold.lifted_at = since - 1
            state.put(rows.HOLDS, hold.agent_id, hold)


@fold(e.HoldLifted)
def _hold_lifted(state: State, event: e.HoldLifted, entry: e.Entry) -> None:
    hold = state.holds.get(event.agent_id) or Hold(event.agent_id, entry.actor, entry.at)
    hold.lifted_at, hold.lifted_by = entry.at, entry.actor
    state.holds[event.agent_id] = hold
    state.put(rows.HOLDS, event.agent_id, hold)


@fold(e.ApprovalsFrozen)
def _approvals_frozen(state: State, event: e.ApprovalsFrozen, entry: e.Entry) -> None:
    _hold_placed(state, e.HoldPlaced(APPROVALS, event.reason), entry)


@fold(e.ApprovalsThawed)
def _approvals_thawed(state: State, event: e.ApprovalsThawed, entry: e.Entry) -> None:
    _hold_lifted(state, e.HoldLifted(APPROVALS), entry)


@fold(e.AgentInterrupted)
def _agent_interrupted(state: State, event: e.AgentInterrupted, entry: e.Entry) -> None:
    known = state.interrupts.get(event.agent_id)
    if known is None or not event.seen or known.generation != event.generation:
        known = Interrupt(event.agent_id, event.generation, entry.actor, entry.at)
        state.interrupts[event.agent_id] = known
    if event.seen:
        known.seen_at = entry.at
    state.put(rows.INTERRUPTS, event.agent_id, known)


@fold(e.OwnCommandGiven)
def _own_command_given(state: State, event: e.OwnCommandGiven, entry: e.Entry) -> None:
    """It stands in the log, for who asks what was done; no view depends on it."""


@fold(e.DoorbellRuled)
def _doorbell_ruled(state: State, event: e.DoorbellRuled, entry: e.Entry) -> None:
    rule = DoorbellRule(event.sender_id, event.agent_id, event.say, entry.actor, entry.at)
    state.doorbells[(event.sender_id, event.agent_id)] = rule
    state.put(rows.DOORBELLS, (event.sender_id, event.agent_id), rule)


@fold(e.ClaimWithdrawn)
def _claim_withdrawn(state: State, event: e.ClaimWithdrawn, entry: e.Entry) -> None:
    delivery = state.delivery(event.message_id, event.agent_id)
    assert delivery is not None, "what was claimed has a row"
    delivery.reached = Reached.ACCEPTED
    delivery.evidence = Evidence.ADAPTER
    delivery.disposition = Disposition.ACTIVE
    delivery.how, delivery.reason = "", event.reason
    delivery.delivered_at, delivery.until = None, None
    delivery.updated_at = entry.at
    state.put_delivery(delivery)
