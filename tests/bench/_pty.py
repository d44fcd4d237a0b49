"""A program on a terminal of our own: when it paints what, what it answers to, what it costs."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import re
import struct
import termios
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from time import perf_counter

PATIENCE = 30.0
_ASKED_WHERE = b"\x1b[6n"
_SEQUENCE = re.compile(rb"\x1b(?:\[[0-9;?<=>]*[a-zA-Z]|\][^\x07\x1b]*(?:\x07|\x1b\\)|.)")
TICKS = os.sysconf("SC_CLK_TCK")


class Painter:
    """Made by `painter`. `begun` is the moment before the program was started, in seconds of `perf_counter`."""

    def __init__(self, master: int, pid: int, begun: float) -> None:
        self.pid = pid
        self.begun = begun
        self._master = master
        self._text = bytearray()
        self._news = asyncio.Event()
        asyncio.get_running_loop().add_reader(master, self._read)

    def press(self, keys: bytes) -> None:
        os.write(self._master, keys)

    def forget(self) -> None:
        """What was painted so far counts no more."""
        self._text.clear()

    async def shows(self, text: str) -> float:
        """Waits until it has painted `text` in one go; the moment, in seconds of `perf_counter`."""
        wanted = text.encode()
        async with asyncio.timeout(PATIENCE):
            while True:
                self._news.clear()
                # A word may be broken up by changes of colour, a letter cannot be.
                if wanted in self._text or (len(text) > 1 and wanted in _SEQUENCE.sub(b"", bytes(self._text))):
                    return perf_counter()
                await self._news.wait()

    def memory(self) -> float:
        """Resident, MiB."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def cpu(self) -> float:
        """Seconds of processor that it has used, all threads."""
        return cpu_of(self.pid)

    def _read(self) -> None:
        try:
            got = os.read(self._master, 65_536)
        except OSError:  # the program has ended
            got = b""
        if not got:
            asyncio.get_running_loop().remove_reader(self._master)
            return
        for asked in range(got.count(_ASKED_WHERE)):
            os.write(self._master, b"\x1b[1;%dR" % (2 + asked))  # a sign takes one cell, then an emoji two
        self._text += got
        del self._text[:-1_000_000]
        self._news.set()


def cpu_of(pid: int) -> float:
    """Seconds of processor, user and system, that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


@asynccontextmanager
async def painter(
    argv: Sequence[str | Path], *, folder: Path, env: Mapping[str, str], size: tuple[int, int] = (160, 48)
) -> AsyncIterator[Painter]:
    """Run `argv` in `folder` on a terminal of `size` (columns, rows). Ended by SIGTERM, then SIGKILL."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    begun = perf_counter()
    process = await asyncio.create_subprocess_exec(
        *argv, stdin=slave, stdout=slave, stderr=slave, cwd=folder, env={**plain(), **env}, start_new_session=True
    )
    os.close(slave)
    made = Painter(master, process.pid, begun)
    try:
        yield made
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(5):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
        asyncio.get_running_loop().remove_reader(master)
        os.close(master)


def plain() -> dict[str, str]:
    """Our environment as far as a program of this project needs it, and a terminal that can do what most can."""
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "USER", "LOGNAME", "TMUX_TMPDIR") if key in os.environ}
    return {**kept, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
