"""Facts about holds. `agent_id` is `EVERYONE` for a hold on all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from relay_tui.core.events_base import Event


@dataclass(slots=True)
class HoldPlaced(Event):
    type: ClassVar[str] = "hold.placed"
    agent_id: str
    reason: str


@dataclass(slots=True)
class HoldLifted(Event):
    type: ClassVar[str] = "hold.lifted"
    agent_id: str
