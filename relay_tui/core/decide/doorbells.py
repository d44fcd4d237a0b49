"""Between whom words are typed whole and between whom a doorbell is rung: a person's decision, with who and when."""

from __future__ import annotations

from relay_tui.core import commands as c
from relay_tui.core import events as e
from relay_tui.core.decide.context import Asked, Decision, Ref, agent_or_refuse, is_person
from relay_tui.core.errors import Refused
from relay_tui.core.model_delivery import EVERYONE
from relay_tui.core.views.state import State


def rule(state: State, asked: Asked) -> Decision:
    command: c.RuleDoorbell = asked.command
    if not is_person(asked.actor):
        raise Refused("forbidden", "Only a person decides what is typed into a terminal.", "Ask the operator.")
    sender = agent_or_refuse(state, command.sender_id).id if command.sender_id else EVERYONE
    to = agent_or_refuse(state, command.agent_id).id if command.agent_id else EVERYONE
    known = state.doorbells.get((sender, to))
    events: list[e.Event] = []
    if known is None or known.say != command.say:
        events.append(e.DoorbellRuled(sender, to, command.say))
    return Decision(events, Ref("doorbell", (sender, to)))
