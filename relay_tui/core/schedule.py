"""Sends what was scheduled once it is due. The log holds what waits, so a restart loses and doubles nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from relay_tui.core import commands as c
from relay_tui.core import events as e
from relay_tui.core.delivery.recipient import Door
from relay_tui.core.errors import Refused, RelayError
from relay_tui.core.model import Caller

MOST_AT_ONCE = 100_000
"""Waiting messages that are read at the start."""
LONGEST_WAIT = 3_600.0
"""Seconds that one timer runs at most: the machine may sleep, and its clock be set."""
logger = logging.getLogger(__name__)


class Schedule:
    """One timer for the next moment; whose idleness is waited for is heard from the log."""

    def __init__(self, door: Door, system: Caller) -> None:
        self._door = door
        self._system = system
        self._at: dict[str, int] = {}
        """When each message that waits for a time is due (milliseconds, UTC), by its id."""
        self._idle: dict[str, set[str]] = {}
        """Messages that wait for an agent's idleness, by its id."""
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def recover(self) -> None:
        """Take up what waits: what became due while there was no relay is sent now."""
        for scheduled in await self._door.queries.scheduled(limit=MOST_AT_ONCE):
            self._take(scheduled.id, scheduled.due_at, scheduled.idle_agent_id)
        self._arm()

    async def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    HEARD = frozenset({e.MessageScheduled, e.ScheduleEnded, e.StateRecorded, e.SessionStarted, e.AgentRemoved})
    """What `committed` listens to."""

    def committed(self, entries: Sequence[e.Entry]) -> None:
        for entry in entries:
            event = entry.event
            match event:
                case e.MessageScheduled():
                    self._take(event.scheduled_id, event.due_at, event.idle_agent_id)
                    self._arm()
                case e.ScheduleEnded():
                    self._at.pop(event.scheduled_id, None)
                    for waiting in self._idle.values():
                        waiting.discard(event.scheduled_id)
                case e.StateRecorded() | e.SessionStarted() | e.AgentRemoved():
                    for scheduled_id in self._idle.get(event.agent_id, ()):
                        self._try(scheduled_id)
                case _:
                    pass

    def _take(self, scheduled_id: str, due_at: int | None, idle_agent_id: str | None) -> None:
        if due_at is not None:
            self._at[scheduled_id] = due_at
        if idle_agent_id is not None:
            self._idle.setdefault(idle_agent_id, set()).add(scheduled_id)
            self._try(scheduled_id)

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._at:
            wait = max(0.0, (min(self._at.values()) - self._door.clock()) / 1000)
            self._timer = asyncio.get_running_loop().call_later(min(wait, LONGEST_WAIT), self._ring)

    def _ring(self) -> None:
        now = self._door.clock()
        for scheduled_id in [i for i, at in self._at.items() if at <= now]:
            del self._at[scheduled_id]
            self._try(scheduled_id)
        self._timer = None
        self._arm()

    def _try(self, scheduled_id: str) -> None:
        task = asyncio.create_task(self._send(scheduled_id), name=f"scheduled-{scheduled_id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, scheduled_id: str) -> None:
        try:
            await self._door.execute(c.SendScheduled(scheduled_id=scheduled_id), self._system)
        except Refused as refusal:
            logger.debug("scheduled message %s waits on: %s", scheduled_id, refusal)
        except RelayError as error:
            logger.warning("scheduled message %s not sent: %s", scheduled_id, error)
