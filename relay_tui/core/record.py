"""`@record`: a dataclass with slots, for the many small shapes of this program.

Python writes and compiles an `__eq__` and a `__repr__` for each dataclass that it makes, and the signature of each
without a docstring: half of what the class costs at every start, and there are hundreds. Records share one of each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform

R = TypeVar("R")


@dataclass_transform(field_specifiers=(field,))
def record(made: type[R]) -> type[R]:
    """As `dataclass(slots=True)`: equal when of one class and equal in every field that is compared; not hashable."""
    made.__doc__ = made.__doc__ or made.__name__
    shaped = dataclass(slots=True, repr=False, eq=False)(made)
    for name, shared in (("__eq__", _equal), ("__repr__", _said), ("__hash__", None)):
        if name not in shaped.__dict__:
            setattr(shaped, name, shared)
    return shaped


def _equal(one: Any, other: object) -> bool:
    if other.__class__ is not one.__class__:
        return NotImplemented
    compared = _compared(one.__class__)
    return compared(one) == compared(other)


def _said(one: Any) -> str:
    shown = ", ".join(f"{field.name}={getattr(one, field.name)!r}" for field in fields(one) if field.repr)
    return f"{one.__class__.__qualname__}({shown})"


@cache
def _compared(kind: Any) -> Callable[[object], object]:
    names = [field.name for field in fields(kind) if field.compare]
    return attrgetter(*names) if names else lambda _: ()
