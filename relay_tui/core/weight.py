"""What entries hold in memory, about: enough to bound what is kept for somebody who does not read."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import Any

from relay_tui.core.events import Entry

_FRAME = 500
"""Bytes of an entry but for its event: the record, its id, its numbers (measured)."""


class Scales:
    """Weighs a commit once, however many ask: they are handed the same sequence one after the other."""

    def __init__(self) -> None:
        self._last: tuple[Sequence[Entry], int] = ((), 0)

    def __call__(self, entries: Sequence[Entry]) -> int:
        """Bytes."""
        if self._last[0] is not entries:
            self._last = (entries, sum(map(weight, entries)))
        return self._last[1]


def weight(entry: Entry) -> int:
    event = entry.event
    return _FRAME + sum(_size(value) for value in _values(type(event))(event) if value)


def _size(value: Any) -> int:
    size = sys.getsizeof(value)
    if type(value) is dict:
        return size + sum(map(_size, value)) + sum(map(_size, value.values()))  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    if type(value) is list:
        return size + sum(map(_size, value))  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    return size


@cache
def _values(kind: type[Any]) -> Callable[[Any], tuple[Any, ...]]:
    names = [field.name for field in fields(kind)]
    if len(names) > 1:
        return attrgetter(*names)
    return lambda event: tuple(getattr(event, name) for name in names)
