"""The way to one tmux server, kept up: the control client when it lives, libtmux while it is being reconnected."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from relay_tui.agents.tmux.backend import CALL_TIMEOUT, LibtmuxBackend, NotificationHandler
from relay_tui.agents.tmux.control import ControlBackend
from relay_tui.agents.tmux.errors import CommandFailed, TmuxError, TmuxGone
from relay_tui.agents.tmux.process import ProcessHandle

log = logging.getLogger(__name__)

_READING = frozenset({"capture-pane", "display-message", "list-panes", "list-windows", "show-options", "list-clients"})
"""Commands that change nothing, so they may be given again when the connection broke under them."""
_FIRST_RETRY, _LAST_RETRY = 0.1, 5.0


class Link:
    """A `Backend` that chooses, bound to one life of the server: when that ends, every call fails with TmuxGone."""

    def __init__(
        self,
        socket_name: str,
        session: str,
        *,
        on_notification: NotificationHandler,
        on_connect: Callable[[], Awaitable[None]],
        on_gone: Callable[[str], None],
    ) -> None:
        self.socket_name = socket_name
        self.session = session
        self.fallback = LibtmuxBackend(socket_name)
        self.identity = (0, 0)
        """Pid and start (seconds since the epoch) of the server that this link is bound to."""
        self.connected = asyncio.Event()
        """Set while a control client serves."""
        self._on_notification = on_notification
        self._on_connect = on_connect
        self._on_gone = on_gone
        self._control: ControlBackend | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._gone = ""
        self.process: ProcessHandle | None = None
        """A hold on the server's process from the moment that it said who it is."""

    @property
    def client_pid(self) -> int:
        """Process id of the control client; 0 when there is none."""
        return self._control.pid if self._control is not None else 0

    @property
    def ended(self) -> bool:
        """Whether the server that this link is bound to is known to be over, or the link was closed."""
        return bool(self._gone)

    @property
    def kind(self) -> str:
        """Which way serves now: `control` or `libtmux`."""
        return "control" if self._control is not None and self._control.alive else "libtmux"

    async def open(self, *, control: bool) -> None:
        """Bind to the server that is up now. `control=False` keeps to libtmux for good."""
        self.identity = await self._whoami()
        self.process = ProcessHandle(self.identity[0])
        if control:
            try:
                await self._connect()
            except TmuxError as error:
                log.warning("no control client, libtmux serves: %s", error)
            self._keeper = asyncio.create_task(self._keep(), name=f"tmux-link-{self.socket_name}")

    async def run(self, *args: str, replies: int = 1, timeout: float = CALL_TIMEOUT) -> list[str]:
        """Run one tmux command; see `Backend.run`."""
        self._check()
        control = self._control
        if control is not None and control.alive:
            try:
                return await control.run(*args, replies=replies, timeout=timeout)
            except TmuxGone:
                if args[0] not in _READING:
                    raise
        await self._same_server()
        return await self.fallback.run(*args, replies=replies, timeout=timeout)

    async def load_buffer(self, name: str, text: str) -> None:
        """Store `text` in a paste buffer; see `Backend.load_buffer`."""
        self._check()
        if self._control is not None and self._control.alive:
            await self._control.load_buffer(name, text)
        else:
            await self._same_server()
            await self.fallback.load_buffer(name, text)

    async def close(self) -> None:
        """Detach from the server, which lives on."""
        self._gone = self._gone or "the connection to tmux is closed"
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
            self._keeper = None
        if self._control is not None:
            await self._control.close()
        await self.fallback.close()
        if self.process is not None:
            self.process.close()

    def server_ended(self, reason: str) -> None:
        """Every later call fails; those who listen are told once."""
        if not self._gone:
            self._gone = reason
            self._on_gone(reason)

    def _check(self) -> None:
        if self._gone:
            raise TmuxGone(self._gone)

    async def _whoami(self) -> tuple[int, int]:
        answer = " ".join(await self.fallback.run("display-message", "-p", "#{pid} #{start_time}"))
        pid, _, start = answer.partition(" ")
        if not (pid.isdigit() and start.isdigit()):
            raise TmuxGone(f"tmux did not say who it is: {answer!r}")
        return int(pid), int(start)

    async def _same_server(self) -> None:
        """Raise TmuxGone unless the server on the socket is the one that this link is bound to."""
        try:
            found = await self._whoami()
        except TmuxGone as error:
            self.server_ended(f"the tmux server ended: {error}")
            raise
        if found != self.identity:
            self.server_ended("the tmux server was replaced by another one")
            self._check()

    async def _connect(self) -> None:
        self._control = await ControlBackend.open(self.socket_name, self.session, self._on_notification)
        await self._on_connect()
        self.connected.set()

    async def _keep(self) -> None:
        """Reconnect whenever the control client ends, for as long as the server lives."""
        delay = _FIRST_RETRY
        while not self._gone:
            if self._control is not None:
                reason = await self._control.closed()
                self.connected.clear()
                log.info("control client ended: %s", reason)
                await self._control.close()
                self._control = None
            try:
                await self._same_server()
                await self._connect()
                delay = _FIRST_RETRY
            except CommandFailed as error:
                log.warning("tmux refused the control client's set-up: %s", error)
            except TmuxError as error:
                if self._gone:
                    return
                log.info("control client not back yet: %s", error)
            if self._control is None:
                await asyncio.sleep(delay)
                delay = min(delay * 2, _LAST_RETRY)
