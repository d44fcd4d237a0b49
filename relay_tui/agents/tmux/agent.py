"""A coding agent in a tmux pane: started from a prepared command, told once to begin."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from relay_tui.agents.base import Agent, AgentConfig
from relay_tui.agents.tmux.address import DEFAULT_SOCKET, TmuxAddress, run_blocking
from relay_tui.agents.tmux.ready import CLAUDE_READY, ReadyRule, submit, wait_ready
from relay_tui.agents.tmux.server import TmuxServer

OUR_SOCKET = "relay-tui"
OUR_SESSION = "relay"


@dataclass
class TmuxAgent(Agent):
    """A live agent in a tmux pane."""

    _address: TmuxAddress
    _ready: ReadyRule = field(default=CLAUDE_READY, compare=False, repr=False)

    @property
    def address(self) -> TmuxAddress:
        """Where the agent runs."""
        return self._address

    @classmethod
    def from_config(cls, config: AgentConfig, task_id: str, worktree_path: Path, cmd: str) -> Self:
        """Start `cmd`, a shell command built by an adapter and wrapped by a sandbox, in a new window. Blocking.

        The window is named `task_id` and starts in `worktree_path`. It goes into the session that `config.environment`
        names, which must exist; with none named, into our own. The command runs as the window's own program instead of
        being typed into a shell, so a long one is not cut. Raises LaunchFailed, TmuxGone, CommandFailed or TmuxMissing.
        """
        work = cls.afrom_config
        return run_blocking(lambda: work(config, task_id, worktree_path, cmd), twin="afrom_config")

    @classmethod
    async def afrom_config(
        cls,
        config: AgentConfig,
        task_id: str,
        worktree_path: Path,
        cmd: str,
        *,
        server: TmuxServer | None = None,
        ready: ReadyRule = CLAUDE_READY,
    ) -> Self:
        """`from_config` without blocking the event loop, over `server` if given, which the agent then keeps."""
        place = config.environment
        own = not place.session
        session = place.session or OUR_SESSION
        used = server or await TmuxServer.start(
            place.socket_name or (OUR_SOCKET if own else DEFAULT_SOCKET), session=session, own=own, control=False
        )
        try:
            identity = await used.launch(
                task_id, ["/bin/sh", "-c", cmd], cwd=worktree_path, size=(place.width, place.height)
            )
        finally:
            if server is None:
                await used.close()
        return cls(TmuxAddress(used.session, identity.pane_id, identity, server), ready)

    def send_kickoff(self, instructions_path: str) -> None:
        """Wait until the agent is at its prompt, then tell it to read `instructions_path`. Blocking.

        Raises AgentNotReady, with what was seen instead, when it is not: nothing is typed blindly.
        """
        run_blocking(lambda: self.akickoff(instructions_path), twin="akickoff")

    async def akickoff(self, instructions_path: str) -> None:
        """`send_kickoff` without blocking the event loop."""
        async with self._address.reach() as (server, identity):
            await wait_ready(server, identity, self._ready)
            await submit(server, identity, f"Read {instructions_path} and follow the steps exactly.")
