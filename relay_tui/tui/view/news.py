"""What the operator is told of once."""

from __future__ import annotations

from relay_tui.core.record import record


@record(frozen=True)
class News:
    """Something that the operator has not been told of yet."""

    kind: str
    """`need`, or `notice` of a rule."""
    title: str
    text: str
