"""Who takes part: registering, changing, leaving; tokens; the programs behind agents."""

from __future__ import annotations

from typing import Any

from relay_tui.core import commands as c
from relay_tui.core import events as e
from relay_tui.core.decide.actions import close_unanswerable
from relay_tui.core.decide.context import Asked, Decision, Ref, agent_or_refuse
from relay_tui.core.decide.mentions import RESERVED
from relay_tui.core.errors import Refused
from relay_tui.core.model import Disposition, Json, Session
from relay_tui.core.model import State as SessionState
from relay_tui.core.views.state import State

GENERAL = "general"
CALLBACK = "callback"
"""The harness of programs on a socket."""


def register(state: State, asked: Asked) -> Decision:
    command: c.RegisterAgent = asked.command
    if command.name.lower() in RESERVED:
        raise Refused("name_reserved", f"@{command.name} means several people at once.", "Choose another name.")
    if command.name.lower() in state.agent_ids:
        raise Refused("agent_already_exists", f"The name {command.name} is taken.", "Choose another name.")
    agent_id = asked.new_id()
    events: list[e.Event] = [
        e.AgentRegistered(agent_id, command.name, command.type, command.persona, command.metadata, command.token_hash)
    ]
    general = state.channels.get(state.channel_ids.get(("channel", GENERAL), ""))
    if command.auto_join_general and command.type != "system" and general and general.archived_at is None:
        events.append(e.MemberJoined(general.id, agent_id, "member", general.last_seq))
    return Decision(events, Ref("agent", (agent_id,)))


def update(state: State, asked: Asked) -> Decision:
    command: c.UpdateAgent = asked.command
    agent = agent_or_refuse(state, command.agent_id)
    persona = agent.persona if command.persona is None else command.persona
    metadata = merge(agent.metadata, command.metadata)
    events: list[e.Event] = []
    if (persona, metadata) != (agent.persona, agent.metadata):
        events.append(e.AgentUpdated(agent.id, persona, metadata))
    return Decision(events, Ref("agent", (agent.id,)))


def remove(state: State, asked: Asked) -> Decision:
    agent = agent_or_refuse(state, asked.command.agent_id)
    if agent.type == "system":
        raise Refused("forbidden", "The relay's own agent cannot be removed.")
    events: list[e.Event] = [
        e.DeliverySettled(
            d.message_id,
            d.agent_id,
            d.channel_id,
            Disposition.CANCELLED,
            f"{agent.name} was removed",
            None,
            d.queued_at,
            None,
        )
        for d in state.open_deliveries(agent.id)
    ]
    for channel in state.channels.values():
        if agent.id in state.members(channel.id):
            events.append(e.MemberLeft(channel.id, agent.id, channel.last_seq))
    events += close_unanswerable(state, agent.id, None, f"{agent.name} was removed")
    events.append(e.AgentRemoved(agent.id))
    return Decision(events, Ref("agent", (agent.id,)))


def set_token(state: State, asked: Asked) -> Decision:
    command: c.SetToken = asked.command
    agent = agent_or_refuse(state, command.agent_id)
    return Decision([e.TokenSet(agent.id, command.kind, command.token_hash)], Ref("agent", (agent.id,)))


def start_session(state: State, asked: Asked) -> Decision:
    command: c.StartSession = asked.command
    agent = agent_or_refuse(state, command.agent_id)
    before = state.sessions.get(agent.id)
    generation = before.generation if before else 0
    if not (command.same_program and before):
        generation += 1
    event = e.SessionStarted(agent.id, command.harness, generation, command.address, command.state, command.evidence)
    event.was = before.state if before else None
    stale = close_unanswerable(state, agent.id, generation, "the program that asked is gone")
    return Decision([event, *stale], Ref("session", (agent.id,)))


def record_state(state: State, asked: Asked) -> Decision:
    command: c.RecordState = asked.command
    agent = agent_or_refuse(state, command.agent_id)
    session = state.sessions.get(agent.id)
    if session is None or session.generation != command.generation:
        current = session.generation if session else 0
        raise Refused("stale_generation", f"{agent.name} is at generation {current}, not {command.generation}.")
    events: list[e.Event] = []
    said = (command.state, command.evidence, command.exact, command.detail)
    if said != (session.state, session.evidence, session.exact, session.detail):
        events.append(e.StateRecorded(agent.id, command.generation, *said, session.state))
    if _is_final(session, command.state):
        events += close_unanswerable(state, agent.id, None, "the program that asked has ended")
    return Decision(events, Ref("session", (agent.id,)))


def _is_final(session: Session, state: SessionState) -> bool:
    """Whether that program never answers again. One on a socket may come back on another one."""
    return state == SessionState.EXITED or (state == SessionState.LOST and session.harness != CALLBACK)


def merge(old: Json, new: Json | None) -> Json:
    """`new` over `old`; a key set to None is removed."""
    both: dict[str, Any] = {**old, **(new or {})}
    return {key: value for key, value in both.items() if value is not None}
