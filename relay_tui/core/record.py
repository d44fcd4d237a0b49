"""`@record`: a dataclass with slots, for the many small shapes of this program.

Python writes and compiles an `__eq__` and a `__repr__` for each dataclass that it makes, and the signature of each
without a docstring: half of what the class costs at every start, and there are hundreds. Records share one of each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform, overload

R = TypeVar("R")


@overload
@dataclass_transform(field_specifiers=(field,))
def record(made: type[R]) -> type[R]: ...
@overload
@dataclass_transform(field_specifiers=(field,))
def record(*, frozen: bool) -> Callable[[type[R]], type[R]]: ...
def record(made: type[R] | None = None, *, frozen: bool = False) -> type[R] | Callable[[type[R]], type[R]]:
    """As `dataclass(slots=True)`: equal when of one class and equal in every field that is compared; hashed by the same
    fields if it is frozen, else not."""
    return _shaped(made, frozen) if made is not None else lambda made: _shaped(made, frozen)


def _shaped(made: type[R], frozen: bool) -> type[R]:
    made.__doc__ = made.__doc__ or made.__name__
    shaped = dataclass(slots=True, frozen=frozen, repr=False, eq=False)(made)
    for name, shared in (("__eq__", _equal), ("__repr__", _said), ("__hash__", _hash if frozen else None)):
        if name not in shaped.__dict__:
            setattr(shaped, name, shared)
    return shaped


def _equal(one: Any, other: object) -> bool:
    if other.__class__ is not one.__class__:
        return NotImplemented
    compared = _compared(one.__class__)
    return compared(one) == compared(other)


def _hash(one: Any) -> int:
    return hash(_hashed(one.__class__)(one))


def _said(one: Any) -> str:
    shown = ", ".join(f"{field.name}={getattr(one, field.name)!r}" for field in fields(one) if field.repr)
    return f"{one.__class__.__qualname__}({shown})"


@cache
def _compared(kind: Any) -> Callable[[object], object]:
    return _values([field.name for field in fields(kind) if field.compare])


@cache
def _hashed(kind: Any) -> Callable[[object], object]:
    return _values([field.name for field in fields(kind) if (field.compare if field.hash is None else field.hash)])


def _values(names: list[str]) -> Callable[[object], object]:
    return attrgetter(*names) if names else lambda _: ()
