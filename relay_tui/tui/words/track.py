"""The track of a delivery as four cells: how far it came, and what stops it there. Pure."""

from __future__ import annotations

from relay_tui.core.model import Delivery, Disposition, Reached

RUNGS = 4
SHOWN_ROWS = 6
"""Above so many recipients only those in trouble have a row."""
_STOPPED = frozenset({Disposition.FAILED, Disposition.EXPIRED, Disposition.DEAD, Disposition.CANCELLED})
_WAITS = frozenset({Disposition.DEFERRED, Disposition.HELD})


def cells_of(delivery: Delivery, faulty: bool = False) -> str:
    """The track's four cells. `faulty`: it waits, and its recipient cannot take it."""
    proven = int(delivery.reached)
    if delivery.unverified:
        proven, stop = proven - 1, "~"
    elif delivery.reached >= Reached.DELIVERED:
        stop = ""
    elif delivery.disposition in _STOPPED or faulty:
        stop = "x"
    elif delivery.disposition in _WAITS:
        stop = "="
    elif delivery.disposition == Disposition.UNCERTAIN:
        stop = "~"
    else:
        stop = ""
    return ("#" * proven + stop).ljust(RUNGS, ".")[:RUNGS]
