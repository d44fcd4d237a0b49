"""Metadata as a person types and reads it: `key=value` is text, `key:=JSON` anything, `key=` takes a key away.

One key means something to the relay: an agent's `groups` are names under which it can be mentioned (`@reviewers`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import cast

from relay_tui.core.errors import Refused
from relay_tui.core.model import Json
from relay_tui.core.text import visible

GROUPS = "groups"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""As an agent's."""
_PAIR = re.compile(r"([A-Za-z0-9_.-]{1,100})(:?=)(.*)", re.DOTALL)


def typed(words: Iterable[str]) -> Json:
    """A change of metadata: what is None is taken away. Raises `Refused` (invalid_request)."""
    change: Json = {}
    for word in words:
        found = _PAIR.fullmatch(word)
        if found is None:
            raise Refused("invalid_request", f"{visible(word[:60], keep='')!r} is not key=value.", _HOW)
        key, how, value = found.groups()
        if how == "=":
            change[key] = value or None
            continue
        try:
            change[key] = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise Refused("invalid_request", f"What follows {key}:= is not JSON.", _HOW) from error
    return change


_NAMES = "Use letters, digits, dots, dashes and underscores."
_HOW = 'As in: team=core, or limits:={"cpu": 2}; `key=` takes a key away.'


def shown(metadata: Json) -> list[str]:
    """As `typed` would take them, by key; groups are said elsewhere."""
    return [
        f"{key}={value}" if isinstance(value, str) else f"{key}:={json.dumps(value, ensure_ascii=False)}"
        for key, value in sorted(metadata.items())
        if key != GROUPS
    ]


def groups(metadata: Json) -> list[str]:
    found = metadata.get(GROUPS)
    return [one for one in cast("list[object]", found) if isinstance(one, str)] if isinstance(found, list) else []


def checked_groups(names: Iterable[str]) -> list[str]:
    """Each once, in order. Raises `Refused` (invalid_name)."""
    out: dict[str, str] = {}
    for name in names:
        bare = name.removeprefix("@")
        if not _NAME.fullmatch(bare):
            raise Refused("invalid_name", f"{visible(name[:60], keep='')!r} is no name for a group.", _NAMES)
        out.setdefault(bare.lower(), bare)
    return list(out.values())
