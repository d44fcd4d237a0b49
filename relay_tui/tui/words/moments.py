"""Moments as an operator types them: `20m`, `1h30m`, `14:30`, `tomorrow 9:00`, `2026-11-21 09:00`. Pure."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

_AHEAD = re.compile(r"\+?(?:(?P<d>\d{1,3})d)?(?:(?P<h>\d{1,4})h)?(?:(?P<m>\d{1,5})m(?:in)?)?(?:(?P<s>\d{1,6})s)?")
_CLOCK = re.compile(r"(?P<day>today |tomorrow )?(?P<h>\d{1,2})[:.](?P<m>\d{2})")
LONGEST = timedelta(days=366)


def moment(typed: str, now: int) -> int | None:
    """Milliseconds since 1970, UTC, always after `now`; None: that is no time, or none that is to come within a year.

    A time of day is this machine's, and the next one: `9:00` in the afternoon is tomorrow's.
    """
    typed = typed.strip().casefold()
    begin = datetime.fromtimestamp(now / 1000).astimezone()
    ahead = _AHEAD.fullmatch(typed)
    if typed and ahead is not None and any(ahead.groups()):
        parts = {name: int(value or 0) for name, value in ahead.groupdict().items()}
        at = begin + timedelta(days=parts["d"], hours=parts["h"], minutes=parts["m"], seconds=parts["s"])
    elif (clock := _CLOCK.fullmatch(typed)) is not None:
        found = _at_clock(begin, int(clock["h"]), int(clock["m"]), (clock["day"] or "").strip())
        if found is None:
            return None
        at = found
    else:
        try:
            at = datetime.fromisoformat(typed.upper()).astimezone()
        except (ValueError, OverflowError, OSError):
            return None
        if not re.search(r"\d:\d", typed):
            return None  # a bare date does not say when
    return int(at.timestamp() * 1000) if begin < at <= begin + LONGEST else None


def _at_clock(begin: datetime, hour: int, minute: int, day: str) -> datetime | None:
    if hour > 23 or minute > 59:
        return None
    at = begin.replace(tzinfo=None, hour=hour, minute=minute, second=0, microsecond=0)
    if day == "tomorrow" or (not day and at.astimezone() <= begin):
        at += timedelta(days=1)
    return at.astimezone()


def moment_words(at: int, now: int) -> str:
    """`14:30`, `tomorrow 09:00`, `Sat 21 Nov 09:00`: local time, as near as is clear."""
    moment, today = datetime.fromtimestamp(at / 1000), datetime.fromtimestamp(now / 1000).date()
    days = (moment.date() - today).days
    if days == 0:
        return f"{moment:%H:%M}"
    return f"tomorrow {moment:%H:%M}" if days == 1 else f"{moment:%a} {moment.day} {moment:%b %H:%M}"


def until_words(ms: int) -> str:
    """`in 20m`, `in 3h 20m`, `in 2d`."""
    minutes = max(0, ms + 30_000) // 60_000
    if minutes < 60:
        return f"in {minutes}m"
    if minutes < 24 * 60:
        return f"in {minutes // 60}h" + (f" {minutes % 60}m" if minutes % 60 else "")
    return f"in {minutes // (24 * 60)}d"
