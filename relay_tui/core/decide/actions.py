"""Typed work that agents ask for: registering, asking, deciding, running. Policy is asked before anything else."""

from __future__ import annotations

import rfc8785

from relay_tui.core import commands as c
from relay_tui.core import events as e
from relay_tui.core.decide.context import Asked, Decision, Ref, did_you_mean, shown
from relay_tui.core.decide.stopping import thawed_or_refuse
from relay_tui.core.errors import Refused
from relay_tui.core.model import ENDED_STATES, Approval, Invocation, InvocationStatus
from relay_tui.core.policy.request import build_request, request_hash
from relay_tui.core.views.state import State

APPROVAL_TTL_MS = 30 * 60_000
"""How long a person has. Long enough for a meeting, short enough that nobody approves yesterday's request."""

_AFTER_VERDICT = {
    "allow": InvocationStatus.APPROVED,
    "ask": InvocationStatus.AWAITING_APPROVAL,
    "deny": InvocationStatus.DENIED,
}


def register(state: State, asked: Asked) -> Decision:
    command: c.RegisterAction = asked.command
    known = state.actions.get(command.name)
    said = (command.description, command.input_schema, command.output_schema)
    events: list[e.Event] = []
    if known is None or (known.description, known.input_schema, known.output_schema) != said:
        events.append(e.ActionRegistered(command.name, *said))
    return Decision(events, Ref("action", (command.name,)))


def invoke(state: State, asked: Asked) -> Decision:
    command: c.InvokeAction = asked.command
    if command.action not in state.actions:
        hint = did_you_mean(command.action, list(state.actions), "")
        raise Refused("action_not_found", f"There is no action {shown(command.action)}.", hint)
    ruling = asked.policy.rule_on(command.action, asked.actor.name)
    invocation_id = asked.new_id()
    status = _AFTER_VERDICT[ruling.verdict]
    events: list[e.Event] = [
        e.ActionInvoked(
            invocation_id,
            command.action,
            command.input,
            status.value,
            ruling.verdict,
            ruling.rule,
            ruling.reason,
        )
    ]
    if status == InvocationStatus.AWAITING_APPROVAL:
        events.append(_approval_requested(state, asked, command, invocation_id, ruling.rule, ruling.reason))
    return Decision(events, Ref("invocation", (invocation_id,)))


def _approval_requested(
    state: State, asked: Asked, command: c.InvokeAction, invocation_id: str, rule: str, reason: str
) -> e.ApprovalRequested:
    session = state.sessions.get(asked.actor.id)
    expires_at = asked.at + APPROVAL_TTL_MS
    request = build_request(
        invocation_id=invocation_id,
        action=command.action,
        caller=asked.actor.name,
        generation=session.generation if session else 0,
        cwd=str(session.address.get("cwd", "")) if session else "",
        arguments=command.input,
        expires_at=expires_at,
    )
    try:
        digest = request_hash(request)
    except rfc8785.CanonicalizationError as error:
        raise Refused("invalid_request", f"The input cannot be written as canonical JSON: {error}.") from error
    return e.ApprovalRequested(asked.new_id(), invocation_id, command.action, request, digest, expires_at, rule, reason)


def decide_approval(state: State, asked: Asked) -> Decision:
    command: c.DecideApproval = asked.command
    if asked.actor.type != "human":
        raise Refused("forbidden", "Only a person decides approvals.")
    thawed_or_refuse(state)
    approval = _open_or_refuse(state, command.approval_id)
    if command.request_hash != approval.request_hash:
        raise Refused("approval_changed", "That is not the request that is waiting.", "Read it again, then decide.")
    if asked.at >= approval.expires_at:
        raise Refused("approval_expired", "That request has expired.", "The agent can ask again.")
    session = state.sessions.get(approval.caller_id)
    if approval.request.get("generation") != (session.generation if session else 0):
        raise Refused("approval_stale", "The program that asked is gone.", "Its successor can ask again.")
    if command.approve and session is not None and session.state in ENDED_STATES:
        raise Refused("approval_stale", "The program that asked is not connected.", "Approve it when it is back.")
    decision = "approve" if command.approve else "deny"
    return _decided(approval, decision, command.words)


def expire_approval(state: State, asked: Asked) -> Decision:
    approval = _open_or_refuse(state, asked.command.approval_id)
    if asked.at < approval.expires_at:
        raise Refused("invalid_request", "That request has not expired yet.")
    return _decided(approval, "expire", "nobody decided in time")


def close_unanswerable(state: State, caller_id: str, generation: int | None, words: str) -> list[e.Event]:
    """What `caller_id` asked for before it had this generation, expired now: no decision on it would be taken any more.
    `generation` None: everything that it asked for."""
    return [
        event
        for approval in state.open_approvals(caller_id)
        if generation is None or approval.request.get("generation") != generation
        for event in _decided(approval, "expire", words).events
    ]


def start(state: State, asked: Asked) -> Decision:
    invocation = _invocation_or_refuse(state, asked.command.invocation_id)
    if invocation.status != InvocationStatus.APPROVED:
        raise Refused("not_approved", f"That invocation is {invocation.status.value}, so it does not run.")
    return Decision([e.InvocationStarted(invocation.id)], Ref("invocation", (invocation.id,)))


def finish(state: State, asked: Asked) -> Decision:
    command: c.FinishInvocation = asked.command
    invocation = _invocation_or_refuse(state, command.invocation_id)
    if invocation.status != InvocationStatus.RUNNING:
        raise Refused("not_running", f"That invocation is {invocation.status.value}, not running.")
    status = InvocationStatus.FAILED if command.error_code else InvocationStatus.COMPLETED
    event = e.InvocationFinished(
        invocation.id,
        status.value,
        command.output,
        command.error_code,
        command.error,
        invocation.action,
        invocation.caller_id,
    )
    return Decision([event], Ref("invocation", (invocation.id,)))


def _decided(approval: Approval, decision: str, words: str) -> Decision:
    event = e.ApprovalDecided(approval.id, approval.invocation_id, decision, words, approval.action, approval.caller_id)
    return Decision([event], Ref("approval", (approval.id,)))


def _open_or_refuse(state: State, approval_id: str) -> Approval:
    approval = state.approval(approval_id)
    if approval is None:
        raise Refused("approval_not_found", f"There is no approval with the id {approval_id}.")
    if approval.decision:
        decided_by = state.agents.get(approval.decided_by or "")
        by = f" by {decided_by.name}" if decided_by else ""
        raise Refused("approval_taken", f"That request was decided already: {approval.decision}{by}.")
    return approval


def _invocation_or_refuse(state: State, invocation_id: str) -> Invocation:
    invocation = state.invocation(invocation_id)
    if invocation is None:
        raise Refused("invocation_not_found", f"There is no invocation with the id {invocation_id}.")
    return invocation
