"""Freezing the decisions on approvals, telling programs to stop or to run a command of their own: a person's acts."""

from __future__ import annotations

from relay_tui.core import commands as c
from relay_tui.core import events as e
from relay_tui.core.decide.context import Asked, Decision, Ref, agent_or_refuse, is_person
from relay_tui.core.errors import Refused
from relay_tui.core.model_delivery import APPROVALS, EVERYONE, Hold, holding
from relay_tui.core.text import visible
from relay_tui.core.views.state import State


def freeze(state: State, asked: Asked) -> Decision:
    command: c.FreezeApprovals = asked.command
    _person_or_refuse(asked, "Only a person freezes and thaws approvals.")
    events: list[e.Event] = [] if frozen(state) else [e.ApprovalsFrozen(command.reason)]
    return Decision(events, Ref("hold", (APPROVALS,)))


def thaw(state: State, asked: Asked) -> Decision:
    _person_or_refuse(asked, "Only a person freezes and thaws approvals.")
    events: list[e.Event] = [e.ApprovalsThawed()] if frozen(state) else []
    return Decision(events, Ref("hold", (APPROVALS,)))


def record_interrupt(state: State, asked: Asked) -> Decision:
    command: c.RecordInterrupt = asked.command
    _person_or_refuse(asked, "Only a person interrupts programs.")
    agent = agent_or_refuse(state, command.agent_id)
    session = state.sessions.get(agent.id)
    if session is None or session.generation != command.generation:
        raise Refused("stale_generation", f"{agent.name} has another program behind it now.")
    events: list[e.Event] = [e.AgentInterrupted(agent.id, command.generation, command.seen)]
    return Decision(events, Ref("interrupt", (agent.id,)))


def record_own_command(state: State, asked: Asked) -> Decision:
    command: c.RecordOwnCommand = asked.command
    _person_or_refuse(asked, "Only a person has programs run commands of their own.")
    agent = agent_or_refuse(state, command.agent_id)
    session = state.sessions.get(agent.id)
    if session is None or session.generation != command.generation:
        raise Refused("stale_generation", f"{agent.name} has another program behind it now.")
    everyones = state.holds.get(EVERYONE)
    if not command.taken and everyones is not None and holding(state.holds.get(agent.id), everyones) is everyones:
        # Of an agent that is held alone a person may still want this: it is no mail. A stop is for whatever is typed.
        raise Refused("on_hold", "Everyone is stopped: nothing is typed.", "Resume first, this agent or everyone.")
    if visible(command.text, keep="") != command.text:
        raise Refused("invalid_text", "The command holds characters that cannot be seen.")
    events: list[e.Event] = [e.OwnCommandGiven(agent.id, command.generation, command.text, command.taken)]
    return Decision(events, Ref("agent", (agent.id,)))


def frozen(state: State) -> Hold | None:
    """The hold on the deciding of approvals, while it holds."""
    hold = state.holds.get(APPROVALS)
    return hold if hold is not None and hold.lifted_at is None else None


def thawed_or_refuse(state: State) -> None:
    hold = frozen(state)
    if hold is None:
        return
    who = state.agents.get(hold.held_by)
    by = f" by {who.name}" if who is not None else ""
    raise Refused("approvals_frozen", f"Approvals are frozen{by}: nothing is decided.", "Resume first; it waits.")


def _person_or_refuse(asked: Asked, sentence: str) -> None:
    if not is_person(asked.actor):
        raise Refused("forbidden", sentence, "Ask the operator.")
