"""One control-mode connection: commands go out as lines, replies come back in order, notifications in between.

The client is attached without output and without a say in sizes. It is always asked to detach and read to its end:
one that is left behind with nobody reading keeps a server alive that was told to die.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections import deque
from dataclasses import dataclass, field

from relay_tui.agents.tmux.backend import CALL_TIMEOUT, NotificationHandler, find_tmux, private_file, socket_flags
from relay_tui.agents.tmux.errors import CommandFailed, TmuxError, TmuxGone, TmuxTimeout
from relay_tui.agents.tmux.wire import ControlParser, Notification, Reply, command_line

log = logging.getLogger(__name__)

_INLINE_LIMIT = 64 * 1024
"""Characters that go inside a command line; more goes through a file, which costs tmux a third of the time."""
CLIENT_FLAGS = "no-output,ignore-size"
"""By these a client of ours is known among a user's processes, too."""
_DETACH_TIMEOUT = 1.0
_LAST_WORDS = 0.2
"""Seconds for the pipes to close after the process did; the server may hold an end of them."""


@dataclass(slots=True, eq=False)
class _Call:
    """A command that waits for its replies."""

    command: str
    replies: int
    answer: asyncio.Future[list[str]]
    lines: list[str] = field(default_factory=list)

    def take(self, reply: Reply) -> bool:
        """Take one reply; return whether the call is over. A refusal ends it: tmux drops what would have followed."""
        self.lines += reply.lines
        self.replies -= 1
        if reply.ok and self.replies > 0:
            return False
        if self.answer.done():
            return True
        if reply.ok:
            self.answer.set_result(self.lines)
        else:
            self.answer.set_exception(CommandFailed(" ".join(reply.lines) or f"tmux refused `{self.command}`"))
        return True


