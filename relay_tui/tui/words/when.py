"""Moments and ages as the deck writes them. All times are int milliseconds since 1970, UTC; shown in local time."""

from __future__ import annotations

from datetime import datetime


def hhmm(at: int) -> str:
    """`14:03`, local time."""
    return f"{datetime.fromtimestamp(at / 1000):%H:%M}"


def precise(at: int) -> str:
    """`14:03:11.204`, local time."""
    moment = datetime.fromtimestamp(at / 1000)
    return f"{moment:%H:%M:%S}.{at % 1000:03d}"


def age(ms: int) -> str:
    """`40s`, `2m`, `3h`, `4d`. Negative (a clock that went back) counts as nothing."""
    seconds = max(0, ms) // 1000
    if seconds < 60:
        return f"{seconds}s"
    if seconds < 3600:
        return f"{seconds // 60}m"
    if seconds < 86_400:
        return f"{seconds // 3600}h"
    return f"{seconds // 86_400}d"


def delta(ms: int) -> str:
    """`+187 ms`, `+2.1 s`, `+4 m`: from one rung to the next."""
    if ms < 1000:
        return f"+{max(0, ms)} ms"
    if ms < 60_000:
        return f"+{ms / 1000:.1f} s"
    return f"+{ms // 60_000} m"


def moment(at: int, now: int) -> str:
    """`14:03` of today, `18 Nov` of this year, else the day in full."""
    then, today = datetime.fromtimestamp(at / 1000), datetime.fromtimestamp(now / 1000)
    if then.date() == today.date():
        return f"{then:%H:%M}"
    return f"{then:%d %b}" if then.year == today.year else f"{then:%Y-%m-%d}"


def took(ms: int) -> str:
    """`320 ms`, `4.1 s`, `12 m`."""
    if ms < 1_000:
        return f"{ms} ms"
    return f"{ms / 1_000:.1f} s" if ms < 60_000 else f"{ms // 60_000} m"
