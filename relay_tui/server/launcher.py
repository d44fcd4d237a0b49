"""What the server asks of whoever can start programs. It knows no terminals itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from relay_tui.core.model import Agent


class Launcher(Protocol):
    """Starts, restarts and ends the programs behind agents. Everything raises `RelayError` with a sentence."""

    async def launch(self, name: str, argv: Sequence[str], cwd: Path, *, transcript: bool = False) -> Agent:
        """`transcript`: the program writes its transcript to the path in `RELAY_TRANSCRIPT`."""
        ...

    async def restart(self, agent_id: str) -> None: ...

    async def release(self, agent_id: str) -> None: ...
