"""What every event shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(slots=True)
class Event:
    type: ClassVar[str]
    v: ClassVar[int] = 1
