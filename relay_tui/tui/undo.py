"""What can be taken back. Pure: a verb says how, `u` does it, the newest first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

KEPT = 20
Back = Callable[[], Awaitable[None]]


@dataclass(slots=True, frozen=True)
class Deed:
    words: str
    """What is taken back, after `undone:`."""
    back: Back
    """Raises `RelayError` where that is not possible any more."""


@dataclass(slots=True)
class Undo:
    deeds: list[Deed] = field(default_factory=list[Deed])

    def can(self, words: str, back: Back) -> None:
        """This was done just now, and `back` takes it back."""
        self.deeds = [*self.deeds, Deed(words, back)][-KEPT:]

    def last(self) -> Deed | None:
        """The newest, which is forgotten by this: what cannot be taken back now is not tried again."""
        return self.deeds.pop() if self.deeds else None
