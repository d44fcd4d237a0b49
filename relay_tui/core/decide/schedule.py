"""Messages for later. When one is due it is decided as its sender's own, in the transaction that ends its waiting."""

from __future__ import annotations

from relay_tui.core import commands as c
from relay_tui.core import events as e
from relay_tui.core.decide import messages
from relay_tui.core.decide.context import Asked, Decision, Ref, agent_named_or_refuse, is_person
from relay_tui.core.errors import Refused
from relay_tui.core.model import Agent, Json
from relay_tui.core.model import State as SessionState
from relay_tui.core.model_talk import Scheduled, ScheduleStatus
from relay_tui.core.views.state import State

MAX_WAITING = 200
"""Messages that one sender may have waiting."""
_FREE = frozenset({SessionState.IDLE, SessionState.READY})


def schedule(state: State, asked: Asked) -> Decision:
    command: c.ScheduleMessage = asked.command
    if bool(command.to) == (command.message_id is not None):
        raise Refused("invalid_request", "A scheduled message goes to somewhere, or replies to a message.")
    if command.at is None and command.when_idle is None:
        raise Refused("invalid_schedule", "It says neither when nor for whose idleness it waits.", "Give one of them.")
    if command.at is not None and command.at <= asked.at:
        raise Refused("invalid_schedule", "That time is over.", "Give a later one, or send it now.")
    if state.waiting_from(asked.actor.id) >= MAX_WAITING:
        raise Refused("too_many_scheduled", f"{asked.actor.name} has {MAX_WAITING} messages waiting.", "Cancel some.")
    idle = agent_named_or_refuse(state, command.when_idle) if command.when_idle is not None else None
    content: Json = command.model_dump(
        mode="json", exclude={"client_id", "to", "message_id", "at", "when_idle"}, exclude_defaults=True
    )
    # What would be refused now is refused now, while there is somebody to tell.
    _send(state, asked, asked.actor, command.to, command.message_id, content)
    event = e.MessageScheduled(
        asked.new_id(), command.to, command.message_id, content, command.at, idle.id if idle is not None else None
    )
    return Decision([event], Ref("scheduled", (event.scheduled_id,)))


def cancel(state: State, asked: Asked) -> Decision:
    scheduled = _waiting_or_refuse(state, asked.command.scheduled_id)
    if asked.actor.id != scheduled.sender_id and not is_person(asked.actor):
        raise Refused("forbidden", "Only its sender or a person can cancel a scheduled message.")
    event = e.ScheduleEnded(scheduled.id, ScheduleStatus.CANCELLED)
    return Decision([event], Ref("scheduled", (scheduled.id,)))


def send_due(state: State, asked: Asked) -> Decision:
    if asked.actor.type != "system":
        raise Refused("forbidden", "Only the relay sends what was scheduled.")
    scheduled = _waiting_or_refuse(state, asked.command.scheduled_id)
    answer = Ref("scheduled", (scheduled.id,))
    if not is_due(state, scheduled, asked.at):
        raise Refused("not_due", "That message is not due yet.")
    sender = state.agents[scheduled.sender_id]
    failed = e.ScheduleEnded(scheduled.id, ScheduleStatus.FAILED)
    if sender.removed_at is not None:
        failed.reason = f"{sender.name} was removed"
        return Decision([failed], answer)
    try:
        said = _send(state, asked, sender, scheduled.to, scheduled.reply_to_id, scheduled.content)
    except Refused as refusal:
        failed.reason = str(refusal)
        return Decision([failed], answer)
    ended = e.ScheduleEnded(scheduled.id, ScheduleStatus.SENT, said.answer.key[0])
    return Decision([*said.events, ended], answer)


def is_due(state: State, scheduled: Scheduled, at: int) -> bool:
    if scheduled.due_at is not None and at < scheduled.due_at:
        return False
    if scheduled.idle_agent_id is None:
        return True
    if state.agents[scheduled.idle_agent_id].removed_at is not None:
        return True  # it will never be idle; the send says what is wrong, or goes where it was meant to
    session = state.sessions.get(scheduled.idle_agent_id)
    return session is not None and session.state in _FREE


def _send(state: State, asked: Asked, sender: Agent, to: str, reply_to: str | None, content: Json) -> Decision:
    if reply_to is None:
        command: c.SendMessage | c.Reply = c.SendMessage(to=to, **content)
        rule = messages.send
    else:
        command = c.Reply(message_id=reply_to, **content)
        rule = messages.reply
    return rule(state, Asked(command, sender, asked.at, asked.ids, asked.policy))


def _waiting_or_refuse(state: State, scheduled_id: str) -> Scheduled:
    scheduled = state.scheduled(scheduled_id)
    if scheduled is None:
        raise Refused("scheduled_not_found", f"There is no scheduled message with the id {scheduled_id}.")
    if scheduled.status != ScheduleStatus.WAITING:
        raise Refused("scheduled_ended", f"That message is {scheduled.status.value} already.")
    return scheduled
