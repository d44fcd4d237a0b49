"""Until when a message is worth handing over: its own word (`deliver_by` in its data), else the workspace's rules.

The rules are data, in `delivery.toml` beside the log. The first that matches counts; where none does, a message waits
for as long as it takes:

    [[deadline]]
    name = "questions go stale"
    from = "planner"          # shell-style pattern over the sender's name; default "*"
    to = "builder"            # over the recipient's name; default "*"
    channel = "release"       # over the channel's name, "@" for a conversation; default "*"
    mode = "on-idle"          # the boundary that was asked for; default "*"
    after = "10m"             # s, m, h or d after it was sent; or "never"

A file that cannot be used at the start fails closed: nothing is handed over by guess that a rule may have ended. One
that is changed while the relay runs counts at once, and the rules of before where it cannot be used.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from relay_tui.core.model import Json, Mode

DELIVER_BY = "deliver_by"
"""Key in a message's data: milliseconds, UTC, after which it is not handed over any more."""
_AFTER = re.compile(r"(\d{1,9})(s|m|h|d)")
_UNITS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


def _milliseconds(given: object) -> int | None:
    if given == "never":
        return None
    found = _AFTER.fullmatch(given) if isinstance(given, str) else None
    if found is None:
        raise ValueError('must be like "90s", "10m", "2h", "1d", or "never"')
    return int(found[1]) * _UNITS[found[2]]


def _mode(given: object) -> object:
    return None if given == "*" else given


class Deadline(BaseModel):
    """One rule."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    name: str = Field(min_length=1, max_length=200)
    sender: str = Field(default="*", alias="from")
    to: str = "*"
    channel: str = "*"
    mode: Annotated[Mode | None, BeforeValidator(_mode)] = None
    """None: any."""
    after: Annotated[int | None, BeforeValidator(_milliseconds)]
    """Milliseconds; None: never."""

    def matches(self, mode: Mode, sender: str, to: str, channel: str) -> bool:
        pairs = ((sender, self.sender), (to, self.to), (channel, self.channel))
        return self.mode in (None, mode) and all(fnmatchcase(name.lower(), like.lower()) for name, like in pairs)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", defer_build=True)
    deadline: list[Deadline] = Field(default_factory=list[Deadline])


@dataclass(slots=True, frozen=True)
class Deadlines:
    rules: tuple[Deadline, ...] = ()
    fault: str = ""
    """Why the file could not be used; then nothing without a time of its own is handed over. Empty: it was fine."""

    def rule_on(self, mode: Mode, sender: str, to: str, channel: str) -> Deadline | None:
        return next((rule for rule in self.rules if rule.matches(mode, sender, to, channel)), None)

    def soonest(self, mode: Mode) -> int | None:
        """Milliseconds after which a rule could end a message of this mode at the earliest; None: none ever does."""
        return min((r.after for r in self.rules if r.after is not None and r.mode in (None, mode)), default=None)

    def leave_time(self, mode: Mode, data: Json | None) -> bool:
        """Is what was said just now surely not too late?"""
        return not self.fault and said_by_itself(data) is None and self.soonest(mode) != 0

    def in_doubt(self, data: Json | None) -> str:
        """Why a message must not go because nobody knows whether it is too late; empty: that is known."""
        if not self.fault or said_by_itself(data) is not None:
            return ""
        return f"its deadline is not known, because {self.fault}; goes when that is mended"


def said_by_itself(data: Json | None) -> int | None:
    """Until when a message says that it is worth handing over (milliseconds, UTC); None: it says nothing."""
    said = data.get(DELIVER_BY) if data else None
    return said if isinstance(said, int) and not isinstance(said, bool) else None


def load(path: Path) -> Deadlines:
    """The rules in a file. No file: there are none."""
    try:
        return parse(path.read_text("utf-8"), path.name)
    except FileNotFoundError:
        return Deadlines()
    except (OSError, UnicodeDecodeError) as error:
        return Deadlines(fault=f"{path.name} cannot be read: {error}")


def parse(text: str, name: str = "delivery.toml") -> Deadlines:
    try:
        return Deadlines(tuple(_File.model_validate(tomllib.loads(text)).deadline))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return Deadlines(fault=f"{name} has a fault at {place}: {first['msg']}")
    except (ValueError, RecursionError) as error:  # of tomllib: also a number too long, and what is nested too deep
        return Deadlines(fault=f"{name} is not TOML: {error}")
