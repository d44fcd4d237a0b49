"""What every event shares."""

from __future__ import annotations

from typing import ClassVar

from relay_tui.core.record import record


@record
class Event:
    type: ClassVar[str]
    v: ClassVar[int] = 1
