"""What is asked of the programs behind agents, and of their panes; part of `Source`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol


class PaneCommand(Protocol):
    """How to stand in an agent's pane: a program to run, with its whole environment."""

    @property
    def argv(self) -> Sequence[str]: ...
    @property
    def env(self) -> Mapping[str, str]: ...
    @property
    def takes_terminal(self) -> bool:
        """It runs in our terminal until the operator leaves; else it only switches the client that we are in."""
        ...


class ProgramSource(Protocol):
    """Verbs raise `RelayError` with a sentence for the operator."""

    def pane(self, agent_id: str) -> AbstractAsyncContextManager[PaneCommand]:
        """Held while the operator is there. Raises `RelayError`: there is no pane."""
        ...

    def running(self) -> list[str]:
        """What goes on, and what does not, when the screen is left: sentences. Empty: nothing to say."""
        ...

    def has_pane(self, agent_id: str) -> bool: ...

    def folder(self) -> str:
        """Where programs are started, as the screen says it."""
        ...

    async def start_agent(self, name: str, argv: Sequence[str]) -> None:
        """Start a program in a pane, as an agent of this name."""
        ...

    async def restart(self, agent_id: str) -> None: ...

    async def release(self, agent_id: str) -> None: ...
