"""What exists around deliveries: holds, and what the log tells of an attempt."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from relay_tui.core.model import Json

EVERYONE = "0"
"""Stands for all agents in a hold."""


@dataclass(slots=True)
class Hold:
    """Somebody put what is due to an agent, or to everyone, on hold; or took it off again."""

    agent_id: str
    held_by: str
    since: int
    reason: str = ""
    lifted_at: int | None = None
    """None: it holds."""
    lifted_by: str | None = None


def holding(own: Hold | None, everyones: Hold | None) -> Hold | None:
    """The hold that an agent is under, or None. Taken off by name, an agent is free of an older hold on everyone."""
    if own is not None and own.lifted_at is None:
        return own
    if everyones is None or everyones.lifted_at is not None:
        return None
    freed = own is not None and own.lifted_at is not None and own.lifted_at >= everyones.since
    return None if freed else everyones


@dataclass(slots=True)
class Attempt:
    """One attempt to hand a message over, as it was recorded."""

    number: int
    began_at: int
    route: str
    generation: int
    ended_at: int | None = None
    """None: nothing was recorded after it began."""
    outcome: str = ""
    """The rung or the disposition that it ended in; empty: none yet."""
    how: str = ""
    steps: list[Json] = field(default_factory=list[dict[str, Any]])
    """`{"name", "at", "ok", "detail"}`, in order."""
