"""The owner of one tmux server and the session in it that holds our agents.

Nothing here blocks the event loop. `close` lets go and leaves the agents running; `kill` ends a server of ours and
proves that it is gone. A `TmuxServer` is bound to one life of the server: after its end every call raises TmuxGone.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal, Self

from relay_tui.agents.tmux import paste
from relay_tui.agents.tmux.clients import end_orphans, forget, note, sign
from relay_tui.agents.tmux.errors import LaunchFailed, StalePane, TmuxError
from relay_tui.agents.tmux.launching import launch_window
from relay_tui.agents.tmux.link import Link
from relay_tui.agents.tmux.panes import (
    STATUS_FORMAT,
    WATCH_FORMAT,
    PaneIdentity,
    PaneStatus,
    parse_statuses,
)
from relay_tui.agents.tmux.process import ProcessHandle, end_all
from relay_tui.agents.tmux.setup import KEEPER, bring_up, set_options
from relay_tui.agents.tmux.stamps import STAMP_FORMAT, Stamps
from relay_tui.agents.tmux.watch import ChangeHandler, PaneWatch
from relay_tui.agents.tmux.wire import Notification

log = logging.getLogger(__name__)

HISTORY_LIMIT = 50_000
"""Lines of scrollback per pane."""
_POLL = 1.0
"""Seconds between looks while nobody tells us: without a control client."""
_TELLING = frozenset(
    {
        "subscription-changed",
        "pane-mode-changed",
        "window-add",
        "window-close",
        "unlinked-window-close",
        "layout-change",
        "window-renamed",
    }
)
_GRACE = 2.0


class TmuxServer:
    """One session on one tmux server."""

    def __init__(self, socket_name: str, session: str, *, own: bool, notes: Path | None = None) -> None:
        self._notes = notes
        self.socket_name = socket_name
        self.session = session
        self._own = own
        self._loop = asyncio.get_running_loop()
        self._watch = PaneWatch(self._look)
        self._nudged: set[str] = set()
        self.stamps = Stamps(lambda: self.link.run("list-panes", *self._scope, "-F", STAMP_FORMAT))
        self.link = Link(
            socket_name,
            session,
            on_notification=self._notified,
            on_connect=self._subscribe,
            on_gone=self._watch.server_gone,
        )
        """The way to the server, for what has no method here."""
        self._poller: asyncio.Task[None] | None = None
        self._launching = asyncio.Lock()

    @classmethod
    async def start(
        cls,
        socket_name: str,
        *,
        session: str = "relay",
        history_limit: int = HISTORY_LIMIT,
        own: bool = True,
        control: bool = True,
        notes: Path | None = None,
    ) -> Self:
        """Connect to the server on `socket_name`, bringing it up first when it is ours and not there.

        `own=False` joins a session of the user's: no global option is touched, and `kill` is refused.
        `control=False` works through libtmux alone. `notes`: where clients in a server of the user's are written down,
        for `end_noted`. Raises TmuxMissing, TmuxGone or CommandFailed.
        """
        self = cls(socket_name, session, own=own, notes=notes)
        try:
            if own:
                await bring_up(self.link.fallback, session)
            else:
                await self.link.fallback.version()
                await self.link.fallback.run("has-session", "-t", f"={session}")
            await self.link.open(control=control)
            if own:
                await set_options(self.link, history_limit=history_limit)
                await end_orphans(self.link)
        except BaseException:
            await self.link.close()
            raise
        self._poller = asyncio.create_task(self._poll(), name=f"tmux-poll-{socket_name}")
        self._watch.poke()
        return self

    @classmethod
    @contextlib.asynccontextmanager
    async def open(
        cls,
        socket_name: str,
        *,
        session: str = "relay",
        history_limit: int = HISTORY_LIMIT,
        own: bool = True,
        control: bool = True,
    ) -> AsyncIterator[Self]:
        """`start`, and `close` at the end: the agents live on."""
        self = await cls.start(socket_name, session=session, history_limit=history_limit, own=own, control=control)
        try:
            yield self
        finally:
            await self.close()

    @property
    def identity(self) -> tuple[int, int]:
        """Pid and start (seconds since the epoch) of the server."""
        return self.link.identity

    @property
    def own(self) -> bool:
        """Whether it is a server of ours. On the user's nothing is set, resized, bound or ended."""
        return self._own

    @property
    def is_here(self) -> bool:
        """Whether this is the event loop that the connection lives on."""
        return asyncio.get_running_loop() is self._loop

    def owns(self, identity: PaneIdentity) -> bool:
        """Whether the handle was made in this life of this server."""
        return (identity.socket, identity.server_pid, identity.server_start) == (
            self.socket_name,
            *self.identity,
        )

    # Telling

    def on_change(self, handler: ChangeHandler) -> Callable[[], None]:
        """Call `handler` when a pane dies, goes, changes mode, size, title or command, or when the server ends.

        Deaths and mode changes come within milliseconds, titles and commands within a second. Returns what ends it.
        """
        return self._watch.on_change(handler)

    @property
    def last(self) -> Mapping[str, PaneStatus]:
        """What was last told of each pane, by pane id; costs nothing. Its cursor is not kept up: see `statuses`."""
        return self._watch.last

    # Reading

    async def statuses(self) -> dict[str, PaneStatus]:
        """Return the status of every pane of the session but the keeper, by pane id, in one call.

        On the user's server those of all sessions: a pane that is moved to another one is still there.
        """
        lines = await self.link.run("list-panes", *self._scope, "-F", STATUS_FORMAT)
        return {pane_id: status for pane_id, status in parse_statuses(lines).items() if status.label != KEEPER}

    async def status(self, identity: PaneIdentity) -> PaneStatus:
        """Return the status of one pane; `gone` also for a handle of another life of the server."""
        found = None
        if self.owns(identity):
            # For a pane that is not there tmux answers with empty fields.
            lines = await self.link.run("display-message", "-p", "-t", identity.pane_id, STATUS_FORMAT)
            found = parse_statuses(lines).get(identity.pane_id)
        if found is None or found.pane_pid != identity.pane_pid:
            return PaneStatus(identity.pane_id, identity.window_id, label=identity.label)
        return found

    async def list_ours(self) -> list[PaneIdentity]:
        """Return a handle for every pane of the session but the keeper, dead ones included."""
        return [self._identity(status) for status in (await self.statuses()).values()]

    async def find(self, *, pane_pid: int | None = None, pane_id: str | None = None) -> PaneIdentity | None:
        """Return the handle of the pane with this program's pid, or this id; None when there is none."""
        for identity in await self.list_ours():
            if (pane_pid is None or identity.pane_pid == pane_pid) and pane_id in (None, identity.pane_id):
                return identity
        return None

    async def last_human_key(self, identity: PaneIdentity) -> int | None:
        """When a person who is attached and looks at the pane's window last pressed a key, in seconds since the
        epoch; None when nobody looks. tmux counts whole seconds, and attaching as a key.
        """
        who = "#{?client_control_mode,,#{client_activity}}|#{window_id}"
        lines = await self.link.run("list-clients", "-F", who)
        seen = [line.split("|") for line in lines]
        return max((int(at) for at, window in seen if at.isdigit() and window == identity.window_id), default=None)

    async def capture(
        self,
        identity: PaneIdentity,
        *,
        escapes: bool = False,
        join: bool = False,
        start: int | Literal["-"] | None = None,
        end: int | Literal["-"] | None = None,
    ) -> list[str]:
        """Return rows of a pane: the visible screen, or from `start` to `end` (0 is its top row, negative is
        scrollback, `"-"` the very beginning or end). `escapes` keeps colours as SGR, `join` joins wrapped lines.

        Raises StalePane for a handle of another life, CommandFailed when the pane is gone.
        """
        if not self.owns(identity):
            raise StalePane(f"pane {identity.pane_id} belonged to another tmux server")
        flags = [*(["-e"] if escapes else []), *(["-J"] if join else [])]
        if start is not None:
            flags += ["-S", str(start)]
        if end is not None:
            flags += ["-E", str(end)]
        return await self.link.run("capture-pane", "-p", *flags, "-t", identity.pane_id)

    # Acting

    async def launch(
        self,
        name: str,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        size: tuple[int, int] = (120, 40),
    ) -> PaneIdentity:
        """Start a program in a window of its own and return its handle. No shell is behind it.

        `env` is added to our own environment; TMUX and TMUX_PANE are taken out. `size` is columns, rows.
        Raises LaunchFailed when the directory or the program is not there, or the window did not come up.
        """
        async with self._launching:
            pane_id = await launch_window(self, name, argv, cwd=cwd, env=env or {}, size=size)
        found = await self.find(pane_id=pane_id)
        if found is None:
            raise LaunchFailed(f"{name} ended as soon as it had started")
        self._watch.poke()
        return found

    async def resize(self, identity: PaneIdentity, width: int, height: int) -> None:
        """Pin the size of the pane's window, in cells."""
        await self.link.run("resize-window", "-t", identity.window_id, "-x", str(width), "-y", str(height))

    async def interrupt(self, identity: PaneIdentity, key: str = "Escape") -> paste.Typed:
        """Press the key that interrupts the program: `Escape` or `C-c`, whichever it listens to."""
        return await paste.press_key(self, identity, key)

    async def signal(self, identity: PaneIdentity, signal_number: signal.Signals) -> bool:
        """Send a signal to the pane's program; False when it is already over. Its death is told by `on_change`."""
        # A hold first, the check second: the process that passes the check is the one that is held.
        process = ProcessHandle(identity.pane_pid)
        try:
            return (await self.status(identity)).state == "alive" and process.send(signal_number)
        finally:
            process.close()

    async def wait_ended(self, identity: PaneIdentity, *, timeout: float) -> PaneStatus:
        """Wait at most `timeout` seconds for the pane's program to end; return the last status, alive if it did not."""
        process = ProcessHandle(identity.pane_pid)
        try:
            status = await self.status(identity)
            if status.state == "alive" and not await process.ended(timeout):
                return status
            if status.state != "gone" and not status.exit_known:
                status = await self._reaped(identity)
            return status
        finally:
            process.close()

    async def kill(self, identity: PaneIdentity | None = None) -> None:
        """Close one pane, living or dead; without a pane, end the whole server of ours. Silent when it is gone."""
        if identity is None:
            await self._kill_server()
            return
        await paste.guarded(self, identity, ("kill-pane", "-t", identity.pane_id), allow_mode=True, allow_dead=True)
        self._watch.poke()

    async def close(self) -> None:
        """Let go of the server; agents live on. Safe to call twice."""
        if self._poller is not None:
            self._poller.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._poller
            self._poller = None
        await self._watch.close()
        await self.link.close()
        if self._notes is not None:
            forget(self._notes)

    # Inside

    @property
    def _scope(self) -> Sequence[str]:
        return ("-s", "-t", f"={self.session}:") if self._own else ("-a",)

    def _identity(self, status: PaneStatus) -> PaneIdentity:
        ids = (status.pane_id, status.window_id, status.pane_pid)
        return PaneIdentity(self.socket_name, *self.identity, *ids, status.label)

    def _notified(self, event: Notification) -> None:
        if event.name in _TELLING:
            self._watch.poke()

    async def _subscribe(self) -> None:
        await self.link.run("refresh-client", "-B", f"relay:%*:{WATCH_FORMAT}")
        if self._own:
            await sign(self.link, self.link.client_pid)
        elif self._notes is not None:
            note(self._notes, self.link.client_pid)
        self._watch.poke()

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(_POLL)
            # Of panes in other sessions of the user's the control client is told nothing.
            if self.link.kind != "control" or not self._own:
                self._watch.poke()

    async def _reaped(self, identity: PaneIdentity) -> PaneStatus:
        """tmux notices the end of a program a moment later than we do, and its exit status a moment after that."""
        status = await self.status(identity)
        for tick in range(100):
            if status.state == "gone" or status.exit_known:
                break
            if status.state == "dead" and tick % 10 == 3:
                await self._nudge()
            await asyncio.sleep(0.01)
            status = await self.status(identity)
        return status

    async def _look(self) -> dict[str, PaneStatus]:
        """`statuses` for the watch, which is poked again while tmux owes it an exit status."""
        found = await self.statuses()
        owed = {pane_id for pane_id, status in found.items() if status.state == "dead" and not status.exit_known}
        if owed - self._nudged:
            await self._nudge()
            asyncio.get_running_loop().call_later(0.05, self._watch.poke)
        self._nudged = owed
        return found

    async def _nudge(self) -> None:
        """Have tmux collect its children: it now and then misses the signal of one (1 of 30 on 3.3a), for good."""
        await self.link.run("run-shell", "-b", "true")

    async def _kill_server(self) -> None:
        if not self._own:
            raise TmuxError("this tmux server is the user's, so it is not ours to end")
        programs: list[ProcessHandle] = []
        socket: list[str] = []
        with contextlib.suppress(TmuxError):
            socket = await self.link.run("display-message", "-p", "#{socket_path}")
            # With one of these left the server would neither end nor answer.
            await end_orphans(self.link)
            # Of a dead pane only the number is left, which may be somebody else's by now.
            panes = await self.link.run("list-panes", "-a", "-F", "#{?pane_dead,,#{pane_pid}}")
            programs = [ProcessHandle(int(pid)) for pid in panes if pid.isdigit() and int(pid) != os.getpid()]
        with contextlib.suppress(TmuxError):
            await self.link.run("kill-server", timeout=_GRACE)
        server = [self.link.process] if self.link.process is not None else []
        left = await end_all([*server, *programs], grace=_GRACE)
        await self.close()
        if left:
            raise TmuxError(f"these processes outlived the end of the tmux server: {left}")
        for path in socket:
            # tmux leaves it; with the server proven gone nobody listens on it.
            await asyncio.to_thread(Path(path).unlink, missing_ok=True)
