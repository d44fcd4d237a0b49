"""When the operator is called: a sound and a notice of the desktop for what newly needs him, never a storm of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from relay_tui.core.clock import Clock
from relay_tui.core.text import preview
from relay_tui.tui.view.news import News
from relay_tui.tui.words.need import Need

CALLS = 3
"""Needs up to this urgency call; what is only unproven or idle can be seen when he looks."""
RING_EVERY_MS = 10_000
TOAST_EVERY_MS = 2_000
WORDS = 100


@dataclass(slots=True)
class Newness:
    """Which needs are new. What was there when the deck opened is not."""

    known: set[str] | None = None

    def of(self, needs: Sequence[Need]) -> list[News]:
        keys = {need.key for need in needs}
        before, self.known = self.known, keys if self.known is None else self.known | keys
        if before is None:
            return []
        return [
            News("need", need.name, preview(f"{need.what}: {need.line}", WORDS))
            for need in needs
            if need.key not in before and need.urgency <= CALLS
        ]


@dataclass(slots=True)
class Ringer:
    """How often there may be a sound, and a notice on the screen. Pure: time comes from the clock."""

    clock: Clock
    muted: bool = False
    _rang_at: int = -RING_EVERY_MS
    _toasted_at: int = -TOAST_EVERY_MS
    _waiting: list[News] = field(default_factory=list[News])

    def ring(self, news: Sequence[News]) -> str:
        """What is called out with the sound now; empty: nothing. What came in between is told of with the next one."""
        self._waiting += news
        now = self.clock()
        if not self._waiting or now - self._rang_at < RING_EVERY_MS:
            return ""
        first, more = self._waiting[0], len(self._waiting) - 1
        self._rang_at = now
        self._waiting.clear()
        if self.muted:
            return ""
        said = f"{first.title} {first.text}"
        return f"{said}, and {more} more" if more else said

    def toast(self, news: Sequence[News]) -> News | None:
        """The notice that is shown now, with what it stands for counted in; None: there was one just now."""
        found = [one for one in news if one.kind == "notice"]
        now = self.clock()
        if not found or now - self._toasted_at < TOAST_EVERY_MS:
            return None
        self._toasted_at = now
        last = found[-1]
        return last if len(found) == 1 else News("notice", f"{last.title}, {len(found)} times", last.text)
