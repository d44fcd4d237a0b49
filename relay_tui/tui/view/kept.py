"""What the screen remembers over restarts, as plain records."""

from __future__ import annotations

from dataclasses import field

from relay_tui.core.record import record
from relay_tui.tui.view.letter import Drafts


@record
class Kept:
    theme: str = ""
    """Empty: as it comes."""
    last: str = ""
    """The conversation that was open."""
    pins: list[str] = field(default_factory=list[str])
    """Agent ids whose transcripts are pinned."""
    snoozed: dict[str, int] = field(default_factory=dict[str, int])
    """Until when (milliseconds, UTC), by the key of the need."""
    muted: bool = False
    """No sounds."""
    mail: dict[str, str] = field(default_factory=dict[str, str])
    """What the list of deliveries was narrowed to, by field of its filter."""
    drafts: Drafts = field(default_factory=Drafts)
