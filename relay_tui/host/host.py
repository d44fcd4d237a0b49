"""The composition root: one relay with its server, its terminals and its operator, for the deck and for `up` alike."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from relay_tui.agents.tmux.errors import TmuxError, TmuxMissing
from relay_tui.core.clock import Clock, system_clock
from relay_tui.core.errors import RelayError
from relay_tui.core.events import Entry
from relay_tui.core.model import Agent, Caller, Source
from relay_tui.core.policy.rules import Policy
from relay_tui.core.relay import KEY_NAME, Relay
from relay_tui.host import operator as operators
from relay_tui.host.programs import Programs
from relay_tui.host.workspace import WorkspaceFile
from relay_tui.server.serve import Server

if TYPE_CHECKING:
    from relay_tui.agents.harnesses.spec import AgentSpec
    from relay_tui.agents.tmux.panes import PaneIdentity
    from relay_tui.agents.tmux.screen import Row
    from relay_tui.core.session import TranscriptEntry
    from relay_tui.host.pane import OpenPane
    from relay_tui.host.terminals import Terminals

PORT_FILE = "port"
logger = logging.getLogger(__name__)


class Host:
    """Made by `Host.open`. Serving is a step of its own, so that a screen can be painted before the web stack loads."""

    def __init__(self, relay: Relay, workspace: WorkspaceFile, operator: Agent) -> None:
        self.relay = relay
        self.workspace = workspace
        self.operator = Caller(operator.id, Source.TUI)
        self.server_url: str | None = None
        self._operator = operator
        self._server = Server()
        self.programs = Programs(relay, self._found_terminals)
        """Starts and ends programs by name and command line."""
        self._serving, self._finding = asyncio.Lock(), asyncio.Lock()
        self._found = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._unfollow = relay.on_commit(self._committed)

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        workspace: WorkspaceFile,
        *,
        operator: str | None = None,
        clock: Clock = system_clock,
        policy: Policy | None = None,
    ) -> AsyncGenerator[Host, None]:
        """Open the workspace and find its running agents again. Raises `WorkspaceError`.

        At the end agents live on; what has no living program any more (our tmux server) is ended.
        """
        async with Relay.open(workspace.state_dir, name=workspace.name, clock=clock, policy=policy) as relay:
            host = cls(relay, workspace, await operators.sign_in(relay, operator))
            try:
                await operators.join_everywhere(relay, host._operator)
                yield host
            finally:
                await host._close()

    @cached_property
    def _terminals(self) -> Terminals:
        from relay_tui.host.terminals import Terminals  # tmux, harnesses, watching files: 20 ms

        return Terminals(self.relay, self.workspace.state_dir, self.workspace.tmux_socket, self._base_url)

    @property
    def _terminals_if_any(self) -> Terminals | None:
        """None: no agent has been looked for or launched yet."""
        return self.__dict__.get("_terminals")

    async def serve(self, port: int | None = None, *, end: Callable[[], None] | None = None) -> str:
        """Answer on loopback and give the URL. `end`: ends this relay for `relay-tui down`; None: it has a screen.

        `port` None: the one this workspace had before, or a free one the first time; 0: a free one; else exactly that
        one. Raises `RelayError` (port_taken). Once it answers, asking again only gives the URL.
        """
        async with self._serving:
            return self.server_url or await self._serve(port, end)

    async def _serve(self, port: int | None, end: Callable[[], None] | None) -> str:
        wanted = self._remembered_port() if port is None else port
        await self._server.start(self.relay, operator=self.operator, port=wanted, launcher=self.programs, end=end)
        self.server_url = self._server.url
        (self.workspace.state_dir / PORT_FILE).write_text(f"{self._server.port}\n", "ascii")
        return self._server.url

    async def find_agents(self) -> None:
        """Find the programs again that run behind the agents of the log, and follow them from now on."""
        async with self._finding:
            if not self._found:
                await asyncio.to_thread(import_module, "relay_tui.host.terminals")
                await self._terminals.start()
                self._found = True

    async def _found_terminals(self) -> Terminals:
        await self.find_agents()
        return self._terminals

    @property
    def key_file(self) -> Path:
        return self.workspace.state_dir / KEY_NAME

    @property
    def tmux_missing(self) -> TmuxMissing | None:
        """Why there are no panes; None while nothing is known to be wrong."""
        terminals = self._terminals_if_any
        return terminals.missing if terminals else None

    async def launch(self, spec: AgentSpec) -> Agent:
        """See `Terminals.launch`."""
        return await self._terminals.launch(spec)

    async def restart(self, agent_id: str) -> None:
        """See `Programs.restart`."""
        await self.programs.restart(agent_id)

    async def release(self, agent_id: str) -> None:
        """See `Programs.release`."""
        await self.programs.release(agent_id)

    async def end_all_agents(self) -> None:
        """End every program that runs in a pane of this workspace, and its tmux server."""
        await self._terminals.kill_all()

    def pane(self, agent_id: str) -> PaneIdentity | None:
        terminals = self._terminals_if_any
        session = terminals.session(agent_id) if terminals else None
        return session.pane if session else None

    async def capture(self, agent_id: str) -> Sequence[Row]:
        """The visible screen of an agent's pane; empty when there is none."""
        return await self._terminals.capture(agent_id)

    async def turn(
        self, agent_id: str, offset: int, taken: Callable[[TranscriptEntry], bool]
    ) -> Sequence[TranscriptEntry]:
        """What stands in an agent's transcript around its first entry behind byte `offset` that is `taken`.

        Empty: there is none, or the agent keeps no transcript here. Its program need not run any more.
        """
        from relay_tui.agents.transcripts.terminal import turn_in  # not for the first paint

        path = self.workspace.state_dir / "transcripts" / f"{agent_id}.jsonl"
        return await asyncio.to_thread(turn_in, path, offset, taken)

    @asynccontextmanager
    async def open_pane(self, agent_id: str, note: str = "relay") -> AsyncIterator[OpenPane]:
        """What to run to stand in an agent's pane. Raises `RelayError` (no_pane)."""
        from relay_tui.host.pane import opened

        session = self._terminals.session(agent_id)
        if session is None:
            raise RelayError("no_pane", "There is no pane behind that agent.", "It runs elsewhere, or not at all.")
        try:
            async with opened(session.server, session.pane, note) as command:
                yield command
        except TmuxError as error:
            raise RelayError("no_pane", f"The pane cannot be opened: {error}.", error.hint) from error

    def _base_url(self) -> str:
        if self.server_url is None:
            raise RelayError("not_serving", "The relay is not answering yet, so an agent could not reach it.")
        return self.server_url

    def _remembered_port(self) -> int:
        try:
            return int((self.workspace.state_dir / PORT_FILE).read_text("ascii"))
        except (OSError, ValueError):
            return 0

    def _committed(self, entries: Sequence[Entry]) -> None:
        if operators.new_channels(entries):
            task = asyncio.create_task(operators.join_everywhere(self.relay, self._operator))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _close(self) -> None:
        self._unfollow()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.stop()
        # Before the panes are let go: a message that is being typed is typed to its end.
        await self.relay.sessions.close()
        if (terminals := self._terminals_if_any) is not None:
            await terminals.close()
