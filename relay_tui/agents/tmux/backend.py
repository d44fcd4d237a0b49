"""How commands reach a tmux server: one protocol, two ways. This module has the slow, simple way over libtmux."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from relay_tui.agents.tmux.errors import CommandFailed, TmuxGone, TmuxMissing, TmuxTimeout
from relay_tui.agents.tmux.wire import Notification

if TYPE_CHECKING:
    import libtmux

CALL_TIMEOUT = 10.0
"""Seconds that one command may take before TmuxTimeout."""
OLDEST = (3, 2)
"""The first tmux with subscriptions and client flags."""
_HINT = "Try `apt install tmux` or `brew install tmux`."
"""With the sentence before it in one line of the narrowest conversation."""
_GONE = ("no server running", "server exited", "error connecting", "lost server", "no current client")

NotificationHandler = Callable[[Notification], None]


class Backend(Protocol):
    """A way to give commands to one tmux server."""

    @property
    def kind(self) -> str:
        """`control` or `libtmux`."""
        ...

    async def run(self, *args: str, replies: int = 1, timeout: float = CALL_TIMEOUT) -> list[str]:
        """Run one tmux command and return the lines it printed.

        `replies` is the number of commands that tmux runs for it: 2 for `if-shell` with one command per branch.
        Raises CommandFailed, TmuxGone or TmuxTimeout.
        """
        ...

    async def load_buffer(self, name: str, text: str) -> None:
        """Store `text` in the paste buffer `name`, out of the sight of other users of the machine."""
        ...

    async def close(self) -> None:
        """Let go of the server, which lives on. Safe to call twice."""
        ...


def socket_flags(socket: str) -> tuple[str, str]:
    """The flags by which tmux finds a server: `socket` is a name below its own folder, or a path."""
    return ("-S" if os.sep in socket else "-L", socket)


def socket_path(socket: str) -> Path:
    """Where the socket of that name is, or the path itself."""
    folder = Path(os.environ.get("TMUX_TMPDIR") or "/tmp") / f"tmux-{os.getuid()}"
    return folder / socket  # an absolute path stays as it is


def find_tmux() -> str:
    """Return the path of tmux. Raises TmuxMissing with a sentence and a hint."""
    path = shutil.which("tmux")
    if path is None:
        raise TmuxMissing("tmux is not installed.", hint=_HINT)
    return path


def check_version(answer: str) -> None:
    """Raise TmuxMissing when `answer`, what `tmux -V` says, names a version that is too old. Unnumbered builds pass."""
    match = re.search(r"(\d+)\.(\d+)", answer)
    if match and (int(match[1]), int(match[2])) < OLDEST and "openbsd" not in answer:
        raise TmuxMissing(f"{answer} is too old: relay-tui needs tmux 3.2 or newer.", hint=_HINT)


@contextlib.contextmanager
def private_file(text: str) -> Iterator[Path]:
    """A file with `text` that only this user can read, gone afterwards."""
    handle, name = tempfile.mkstemp(prefix="relay-tui-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


class LibtmuxBackend:
    """A process per command through libtmux, in threads of its own. For set-up, and while no control client is up."""

    kind = "libtmux"

    def __init__(self, socket_name: str) -> None:
        self._socket_name = socket_name
        self._tmux = find_tmux()
        self._server: libtmux.Server | None = None
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="libtmux")

    async def run(self, *args: str, replies: int = 1, timeout: float = CALL_TIMEOUT) -> list[str]:
        """Run one tmux command; see `Backend.run`."""
        loop = asyncio.get_running_loop()
        try:
            call = loop.run_in_executor(self._threads, self._call, args)
        except RuntimeError as error:
            raise TmuxGone("this connection to tmux is closed") from error
        try:
            code, out, err = await asyncio.wait_for(asyncio.shield(call), timeout)
        except TimeoutError:
            raise TmuxTimeout(f"tmux did not answer `{args[0]}` within {timeout:g} s") from None
        if code == 0 and not err:
            return out
        message = " ".join(err) or f"`{args[0]}` failed with status {code}"
        if any(word in message for word in _GONE):
            raise TmuxGone(message)
        raise CommandFailed(message)

    def _call(self, args: tuple[str, ...]) -> tuple[int, list[str], list[str]]:
        if self._server is None:
            # 53 ms to import, and most runs need it only for set-up. It reads `sys.stdout.encoding` on import, which a
            # full-screen program's stand-in for stdout need not have.
            with contextlib.redirect_stdout(sys.__stdout__):
                import libtmux

            flag, socket = socket_flags(self._socket_name)
            self._server = libtmux.Server(
                socket_name=socket if flag == "-L" else None,
                socket_path=socket if flag == "-S" else None,
                config_file="/dev/null",
                tmux_bin=self._tmux,
            )
        # `-u`: without it a tmux under a C locale prints every character beyond ASCII as `_`.
        done = self._server.cmd("-u", *map(_shield_semicolon, args))
        return done.returncode, done.stdout, done.stderr

    async def version(self) -> str:
        """Return what `tmux -V` says, `tmux 3.3a`. Raises TmuxMissing when it is too old."""
        answer = " ".join(await self.run("-V"))
        check_version(answer)
        return answer

    async def load_buffer(self, name: str, text: str) -> None:
        """Store `text` through a private file: arguments of a process can be read by everyone on the machine."""
        with private_file(text) as path:
            await self.run("load-buffer", "-b", name, str(path))

    async def close(self) -> None:
        """End the threads; a call that hangs in one is left to its process."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _shield_semicolon(argument: str) -> str:
    """A last `;` of an argument ends the command in tmux, unless a backslash stands before it."""
    return f"{argument[:-1]}\\;" if argument.endswith(";") else argument
