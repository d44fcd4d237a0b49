"""Which way a message takes into a session: the best that keeps its boundary, else the one that comes nearest. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from relay_tui.core.delivery.boundary import instead, nearest, urgency
from relay_tui.core.model import Mode
from relay_tui.core.session import Capabilities, Route, Way

_RANK = {route: rank for rank, route in enumerate(Route)}


@dataclass(slots=True, frozen=True)
class Choice:
    way: Way
    mode: Mode
    """The boundary that it is handed over at."""
    why: str
    """In words, for the flight recorder."""


def ways(capabilities: Capabilities) -> tuple[Way, ...]:
    """Every way in, best first."""
    main = Way(Route(capabilities.route), capabilities.boundaries)
    return tuple(sorted((main, *capabilities.others), key=lambda way: _RANK[way.route]))


def choose(capabilities: Capabilities, mode: Mode, shut: Collection[str] = ()) -> Choice:
    """`shut`: routes that were found shut just now; where all are, the best is tried again."""
    every = ways(capabilities)
    open_ = [way for way in every if way.route not in shut] or list(every)
    best = min(open_, key=lambda way: (urgency(nearest(mode, way.boundaries)), _RANK[way.route]))
    honoured = nearest(mode, best.boundaries)
    return Choice(best, honoured, _words(every, best, mode, honoured, shut))


def _words(every: Collection[Way], best: Way, mode: Mode, honoured: Mode, shut: Collection[str]) -> str:
    passed = [way.route for way in every if _RANK[way.route] < _RANK[best.route]]
    words = [f"{best.route}, at {honoured.value}{instead(mode, honoured)}"]
    words += [f"{route} is shut" if route in shut else f"{route} cannot keep {mode.value}" for route in passed]
    return "; ".join(words)
