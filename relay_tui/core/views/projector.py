"""Folding: what each event changes. The only place that changes a record, live and when a log is folded again."""

from __future__ import annotations

from relay_tui.core import events as e
from relay_tui.core.model import (
    Action,
    Agent,
    Approval,
    Channel,
    Delivery,
    Disposition,
    Invocation,
    InvocationStatus,
    Member,
    Message,
    Reached,
    Session,
    Workspace,
)
from relay_tui.core.views import fold_delivery as fold_delivery
from relay_tui.core.views import fold_log as fold_log
from relay_tui.core.views import fold_rules as fold_rules
from relay_tui.core.views import fold_talk as talk
from relay_tui.core.views import rows
from relay_tui.core.views.fold import FOLDS, fold
from relay_tui.core.views.naming import named, read_up_to
from relay_tui.core.views.state import State


def apply(state: State, entry: e.Entry) -> None:
    """Change `state` by one event. Pure in the log: the same entries in the same order give the same state."""
    FOLDS[type(entry.event)](state, entry.event, entry)


@fold(e.WorkspaceCreated)
def _workspace_created(state: State, event: e.WorkspaceCreated, entry: e.Entry) -> None:
    state.workspace = Workspace(event.workspace_id, event.name, entry.at, event.key_hash)
    state.put(rows.WORKSPACE, event.workspace_id, state.workspace)


@fold(e.AgentRegistered)
def _agent_registered(state: State, event: e.AgentRegistered, entry: e.Entry) -> None:
    state.add_agent(
        Agent(
            event.agent_id,
            event.name,
            event.agent_type,
            entry.at,
            event.persona,
            event.metadata,
            event.token_hash,
        )
    )


@fold(e.AgentUpdated)
def _agent_updated(state: State, event: e.AgentUpdated, entry: e.Entry) -> None:
    agent = state.agents[event.agent_id]
    agent.persona = event.persona
    agent.metadata = event.metadata
    state.put_agent(agent)


@fold(e.AgentRemoved)
def _agent_removed(state: State, event: e.AgentRemoved, entry: e.Entry) -> None:
    agent = state.agents[event.agent_id]
    agent.removed_at = entry.at
    agent.token_hash = agent.node_token_hash = ""
    state.agent_ids.pop(agent.name.lower(), None)
    state.put_agent(agent)


@fold(e.TokenSet)
def _token_set(state: State, event: e.TokenSet, entry: e.Entry) -> None:
    agent = state.agents[event.agent_id]
    if event.kind == "node":
        agent.node_token_hash = event.token_hash
    else:
        agent.token_hash = event.token_hash
    state.put(rows.AGENTS, agent.id, agent)


@fold(e.ChannelCreated)
def _channel_created(state: State, event: e.ChannelCreated, entry: e.Entry) -> None:
    state.add_channel(
        Channel(event.channel_id, event.kind, event.name, entry.at, entry.actor, event.topic, event.metadata)
    )


@fold(e.ChannelUpdated)
def _channel_updated(state: State, event: e.ChannelUpdated, entry: e.Entry) -> None:
    channel = state.channels[event.channel_id]
    channel.topic = event.topic
    channel.metadata = event.metadata
    state.put(rows.CHANNELS, channel.id, channel)


@fold(e.ChannelArchived)
def _channel_archived(state: State, event: e.ChannelArchived, entry: e.Entry) -> None:
    channel = state.channels[event.channel_id]
    channel.archived_at = entry.at
    state.put(rows.CHANNELS, channel.id, channel)


@fold(e.MemberJoined)
def _member_joined(state: State, event: e.MemberJoined, entry: e.Entry) -> None:
    state.add_member(
        Member(
            event.channel_id,
            event.agent_id,
            event.role,
            entry.at,
            event.joined_seq,
            read_seq=event.joined_seq,
            dispatched_seq=event.joined_seq,
        )
    )


@fold(e.MemberLeft)
def _member_left(state: State, event: e.MemberLeft, entry: e.Entry) -> None:
    member = state.members(event.channel_id).pop(event.agent_id)
    member.left_seq = event.left_seq
    state.put_member(member)


