"""One owner per log file, by `flock` on a file beside it. The pid in it is information only."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from relay_tui.core.errors import WorkspaceError


class OwnerLock:
    """Held from `take` to `release`; the kernel releases it when the process dies, however it dies."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd: int | None = None

    def take(self) -> None:
        """Raises `WorkspaceError`: workspace_locked while another live process holds it, workspace_unreadable."""
        try:
            fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise WorkspaceError(
                "workspace_unreadable",
                f"{self._path} cannot be written: {error.strerror}.",
                "Check the disk, and its permissions.",
            ) from error
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(fd, 32).decode("ascii", "replace").strip() or "unknown"
            os.close(fd)
            raise WorkspaceError(
                "workspace_locked",
                f"This workspace is open in another relay-tui (process {owner}).",
                "Go to that one, or end it first.",
            ) from None
        os.ftruncate(fd, 0)
        os.pwrite(fd, str(os.getpid()).encode(), 0)
        self._fd = fd

    def release(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
