"""Who stands ready: a message to them brings its dispatch along, in the commit that stores it and not in one more.

Two threads meet here. A queue says on the loop that it is empty; the writer asks while it decides. Neither waits for
the other: each writes one number of a `Place`, and comparing the two tells whether anything came in between.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from relay_tui.core import commands as c
from relay_tui.core import events as e
from relay_tui.core.delivery.deadlines import Deadlines
from relay_tui.core.events import Entry
from relay_tui.core.model import Caller, Mode
from relay_tui.core.session import AgentSession
from relay_tui.core.views.state import State

AT_MOST = 4
"""Recipients who get a message this way: its sender waits for their dispatch. Of more, each has its queue do it."""
BUSY = -1


@dataclass(slots=True, eq=False)
class Place:
    """One queue, as both threads see it. It is ready while `empty_at >= news_at`."""

    session: AgentSession
    empty_at: int = BUSY
    """The loop's: everything up to this entry is done or under way. `BUSY`: something waits, or nothing more fits."""
    news_at: int = 0
    """The writer's: the newest entry that gave this queue something to do, be it dispatched along or not.

    So one message at a time goes along, and none before the queue has begun on the one before it: order is kept."""
    along: str = ""
    """The writer's: the key of the newest attempt that was dispatched along."""
    begun: str = ""
    """The loop's: the key of the newest of them that the queue was told of and has begun."""

    def is_to_be_told(self, nonce: str) -> bool:
        """Is it in the log already, and the queue told of it in a moment? A look at the log may come before that."""
        return nonce == self.along != self.begun


class Ready:
    def __init__(self, by: Caller, deadlines: Deadlines) -> None:
        self._by, self.deadlines = by, deadlines
        self._places: dict[str, Place] = {}
        """By agent id. Replaced and never changed, because the writer walks through it."""
        self.heard = 0
        """The newest entry that the queues were told of."""

    # On the loop

    def enter(self, session: AgentSession) -> Place:
        """From here on the writer tells what comes for it. What it decided before is not told: the queue may not say
        that it is empty before that was heard of."""
        place = Place(session)
        self._places = {**self._places, session.agent_id: place}
        return place

    def leave(self, place: Place) -> None:
        place.empty_at = BUSY
        agent_id = place.session.agent_id
        if self._places.get(agent_id) is place:
            self._places = {known: one for known, one in self._places.items() if known != agent_id}

    # On the writer's thread

    def along(self, state: State, entries: Sequence[Entry]) -> list[tuple[c.Command, Caller]]:
        """What is to be decided right behind these entries, and as whom. Refused, a message simply stays queued."""
        places = self._places
        dispatches: list[tuple[c.Command, Caller]] = []
        for entry in entries if places else ():
            event = entry.event
            if isinstance(event, e.MessageCreated):
                ready = _told(places, state, entry.seq, event)
                if len(ready) <= AT_MOST and self._may_go_at_once(event):
                    dispatches += [(_dispatch(event.message_id, place), self._by) for place in ready]
            elif isinstance(event, e.DeliverySettled | e.MessageEdited):
                _note(places, entry.seq, event)
        return dispatches

    def _may_go_at_once(self, event: e.MessageCreated) -> bool:
        return event.mode != Mode.MANUAL and self.deadlines.leave_time(event.mode, event.data)


def _note(places: dict[str, Place], seq: int, event: e.DeliverySettled | e.MessageEdited) -> None:
    """Something may be due again, or to somebody new."""
    for agent_id in (event.agent_id,) if isinstance(event, e.DeliverySettled) else event.explicit:
        if agent_id in places:
            places[agent_id].news_at = seq


def _told(places: dict[str, Place], state: State, seq: int, event: e.MessageCreated) -> list[Place]:
    """Those of whom the message is told and who stood ready until then, in the order of their age."""
    told = places.keys() & event.explicit
    if event.thread_id is None:
        told |= places.keys() & state.members(event.channel_id).keys()
    told.discard(event.sender_id)
    ready: list[Place] = []
    for agent_id in sorted(told, key=int):
        place = places[agent_id]
        if place.empty_at >= place.news_at and place.session.capabilities.always_ready:
            ready.append(place)
        place.news_at = seq
    return ready


def _dispatch(message_id: str, place: Place) -> c.DispatchDelivery:
    session = place.session
    place.along = secrets.token_hex(4)
    return c.DispatchDelivery(
        message_id=message_id,
        agent_id=session.agent_id,
        route=session.capabilities.route,
        generation=session.generation,
        nonce=place.along,
        offset=0,
    )