class ControlBackend(asyncio.SubprocessProtocol):
    """A `Backend` over `tmux -C attach`. Calls made together are sent together and answered in order."""

    kind = "control"

    def __init__(self, on_notification: NotificationHandler) -> None:
        self._on_notification = on_notification
        self._parser = ControlParser()
        self._calls: deque[_Call] = deque()
        self._unsent: list[str] = []
        self._transport: asyncio.SubprocessTransport | None = None
        self._attached: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._exited = asyncio.Event()
        self._reason = ""

    @classmethod
    async def open(
        cls,
        socket_name: str,
        session: str,
        on_notification: NotificationHandler,
        *,
        timeout: float = CALL_TIMEOUT,
    ) -> ControlBackend:
        """Attach to `session` of the server on `socket_name`. Raises TmuxGone, TmuxTimeout or TmuxMissing."""
        loop = asyncio.get_running_loop()
        environment = {key: value for key, value in os.environ.items() if key not in ("TMUX", "TMUX_PANE")}
        args = (
            find_tmux(),
            "-u",
            *socket_flags(socket_name),
            "-C",
            "attach-session",
            "-t",
            f"={session}",
            "-f",
            CLIENT_FLAGS,
        )
        _, self = await loop.subprocess_exec(
            # A group of its own: an interrupt key of the terminal must not reach it.
            lambda: cls(on_notification),
            *args,
            stderr=asyncio.subprocess.DEVNULL,
            env=environment,
            process_group=0,
        )
        try:
            await asyncio.wait_for(asyncio.shield(self._attached), timeout)
        except TimeoutError:
            await self.close()
            raise TmuxTimeout(f"tmux did not attach to `{session}` within {timeout:g} s") from None
        except BaseException:
            await self.close()
            raise
        return self

    @property
    def pid(self) -> int:
        """Process id of the client; 0 before it was started."""
        return (self._transport.get_pid() or 0) if self._transport is not None else 0

    @property
    def alive(self) -> bool:
        """Whether commands can be given."""
        return self._attached.done() and not self._reason and not self._exited.is_set()

    async def run(self, *args: str, replies: int = 1, timeout: float = CALL_TIMEOUT) -> list[str]:
        """Run one tmux command; see `Backend.run`."""
        return await self._send(command_line(*args), args[0], replies, timeout)

    async def load_buffer(self, name: str, text: str) -> None:
        """Store `text` in the paste buffer `name`: in the line itself, or through a private file when it is long."""
        if len(text) <= _INLINE_LIMIT:
            await self.run("set-buffer", "-b", name, "--", text)
            return
        with private_file(text) as path:
            await self.run("load-buffer", "-b", name, str(path))

    async def closed(self) -> str:
        """Wait until the connection has ended; return tmux's reason, which may be empty."""
        await self._exited.wait()
        return self._reason

    async def close(self) -> None:
        """Detach, read to the end, and only then end a client that will not go."""
        if self._transport is None:
            return
        if self.alive:
            with contextlib.suppress(TmuxError):
                await self._send("detach-client", "detach-client", 1, _DETACH_TIMEOUT)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._exited.wait(), _DETACH_TIMEOUT)
        for last in (signal.SIGTERM, signal.SIGKILL):
            if self._exited.is_set():
                break
            with contextlib.suppress(ProcessLookupError):
                self._transport.send_signal(last)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._exited.wait(), _DETACH_TIMEOUT)
        self._transport.close()

    @property
    def _stdin(self) -> asyncio.WriteTransport | None:
        """What tmux reads; None once it is closed."""
        pipe = self._transport.get_pipe_transport(0) if self._transport else None
        return pipe if isinstance(pipe, asyncio.WriteTransport) and not pipe.is_closing() else None

    async def _send(self, line: str, command: str, replies: int, timeout: float) -> list[str]:
        if not self.alive or self._stdin is None:
            raise TmuxGone(self._reason or "the connection to tmux is closed")
        call = _Call(command, replies, asyncio.get_running_loop().create_future())
        self._calls.append(call)
        if not self._unsent:
            asyncio.get_running_loop().call_soon(self._flush)
        self._unsent.append(line)
        try:
            async with asyncio.timeout(timeout):
                return await call.answer
        except TimeoutError:
            # The call keeps its place in the queue: its late reply must not answer the next one.
            raise TmuxTimeout(f"tmux did not answer `{command}` within {timeout:g} s") from None

    # What the event loop calls.

    def _flush(self) -> None:
        """Send what was asked for in this turn of the loop in one piece: each piece wakes tmux, which then looks
        through all its terminals."""
        lines, self._unsent = self._unsent, []
        stdin = self._stdin
        if stdin is None:
            self._end("the connection to tmux is closed")
        else:
            stdin.write("".join(f"{line}\n" for line in lines).encode())

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The client process was started."""
        assert isinstance(transport, asyncio.SubprocessTransport)
        self._transport = transport

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """The client wrote something."""
        for event in self._parser.feed(data):
            if isinstance(event, Reply):
                if self._calls and self._calls[0].take(event):
                    self._calls.popleft()
            else:
                self._notified(event)

    def _notified(self, event: Notification) -> None:
        if event.name == "exit":
            self._end(event.data or "detached")
            return
        if event.name == "session-changed" and not self._attached.done():
            self._attached.set_result(None)
        try:
            self._on_notification(event)
        except Exception:
            log.exception("a handler of tmux notifications failed on %s", event.name)

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        """A pipe of the client closed; without the one that we read nothing is ever answered."""
        if fd == 1:
            self._end("the control client ended")

    def process_exited(self) -> None:
        """The client process is over; what it wrote last may still be in the pipe."""
        asyncio.get_running_loop().call_later(_LAST_WORDS, self.connection_lost, None)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client process is over and its pipes are read."""
        self._end("the control client ended")
        self._exited.set()

    def _end(self, reason: str) -> None:
        self._reason = self._reason or reason
        if not self._attached.done():
            self._attached.set_exception(TmuxGone(f"tmux did not let us attach: {reason}"))
        calls, self._calls = self._calls, deque()
        for call in calls:
            if not call.answer.done():
                call.answer.set_exception(TmuxGone(f"tmux went away while `{call.command}` ran: {reason}"))
