"""What one look at a queue has come to so far: who waits, and what goes as one."""

from __future__ import annotations

from relay_tui.core.delivery.courier import Letter
from relay_tui.core.delivery.order import Due
from relay_tui.core.model import Mode


class Sweep:
    """Lasts as long as the look."""

    def __init__(self, held: set[str]) -> None:
        self.held = held
        """Senders of whom nothing more goes now."""
        self.rung: set[str] = set()
        """Senders of whom something was announced and is not read yet."""
        self.load: list[Letter] = []
        """What goes as one."""
        self.gates: dict[Mode, str] = {}
        self.waiting = self.left = False

    def hold(self, one: Due) -> None:
        self.held.add(one.message.sender_id)
        self.waiting = True