@fold(e.MessageCreated)
def _message_created(state: State, event: e.MessageCreated, entry: e.Entry) -> None:
    message = Message(
        event.message_id,
        entry.seq,
        event.channel_id,
        event.channel_seq,
        event.sender_id,
        event.text,
        entry.at,
        event.thread_id,
        event.mode,
        tuple(event.mentions),
        "message",
        event.data,
        event.attachments,
        event.blocks,
        event.expects_reply,
        event.reply_by,
    )
    state.add_message(message)
    for agent_id in event.mentions:
        state.insert(rows.INSERT_MENTION, (event.message_id, agent_id))
    for agent_id in event.explicit:
        state.put_delivery(
            Delivery(event.message_id, agent_id, event.channel_id, queued_at=entry.at, updated_at=entry.at)
        )
    if event.thread_id is None:
        _advance_channel(state, event)
    else:
        talk.grow_thread(state, event.thread_id, message)
    if event.expects_reply:
        talk.expect_reply(state, event, entry.at)
    for message_id in event.answers or ():
        talk.reply_came(state, message_id, event.sender_id, entry.at)


def _advance_channel(state: State, event: e.MessageCreated) -> None:
    channel = state.channels[event.channel_id]
    channel.last_seq = event.channel_seq
    state.put(rows.CHANNELS, channel.id, channel)
    sender = state.members(channel.id).get(event.sender_id)
    if sender is not None:
        # What one said oneself is read, and never due to oneself; behind unread messages both cursors wait.
        if sender.read_seq == event.channel_seq - 1:
            sender.read_seq = event.channel_seq
        else:
            sender.unread_own += 1
        if sender.dispatched_seq == event.channel_seq - 1:
            sender.dispatched_seq = event.channel_seq
        state.put_member(sender)
    if event.mentions:
        named(state, event.channel_id, event.channel_seq, event.mentions)


@fold(e.ReadMarked)
def _read_marked(state: State, event: e.ReadMarked, entry: e.Entry) -> None:
    member = state.members(event.channel_id)[event.agent_id]
    read_up_to(state, member, event.channel_seq)
    state.put_member(member)


@fold(e.SessionStarted)
def _session_started(state: State, event: e.SessionStarted, entry: e.Entry) -> None:
    session = Session(
        event.agent_id,
        event.harness,
        event.generation,
        event.address,
        event.state,
        entry.at,
        event.evidence,
        started_at=entry.at,
    )
    state.sessions[event.agent_id] = session
    state.put(rows.SESSIONS, event.agent_id, session)


@fold(e.StateRecorded)
def _state_recorded(state: State, event: e.StateRecorded, entry: e.Entry) -> None:
    session = state.sessions[event.agent_id]
    if (session.state, session.detail) != (event.state, event.detail):
        session.since = entry.at
    session.state = event.state
    session.evidence = event.evidence
    session.exact = event.exact
    session.detail = event.detail
    state.put(rows.SESSIONS, event.agent_id, session)


def _delivery(
    state: State, event: e.DeliveryDispatched | e.DeliveryRaised | e.DeliverySettled, entry: e.Entry
) -> Delivery:
    """The row of a delivery, made now when it was only implied, and the member's cursor moved over it. To be changed
    first and put then: whether it is open decides where it is found."""
    found = state.delivery(event.message_id, event.agent_id)
    if found is None:
        found = Delivery(event.message_id, event.agent_id, event.channel_id, queued_at=event.queued_at)
    if event.dispatched_seq is not None:
        member = state.members(event.channel_id).get(event.agent_id)
        if member is None or event.dispatched_seq <= member.joined_seq:
            member = state.stay(event.channel_id, event.agent_id, event.dispatched_seq)
        if member is not None and member.dispatched_seq < event.dispatched_seq:
            member.dispatched_seq = event.dispatched_seq
            state.put_member(member)
    found.updated_at = entry.at
    return found


@fold(e.DeliveryDispatched)
def _delivery_dispatched(state: State, event: e.DeliveryDispatched, entry: e.Entry) -> None:
    delivery = _delivery(state, event, entry)
    delivery.attempts += 1
    delivery.disposition = Disposition.ACTIVE
    delivery.reason = ""
    delivery.until = None
    delivery.route = event.route
    delivery.generation = event.generation
    delivery.nonce = event.nonce
    delivery.offset = event.offset
    delivery.wire_seq = event.wire_seq
    state.put_delivery(delivery)
    agent = state.agents[event.agent_id]
    if event.wire_seq > agent.wire_seq:
        agent.wire_seq = event.wire_seq
        state.put(rows.AGENTS, agent.id, agent)


