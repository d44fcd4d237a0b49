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
TOAST_EVERY_MS = 10_000
"""Of one rule; longer than a toast stands, so that none is stacked on another of the same rule."""
TOASTS = 3
"""At most so many within that time, whatever rules there are."""
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
    _toasted: dict[str, int] = field(default_factory=dict[str, int])
    """By rule: when it was shown last, as long as that matters."""
    _untold: dict[str, tuple[int, News]] = field(default_factory=dict[str, tuple[int, News]])
    """By rule: how many notices wait to be shown, and the newest of them."""
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

    def toasts(self, news: Sequence[News]) -> list[News]:
        """The notices that are shown now, one a rule. What a rule says meanwhile is counted, and told with its next."""
        for one in news:
            if one.kind == "notice":
                count, _ = self._untold.get(one.title, (0, one))
                self._untold[one.title] = count + 1, one
        now = self.clock()
        self._toasted = {title: at for title, at in self._toasted.items() if now - at < 2 * TOAST_EVERY_MS}
        shown: list[News] = []
        for title, (count, last) in list(self._untold.items()):
            recent = [at for at in self._toasted.values() if now - at < TOAST_EVERY_MS]
            before = self._toasted.get(title)
            if len(recent) >= TOASTS or (before is not None and now - before < TOAST_EVERY_MS):
                continue
            many = f"{title}, {count} times" if count > 1 else title
            shown.append(News("notice", many if before is None else f"{count} more from {title}", last.text))
            self._toasted[title] = now
            del self._untold[title]
        return shown
