"""Processes that are not our children: wait for their end, and signal only the one that is meant."""

from __future__ import annotations

import asyncio
import logging
import os
import signal

log = logging.getLogger(__name__)

_TICK = 0.05
KILLED_WITHIN = 10.0
"""Seconds that the kernel may take to end a process that was killed, on a machine that has much else to do."""


class ProcessHandle:
    """A hold on one process. On Linux it is a pidfd, so a pid that was given to another process is never hit."""

    __slots__ = ("_fd", "_over", "pid")

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._fd: int | None = None
        self._over = False
        if hasattr(os, "pidfd_open"):
            try:
                self._fd = os.pidfd_open(pid)
            except ProcessLookupError:
                # Whoever gets this pid next is somebody else.
                self._over = True
            except OSError as error:
                log.debug("no pidfd of %d: %s", pid, error)

    def send(self, signal_number: signal.Signals) -> bool:
        """Send a signal; return False when the process is over."""
        if self._over:
            return False
        try:
            if self._fd is not None:
                signal.pidfd_send_signal(self._fd, signal_number)
            else:
                os.kill(self.pid, signal_number)
        except (ProcessLookupError, PermissionError):
            return False
        return True

    async def ended(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds for the end of the process; return whether it came."""
        try:
            async with asyncio.timeout(timeout):
                await (self._poll() if self._fd is None else self._readable(self._fd))
        except TimeoutError:
            return False
        return True

    async def _readable(self, fd: int) -> None:
        loop = asyncio.get_running_loop()
        over = loop.create_future()
        loop.add_reader(fd, lambda: over.done() or over.set_result(None))
        try:
            await over
        finally:
            loop.remove_reader(fd)

    async def _poll(self) -> None:
        while not self._over and is_running(self.pid):  # noqa: ASYNC110 - nobody tells of another's child here
            await asyncio.sleep(_TICK)

    def close(self) -> None:
        """Let go of the process."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


def is_running(pid: int) -> bool:
    """Whether a process has this pid now, one of another user included."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


async def end_all(handles: list[ProcessHandle], *, grace: float) -> list[int]:
    """Wait `grace` seconds for all to end by themselves, kill the rest, and return the pids that outlived even that."""
    try:
        await asyncio.gather(*(handle.ended(grace) for handle in handles))
        left = [handle for handle in handles if handle.send(signal.SIGKILL)]
        # Who is killed ends for certain, but not before what it writes to the disk is there.
        ended = await asyncio.gather(*(handle.ended(KILLED_WITHIN) for handle in left))
        return [handle.pid for handle, over in zip(left, ended, strict=True) if not over]
    finally:
        for handle in handles:
            handle.close()
