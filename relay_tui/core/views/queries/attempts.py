"""The flight recorder: what the log tells of each attempt on a delivery.

Nothing is indexed for it: what happened to a delivery lies between its message and its last change, a short stretch of
the log that is found by bisection, because `at` never falls.
"""

from __future__ import annotations

from typing import Any

from relay_tui.core import events as e
from relay_tui.core.events import Entry
from relay_tui.core.log import codec
from relay_tui.core.model import UNPROVEN, Delivery, Disposition, Message, Reached
from relay_tui.core.model_delivery import Attempt
from relay_tui.core.views.queries.base import Reader

MOST = 2_000
"""Entries about one delivery that are read."""
_IN_STRETCH = (
    f"SELECT {codec.COLUMNS} FROM log WHERE seq BETWEEN ?1 AND ?2"
    " AND type IN ('delivery.dispatched', 'delivery.raised', 'delivery.settled')"
    " AND instr(data, ?3) AND instr(data, ?4) ORDER BY seq LIMIT ?5"
)


class AttemptQueries(Reader):
    async def delivery_entries(self, message: Message, delivery: Delivery) -> list[Entry]:
        """What the log says of a delivery, oldest first."""
        last = await self._last_seq_at(delivery.updated_at)
        values = (message.seq, last, f'"{message.id}"', f'"{delivery.agent_id}"', MOST)
        entries = [codec.from_row(row) for row in await self._rows(_IN_STRETCH, values)]
        return [entry for entry in entries if _is_about(entry.event, message.id, delivery.agent_id)]

    async def attempts(self, message: Message, delivery: Delivery) -> list[Attempt]:
        """Every attempt, oldest first, each with its steps."""
        return attempts_of(await self.delivery_entries(message, delivery))

    async def _last_seq_at(self, at: int) -> int:
        """The newest `seq` that is not younger than `at`."""
        low, high = 0, int((await self._rows("SELECT coalesce(max(seq), 0) FROM log"))[0][0])
        while low < high:
            middle = (low + high + 1) // 2
            found = await self._rows("SELECT at FROM log WHERE seq = ?", (middle,))
            if found and found[0][0] <= at:
                low = middle
            else:
                high = middle - 1
        return low


def attempts_of(entries: list[Entry]) -> list[Attempt]:
    """Begun by a dispatch, ended by the first thing that was recorded after it; later evidence raises the outcome."""
    found: list[Attempt] = []
    for entry in entries:
        event: Any = entry.event
        if isinstance(event, e.DeliveryDispatched):
            found.append(Attempt(len(found) + 1, entry.at, event.route, event.generation))
        elif found and isinstance(event, e.DeliveryRaised | e.DeliverySettled):
            _go_on(found[-1], event, entry.at)
    return found


def _go_on(attempt: Attempt, event: e.DeliveryRaised | e.DeliverySettled, at: int) -> None:
    if isinstance(event, e.DeliveryRaised):
        only_steps = attempt.outcome in tuple(Disposition) and event.reached == event.was
        if not only_steps:
            attempt.ended_at, attempt.outcome, attempt.how = at, _rung(event), event.how
    elif attempt.ended_at is None or event.steps:
        attempt.ended_at, attempt.outcome, attempt.how = at, event.disposition, event.reason
    else:
        return
    # A session's own record of an attempt may come first, and then the whole of it.
    before = [step for step in attempt.steps if step not in event.steps]
    attempt.steps = [*before, *event.steps] if event.steps else attempt.steps


def _rung(event: e.DeliveryRaised) -> str:
    """Its word; what is only claimed is never called delivered."""
    claimed = event.reached == Reached.DELIVERED and event.evidence in UNPROVEN
    return "unverified" if claimed else Reached(event.reached).word


def _is_about(event: object, message_id: str, agent_id: str) -> bool:
    if not isinstance(event, e.DeliveryDispatched | e.DeliveryRaised | e.DeliverySettled):
        return False
    return event.message_id == message_id and event.agent_id == agent_id
