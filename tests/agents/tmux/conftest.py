from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from relay_tui.agents.tmux.errors import TmuxError
from relay_tui.agents.tmux.panes import PaneIdentity, PaneStatus
from relay_tui.agents.tmux.server import TmuxServer
from relay_tui.agents.tmux.watch import PaneChange

SINK = Path(__file__).with_name("sink.py")
PATIENCE = 20.0
_numbers = itertools.count()


@pytest.fixture
def socket_name() -> Iterator[str]:
    """A tmux socket that nobody else uses."""
    name = f"relay-test-{os.getpid()}-{next(_numbers)}"
    yield name
    # A server that a test has killed cannot remove it.
    folder = Path(os.environ.get("TMUX_TMPDIR", "/tmp")) / f"tmux-{os.getuid()}"
    (folder / name).unlink(missing_ok=True)


@pytest.fixture(params=["control", "libtmux"])
def way(request: pytest.FixtureRequest) -> str:
    """The way to tmux; a test that asks for it runs over both."""
    return request.param


@pytest.fixture
async def server(socket_name: str, request: pytest.FixtureRequest) -> AsyncIterator[TmuxServer]:
    """A server of ours, over control mode unless the test runs over both ways. Gone after the test."""
    control = "way" not in request.fixturenames or request.getfixturevalue("way") == "control"
    server = await TmuxServer.start(socket_name, control=control)
    pid = server.identity[0]
    try:
        yield server
    finally:
        try:
            await server.kill()
        except TmuxError:
            # The test ended it itself.
            await server.close()
        assert not _running(pid)


def _running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@dataclass
class Sink:
    """A program in a pane, seen from its own side."""

    pane: PaneIdentity
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def got(self, size: int) -> bytes:
        """The next `size` bytes that the program read from its terminal."""
        async with asyncio.timeout(PATIENCE):
            return await self.reader.readexactly(size)

    async def expect(self, data: bytes) -> None:
        """Exactly `data` comes next."""
        got = await self.got(len(data))
        assert got == data, f"{got[:200]!r} is not {data[:200]!r}"

    async def show(self, text: str) -> None:
        """Have the program print `text`, with its escapes, and wait until tmux has it."""
        self.writer.write(f"print {text}\n".encode())
        await self.expect(b"printed")

    def exit(self, status: int) -> None:
        """Have the program end."""
        self.writer.write(f"exit {status}\n".encode())


StartSink = Callable[..., Awaitable[Sink]]


@pytest.fixture
async def start_sink(server: TmuxServer) -> AsyncIterator[StartSink]:
    """Starts sinks in panes of `server`, or of another one."""
    folder = Path(tempfile.mkdtemp(prefix="sink"))
    listeners: list[asyncio.Server] = []
    writers: list[asyncio.StreamWriter] = []

    async def start(name: str = "sink", *, on: TmuxServer | None = None, echo: bool = False) -> Sink:
        come: asyncio.Future[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Future()
        path = str(folder / str(len(listeners)))
        listeners.append(await asyncio.start_unix_server(lambda *ends: come.set_result(ends), path, limit=2**24))
        argv = [sys.executable, str(SINK), path, *(["echo"] if echo else [])]
        pane = await (on or server).launch(name, argv, cwd=folder, env={})
        async with asyncio.timeout(PATIENCE):
            sink = Sink(pane, *await come)
            writers.append(sink.writer)
            await sink.expect(b"ready")
        return sink

    yield start
    for writer in writers:
        writer.close()
    for listener in listeners:
        listener.close()
    shutil.rmtree(folder)


class Heard:
    """Changes as they were told, to be waited for."""

    def __init__(self, server: TmuxServer) -> None:
        self.all: list[PaneChange] = []
        self._queue: asyncio.Queue[PaneChange] = asyncio.Queue()
        server.on_change(self._take)

    def _take(self, change: PaneChange) -> None:
        self.all.append(change)
        self._queue.put_nowait(change)

    async def until(self, wanted: Callable[[PaneChange], bool]) -> PaneChange:
        """The first change from now on that is wanted."""
        async with asyncio.timeout(PATIENCE):
            while True:
                change = await self._queue.get()
                if wanted(change):
                    return change

    async def status(self, wanted: Callable[[PaneStatus], bool]) -> PaneStatus:
        """The first told status from now on that is wanted."""
        change = await self.until(lambda change: change.status is not None and wanted(change.status))
        assert change.status is not None
        return change.status
