"""Which function folds which event: filled by the modules that fold, read by the projector."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from relay_tui.core import events as e
from relay_tui.core.views.state import State

E = TypeVar("E", bound=e.Event)
FOLDS: dict[type[e.Event], Callable[[State, Any, e.Entry], None]] = {}


def fold(kind: type[E]) -> Callable[[Callable[[State, E, e.Entry], None]], Callable[[State, E, e.Entry], None]]:
    """Makes a function the one that folds events of this kind."""

    def register(function: Callable[[State, E, e.Entry], None]) -> Callable[[State, E, e.Entry], None]:
        FOLDS[kind] = function
        return function

    return register
