"""A line that is chosen from: of the palette, of a list."""

from __future__ import annotations

from relay_tui.core.record import record


@record(frozen=True)
class Entry:
    """A line of the palette. `id` is what it answers with."""

    id: str
    title: str
    key: str = ""
    note: str = ""
