"""When each recipient of what is being written would be shown it. Pure: state and boundary in, words out."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from relay_tui.core.delivery.boundary import nearest
from relay_tui.core.model import ENDED_STATES, Delivery, Disposition, Message, Mode, Reached, State
from relay_tui.core.model_delivery import hold_over
from relay_tui.tui.view.deck import Arrival
from relay_tui.tui.words.people import People, joins_by_itself
from relay_tui.tui.words.when import hhmm

AT_BOUNDARY = {
    Mode.ON_IDLE: "when idle",
    Mode.NEXT_MESSAGE: "after its message",
    Mode.NEXT_TOOL_CALL: "at its next tool call",
    Mode.IMMEDIATE: "now, interrupting",
    Mode.MANUAL: "once you flush it",
}
_LOUD = ("fault", "need")


def arrival(people: People, agent_id: str, mode: Mode = Mode.ON_IDLE, offered: Collection[Mode] = ()) -> Arrival:
    """When this agent would be shown a message that is sent now.

    `offered`: the boundaries that its program can honour; of another one the nearest is used, and said so.
    """
    look = people.program_look(agent_id)
    session = people.sessions.get(agent_id)
    if hold_over(agent_id, people.holds) is not None:
        return Arrival("held", "need", people.name(agent_id), "held; once you flush it")
    if mode is Mode.MANUAL:
        words = AT_BOUNDARY[mode]
    elif look.word == "approve":
        words = "after your approval"
    elif session is None or session.state in ENDED_STATES:
        words = "on reconnect" if joins_by_itself(session) else "on restart"
    else:
        words = {
            State.IDLE: "now",
            State.READY: "now",
            State.STARTING: "when ready",
            State.WAITING: "after its answer",
            State.UNKNOWN: "after a look",
        }.get(session.state, "")
        words = words or at_boundary(mode, offered)
        if words == "now" and agent_id in people.doubtful:
            said = f"after your message of {hhmm(people.doubtful[agent_id])}, which is uncertain"
            return Arrival("unknown", "need", people.name(agent_id), said)
    return Arrival(look.glyph, look.role, people.name(agent_id), words)


def doubtful(mine: Iterable[tuple[Message, Delivery]]) -> dict[str, int]:
    """See `People.doubtful`, of the operator's own mail that is not done with."""
    found: dict[str, int] = {}
    for message, delivery in mine:
        if delivery.disposition is Disposition.UNCERTAIN and delivery.reached < Reached.DELIVERED:
            found[delivery.agent_id] = min(found.get(delivery.agent_id, message.created_at), message.created_at)
    return found


def at_boundary(mode: Mode, offered: Collection[Mode]) -> str:
    """What a working agent makes of a boundary."""
    honoured = nearest(mode, offered)
    return AT_BOUNDARY[honoured] + ("" if honoured is mode else ", the nearest it can")


def worst_first(arrivals: Collection[Arrival]) -> list[Arrival]:
    """Those who cannot get it by themselves first; in each group by name."""
    return sorted(arrivals, key=lambda a: (_LOUD.index(a.role) if a.role in _LOUD else 2, a.name.casefold()))
