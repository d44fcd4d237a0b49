"""Time, as integers: milliseconds since 1970 in UTC. Injected, so that tests and screenshots own it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], int]
"""Gives the present moment in milliseconds since 1970, UTC."""


def system_clock() -> int:
    return time.time_ns() // 1_000_000


def iso(at: int) -> str:
    """`2026-11-20T14:03:11.204Z`, as the wire writes times."""
    moment = datetime.fromtimestamp(at / 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{at % 1000:03d}Z"
