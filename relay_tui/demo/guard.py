"""Keeps two programs that answer everything from answering each other without an end."""

from __future__ import annotations

import time
from collections import deque

WITHIN = 60.0
MOST = 60
"""Answers to one sender within `WITHIN` seconds; more than a person asks, less than a loop."""


class Guard:
    def __init__(self) -> None:
        self._answers: dict[str, deque[float]] = {}

    def allows(self, sender: str) -> bool:
        """Whether one more answer may go to `sender`; it is counted."""
        now = time.monotonic()
        times = self._answers.setdefault(sender, deque())
        while times and times[0] < now - WITHIN:
            times.popleft()
        if len(times) >= MOST:
            return False
        times.append(now)
        return True
