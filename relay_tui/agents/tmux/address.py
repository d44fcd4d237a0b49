"""Where a tmux agent is, and what is done there at its end: keep the log, close the window."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from relay_tui.agents.base import AgentAddress
from relay_tui.agents.tmux.errors import StalePane, TmuxError
from relay_tui.agents.tmux.panes import PaneIdentity
from relay_tui.agents.tmux.server import TmuxServer

log = logging.getLogger(__name__)

AGENT_LOG = "agent.log"
DEFAULT_SOCKET = "default"
"""tmux's own name for the socket that `tmux` without `-L` uses."""

T = TypeVar("T")


class BlockingCall(RuntimeError):
    """A blocking method was called where an event loop runs. Its async twin does not block."""


def run_blocking(work: Callable[[], Awaitable[T]], *, twin: str) -> T:
    """Run `work` to its end on this thread. Raises BlockingCall, naming the twin, where an event loop runs."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        pass
    else:
        raise BlockingCall(f"this would stop the event loop; await `{twin}` instead")

    async def main() -> T:
        return await work()

    return asyncio.run(main())


@dataclass(frozen=True)
class TmuxAddress(AgentAddress):
    """A pane of a tmux session. Two addresses are equal when session and pane are."""

    session: str
    pane_id: str
    """`%5`"""
    identity: PaneIdentity | None = field(default=None, compare=False, repr=False)
    """Proof that the pane is still the same one. None: whatever pane has this id on tmux's default socket."""
    server: TmuxServer | None = field(default=None, compare=False, repr=False)
    """A connection to use when called on its own event loop; else one is opened for the call."""

    @property
    def label(self) -> str:
        """`session:%5`"""
        return f"{self.session}:{self.pane_id}"

    @property
    def socket_name(self) -> str:
        """`tmux -L` name of the server."""
        return self.identity.socket if self.identity is not None else DEFAULT_SOCKET

    def capture_log(self, signal_dir: Path | None = None) -> None:
        """Write the whole scrollback to `signal_dir/agent.log`; None writes nothing. Blocking; best effort.

        A log that is there stays when the pane is gone or shows nothing.
        """
        run_blocking(lambda: self.acapture_log(signal_dir), twin="acapture_log")

    def teardown(self, signal_dir: Path | None = None, keep_panes: bool = False) -> None:
        """Keep the log if there is none yet, then close the pane unless `keep_panes`. Blocking; best effort."""
        run_blocking(lambda: self.ateardown(signal_dir, keep_panes), twin="ateardown")

    async def acapture_log(self, signal_dir: Path | None = None) -> None:
        """`capture_log` without blocking the event loop."""
        if signal_dir is None:
            return
        try:
            async with self.reach() as (server, identity):
                rows = await server.capture(identity, join=True, start="-")
        except TmuxError as error:
            log.warning("no log of %s was taken: %s", self.label, error)
            return
        text = "\n".join(row.rstrip() for row in rows).rstrip()
        if not text:
            log.info("no log of %s was taken: its screen is empty", self.label)
            return
        await asyncio.to_thread(_write, signal_dir / AGENT_LOG, f"{text}\n")

    async def ateardown(self, signal_dir: Path | None = None, keep_panes: bool = False) -> None:
        """`teardown` without blocking the event loop."""
        if signal_dir is not None and not await asyncio.to_thread(_has_content, signal_dir / AGENT_LOG):
            await self.acapture_log(signal_dir)
        if keep_panes:
            return
        try:
            async with self.reach() as (server, identity):
                await server.kill(identity)
        except TmuxError as error:
            log.info("%s was not closed: %s", self.label, error)

    @contextlib.asynccontextmanager
    async def reach(self) -> AsyncIterator[tuple[TmuxServer, PaneIdentity]]:
        """A connection for this event loop, and the proven pane. Raises StalePane when it is not there any more."""
        async with self._connection() as server:
            identity = self.identity or await server.find(pane_id=self.pane_id)
            if identity is None or not server.owns(identity):
                raise StalePane(f"there is no pane {self.label} any more")
            yield server, identity

    @contextlib.asynccontextmanager
    async def _connection(self) -> AsyncIterator[TmuxServer]:
        if self.server is not None and self.server.is_here:
            yield self.server
            return
        server = await TmuxServer.start(self.socket_name, session=self.session, own=False, control=False)
        try:
            yield server
        finally:
            await server.close()


def _has_content(path: Path) -> bool:
    """An empty log counts as none."""
    return path.is_file() and path.stat().st_size > 0


def _write(path: Path, text: str) -> None:
    """Whole or not at all: readers never see half a log."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
