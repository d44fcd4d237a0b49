"""Bringing back the programs of a demo that died by a fault, so that it goes on for as long as somebody looks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path

from relay_tui.core import events as e
from relay_tui.core.errors import RelayError
from relay_tui.core.model import ENDED_STATES, Session
from relay_tui.host import Host
from relay_tui.host.programs import RELEASED

BACK_AFTER = 15.0
"""Seconds, at pace 1: the operator sees what died, and what its mail waits for, and may be quicker."""
logger = logging.getLogger(__name__)


class Revival:
    """Follows the log from now on, until it is closed. Whoever the operator released is left alone."""

    def __init__(self, host: Host, curtain: Path, pace: float) -> None:
        self._host, self._curtain, self._after = host, curtain, BACK_AFTER * pace
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._unfollow = host.relay.on_commit(self._committed)

    async def close(self) -> None:
        self._unfollow()
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _committed(self, entries: Sequence[e.Entry]) -> None:
        for entry in entries:
            if isinstance(entry.event, e.StateRecorded) and entry.event.state in ENDED_STATES:
                agent_id = entry.event.agent_id
                if (known := self._tasks.get(agent_id)) is None or known.done():
                    self._tasks[agent_id] = asyncio.create_task(self._bring_back(agent_id), name=f"revive-{agent_id}")

    async def _bring_back(self, agent_id: str) -> None:
        await asyncio.sleep(self._after)
        session = (await self._host.relay.queries.sessions()).get(agent_id)
        # What is found at the curtain is counted as it stands.
        if session is None or not _died(session) or self._curtain.exists():
            return
        try:
            await self._host.restart(agent_id)
        except RelayError as error:
            logger.info("agent %s is not brought back: %s", agent_id, error)


def _died(session: Session) -> bool:
    return session.state in ENDED_STATES and not session.detail.startswith(RELEASED)
