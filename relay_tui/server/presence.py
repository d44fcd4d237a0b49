"""Who is there: a live session or socket, else the last authenticated activity within five minutes. Never stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from relay_tui.core.clock import Clock

TTL_MS = 300_000
Status = Literal["active", "idle", "blocked", "waiting", "offline", "online", "away"]


@dataclass(slots=True)
class Presence:
    at: int
    status: str


class PresenceBoard:
    """What agents without a session said of themselves, by agent id."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: dict[str, Presence] = {}

    def touch(self, agent_id: str) -> None:
        """The agent did something with its token."""
        known = self._seen.get(agent_id)
        if known is None or known.status == "offline":
            self._seen[agent_id] = Presence(self._clock(), "online")
        else:
            known.at = self._clock()

    def say(self, agent_id: str, status: str) -> None:
        self._seen[agent_id] = Presence(self._clock(), status)

    def forget(self, agent_id: str) -> None:
        self._seen.pop(agent_id, None)

    def status(self, agent_id: str) -> str:
        """`offline` once the last activity is five minutes old."""
        known = self._seen.get(agent_id)
        if known is None or self._clock() - known.at > TTL_MS:
            return "offline"
        return known.status

    def last_seen(self, agent_id: str) -> int | None:
        known = self._seen.get(agent_id)
        return known.at if known else None
