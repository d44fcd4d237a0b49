"""How the log's storage is: whether its file is whole, and whether the disk takes what is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from relay_tui.core.errors import RelayError
from relay_tui.core.signals import Signal

_OF_THE_DISK = frozenset({"storage_full", "storage_failed"})


@dataclass(slots=True)
class Health:
    tell: Callable[[Signal], None]
    damage: list[str] = field(default_factory=list[str])
    """What SQLite says is wrong with the file; empty: nothing that is known."""
    refused: RelayError | None = None
    """Why the disk took nothing when it was last tried; None: it did."""

    def damaged(self, faults: list[str]) -> None:
        self.damage = faults
        self.tell(Signal("damage", "", faults))

    def failed(self, error: RelayError) -> None:
        """A command failed; if the disk was why, that is told once."""
        if error.code in _OF_THE_DISK:
            known, self.refused = self.refused, error
            if known is None or known.code != error.code:
                self.tell(Signal("storage", ""))

    def wrote(self) -> None:
        self.refused = None
        self.tell(Signal("storage", ""))
