"""What the deck asks for to take in agents of the operator's own tmux; part of `Source`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(slots=True, frozen=True)
class PaneRow:
    """A pane of the operator's tmux."""

    id: str
    place: str
    """`work:1.0`"""
    program: str
    """What stands in it: `claude`, `vim`."""
    agent: bool
    """It is known to be an agent program."""
    cwd: str
    refusal: str
    """Why it cannot be taken in; empty: it can."""


class Adopting(Protocol):
    """Part of `Source`. Both raise `RelayError` with a sentence."""

    async def panes(self) -> Sequence[PaneRow]:
        """Those of the tmux that the deck runs in, else of tmux's default server; agents first."""
        ...

    async def adopt(self, name: str, pane_id: str) -> None: ...

    def adopted(self, agent_id: str) -> bool:
        """Its program ran before we came, and outlives its release."""
        ...
