"""What the server asks of whoever can start programs. It knows no terminals itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from relay_tui.core.model import Agent, Json


class Launcher(Protocol):
    """Starts, restarts and ends the programs behind agents. Everything raises `RelayError` with a sentence."""

    async def launch(
        self, name: str, argv: Sequence[str], cwd: Path, *, transcript: bool = False, fetches: bool = False
    ) -> Agent:
        """`transcript`: the program writes its transcript to the path in `RELAY_TRANSCRIPT`. `fetches`: it reads what
        other agents say by itself, when it is told that something waits."""
        ...

    async def panes(self, socket: str, session: str) -> list[Json]:
        """The panes of a tmux server of the user's, with what stands in each. `socket` empty: the default one."""
        ...

    async def adopt(self, name: str, *, pane: str = "", socket: str = "", session: str = "") -> Agent:
        """Take in an agent that runs in one of those. `pane` empty: the only agent that there is."""
        ...

    async def place(self, agent_id: str) -> Json:
        """Where its pane is: `pane` (its identity), `session` of its tmux, and whether that server is our `own`."""
        ...

    async def restart(self, agent_id: str) -> None: ...

    async def release(self, agent_id: str) -> None: ...