@fold(e.DeliveryRaised)
def _delivery_raised(state: State, event: e.DeliveryRaised, entry: e.Entry) -> None:
    delivery = _delivery(state, event, entry)
    delivery.reached = Reached(event.reached)
    delivery.evidence = event.evidence
    delivery.how = event.how
    if event.reached >= Reached.ACCEPTED:
        delivery.accepted_at = delivery.accepted_at or entry.at
    if event.reached >= Reached.DELIVERED:
        delivery.delivered_at = delivery.delivered_at or entry.at
        delivery.disposition = Disposition.ACTIVE
        delivery.reason = ""
        delivery.until = None
    if event.reached >= Reached.ACKNOWLEDGED:
        delivery.acknowledged_at = delivery.acknowledged_at or entry.at
    if event.reached >= Reached.ANSWERED:
        delivery.answered_at = delivery.answered_at or entry.at
    state.put_delivery(delivery)


@fold(e.DeliverySettled)
def _delivery_settled(state: State, event: e.DeliverySettled, entry: e.Entry) -> None:
    delivery = _delivery(state, event, entry)
    delivery.disposition = event.disposition
    delivery.reason = event.reason
    delivery.until = event.until
    state.put_delivery(delivery)


@fold(e.WireAcked)
def _wire_acked(state: State, event: e.WireAcked, entry: e.Entry) -> None:
    agent = state.agents[event.agent_id]
    agent.acked_wire_seq = max(agent.acked_wire_seq, event.up_to_seq)
    state.put(rows.AGENTS, agent.id, agent)


@fold(e.ActionRegistered)
def _action_registered(state: State, event: e.ActionRegistered, entry: e.Entry) -> None:
    action = Action(event.name, event.description, event.input_schema, event.output_schema, entry.actor, entry.at)
    state.actions[event.name] = action
    state.put(rows.ACTIONS, event.name, action)


@fold(e.ActionInvoked)
def _action_invoked(state: State, event: e.ActionInvoked, entry: e.Entry) -> None:
    status = InvocationStatus(event.status)
    denied = status == InvocationStatus.DENIED
    state.put_invocation(
        Invocation(
            event.invocation_id,
            event.action,
            entry.actor,
            event.input,
            status,
            entry.at,
            event.verdict,
            event.rule,
            event.reason,
            error_code="action_denied" if denied else "",
            error=event.reason if denied else "",
            finished_at=entry.at if denied else None,
        )
    )


@fold(e.ApprovalRequested)
def _approval_requested(state: State, event: e.ApprovalRequested, entry: e.Entry) -> None:
    invocation = state.invocation(event.invocation_id)
    assert invocation is not None, "an approval follows its invocation in the log"
    invocation.approval_id = event.approval_id
    state.put_invocation(invocation)
    state.put_approval(
        Approval(
            event.approval_id,
            event.invocation_id,
            event.action,
            invocation.caller_id,
            event.request,
            event.request_hash,
            entry.at,
            event.expires_at,
            event.rule,
            event.reason,
        )
    )


_AFTER_DECISION = {
    "approve": (InvocationStatus.APPROVED, ""),
    "deny": (InvocationStatus.REJECTED, "approval_denied"),
    "expire": (InvocationStatus.EXPIRED, "approval_expired"),
}


@fold(e.ApprovalDecided)
def _approval_decided(state: State, event: e.ApprovalDecided, entry: e.Entry) -> None:
    approval = state.approval(event.approval_id)
    invocation = state.invocation(event.invocation_id)
    assert approval is not None, "a decision follows its request in the log"
    assert invocation is not None, "an approval follows its invocation in the log"
    approval.decision = event.decision
    approval.decided_by = entry.actor
    approval.decided_at = entry.at
    approval.words = event.words
    invocation.status, invocation.error_code = _AFTER_DECISION[event.decision]
    if invocation.status != InvocationStatus.APPROVED:
        invocation.error = event.words
        invocation.finished_at = entry.at
    state.put_approval(approval)
    state.put_invocation(invocation)


@fold(e.InvocationStarted)
def _invocation_started(state: State, event: e.InvocationStarted, entry: e.Entry) -> None:
    invocation = state.invocation(event.invocation_id)
    assert invocation is not None, "an invocation is requested before it starts"
    invocation.status = InvocationStatus.RUNNING
    invocation.started_at = entry.at
    state.put_invocation(invocation)


@fold(e.InvocationFinished)
def _invocation_finished(state: State, event: e.InvocationFinished, entry: e.Entry) -> None:
    invocation = state.invocation(event.invocation_id)
    assert invocation is not None, "an invocation starts before it ends"
    invocation.status = InvocationStatus(event.status)
    invocation.output = event.output
    invocation.error_code = event.error_code
    invocation.error = event.error
    invocation.finished_at = entry.at
    state.put_invocation(invocation)


assert set(FOLDS) == set(e.EVENT_TYPES.values()), "every event has exactly one fold"
