"""Putting deliveries on hold and taking them off again: a person's decision, kept with who and since when."""

from __future__ import annotations

from relay_tui.core import commands as c
from relay_tui.core import events as e
from relay_tui.core.decide.context import Asked, Decision, Ref, agent_or_refuse, is_person
from relay_tui.core.errors import Refused
from relay_tui.core.model import Disposition
from relay_tui.core.model_delivery import EVERYONE, Hold, holding
from relay_tui.core.views.state import State


def hold(state: State, asked: Asked) -> Decision:
    command: c.HoldDeliveries = asked.command
    _person_or_refuse(asked)
    whom = agent_or_refuse(state, command.agent_id).id if command.agent_id else EVERYONE
    known = state.holds.get(whom)
    if known is not None and known.lifted_at is None:
        return Decision([], Ref("hold", (whom,)))
    return Decision([e.HoldPlaced(whom, command.reason)], Ref("hold", (whom,)))


def flush(state: State, asked: Asked) -> Decision:
    command: c.FlushDeliveries = asked.command
    _person_or_refuse(asked)
    whom = agent_or_refuse(state, command.agent_id).id if command.agent_id else EVERYONE
    events: list[e.Event] = []
    everyones = state.holds.get(EVERYONE)
    if holding(state.holds.get(whom), everyones if whom != EVERYONE else None):
        events.append(e.HoldLifted(whom))
        if everyones is not None and whom != EVERYONE and _freed_all_but(state, whom, everyones):
            events.append(e.HoldLifted(EVERYONE))
    for agent_id in [whom] if whom != EVERYONE else _free_without(state):
        events += _released(state, asked, agent_id)
    return Decision(events, Ref("hold", (whom,)))


def _free_without(state: State) -> list[str]:
    """Agents that nothing holds once the hold on everyone is gone."""
    return [a.id for a in state.agents.values() if a.removed_at is None and not holding(state.holds.get(a.id), None)]


def _freed_all_but(state: State, whom: str, everyones: Hold) -> bool:
    """Without this one, the hold on everyone holds nobody: everybody was let go by name."""
    if everyones.lifted_at is not None:
        return False
    others = (a.id for a in state.agents.values() if a.type == "agent" and a.removed_at is None and a.id != whom)
    return not any(holding(state.holds.get(id), everyones) is everyones for id in others)


def _released(state: State, asked: Asked, agent_id: str) -> list[e.Event]:
    """What is held becomes due. `until` says since when it may go, which frees a `manual` message."""
    return [
        e.DeliverySettled(
            d.message_id, d.agent_id, d.channel_id, Disposition.ACTIVE, "flushed", asked.at, d.queued_at, None
        )
        for d in state.open_deliveries(agent_id)
        if d.disposition == Disposition.HELD
    ]


def _person_or_refuse(asked: Asked) -> None:
    if not is_person(asked.actor):
        raise Refused("forbidden", "Only a person holds and flushes deliveries.", "Ask the operator.")
