from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import struct
import termios
from collections.abc import AsyncIterator

import pytest

from relay_tui.agents.tmux.attach import attach_command, attach_environment, is_inside, set_banner, show
from relay_tui.agents.tmux.server import TmuxServer

from .conftest import PATIENCE, StartSink

pytestmark = pytest.mark.tmux


class Terminal:
    """A person's terminal of 100 columns."""

    def __init__(self) -> None:
        self.person, self.line = pty.openpty()
        fcntl.ioctl(self.line, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        self.drawn = b""
        self._more = asyncio.Event()
        asyncio.get_running_loop().add_reader(self.person, self._read)

    def _read(self) -> None:
        self.drawn += os.read(self.person, 65536)
        self._more.set()

    async def shows(self, text: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while text.encode() not in self.drawn:
                self._more.clear()
                await self._more.wait()

    async def attach(self, server: TmuxServer) -> asyncio.subprocess.Process:
        environment = {**attach_environment(), "TERM": "xterm"}
        return await asyncio.create_subprocess_exec(
            *attach_command(server), stdin=self.line, stdout=self.line, env=environment, start_new_session=True
        )

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self.person)
        os.close(self.person)
        os.close(self.line)


@pytest.fixture
async def terminal() -> AsyncIterator[Terminal]:
    terminal = Terminal()
    yield terminal
    terminal.close()


async def test_a_person_lands_in_the_pane_and_comes_back_without_the_agent_noticing(
    server: TmuxServer, start_sink: StartSink, terminal: Terminal
) -> None:
    wanted, other = await start_sink("wanted"), await start_sink("other")
    await wanted.show("here it is")
    await show(server, other.pane)
    await show(server, wanted.pane)
    await set_banner(server, "▲4 need you #S %H · 100%")
    client = await terminal.attach(server)
    await terminal.shows("here it is")
    await terminal.shows("need you #S %H · 100%")
    os.write(terminal.person, b"typed")
    await wanted.expect(b"typed")
    assert (await server.status(wanted.pane)).width == 120
    # Keys that come this fast would be taken for a paste.
    await server.link.run("set-option", "-g", "assume-paste-time", "0")
    os.write(terminal.person, b"\x02d")
    assert await client.wait() == 0
    assert (await server.status(wanted.pane)).state == "alive"
    # Detaching one person leaves our own connection.
    assert server.link.kind == "control"


async def test_a_person_who_is_in_another_session_of_the_server_is_brought_over(
    server: TmuxServer, start_sink: StartSink, terminal: Terminal
) -> None:
    sink = await start_sink()
    await sink.show("the agent")
    await server.link.run("new-session", "-d", "-s", "mine", "-x", "80", "-y", "24", "cat")
    client = await asyncio.create_subprocess_exec(
        *attach_command(server)[:-1], "=mine", stdin=terminal.line, stdout=terminal.line, env={"TERM": "xterm"}
    )
    await terminal.shows("[mine]")
    await show(server, sink.pane, client=os.ttyname(terminal.line))
    await terminal.shows("the agent")
    await server.link.run("detach-client", "-t", os.ttyname(terminal.line))
    await client.wait()


async def test_being_inside_the_same_server_is_known_by_its_pid(server: TmuxServer) -> None:
    pid, _ = server.identity
    assert is_inside(server, {"TMUX": f"/tmp/tmux-0/x,{pid},0"})
    assert not is_inside(server, {"TMUX": f"/tmp/tmux-0/x,{pid}1,0"})
    assert not is_inside(server, {})
