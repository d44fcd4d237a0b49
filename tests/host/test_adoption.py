"""Agents that run in the user's own tmux: taken in, typed to, let go, found again, lost; nothing there is changed."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from relay_tui.agents.harnesses import framing, terminal
from relay_tui.agents.harnesses.adopted import AdoptedSession
from relay_tui.agents.harnesses.spec import ScreenRules
from relay_tui.agents.tmux.backend import socket_path
from relay_tui.core import commands as c
from relay_tui.core.delivery import courier
from relay_tui.core.errors import RelayError
from relay_tui.core.model import Agent, Delivery, Message, Reached, State
from relay_tui.core.text import visible
from relay_tui.demo.faults import RECORD_ENV
from relay_tui.host import Host

from .conftest import PATIENCE, RULES, Site, reached, state, until
from .test_gates import PAYLOADS

pytestmark = [
    pytest.mark.tmux,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads the processes of a pane in /proc"),
]
_numbers = itertools.count()
PROGRAM = [sys.executable, "-m", "relay_tui.demo.program", "guest"]
SHELLS = {"bash": ["bash", "--norc", "--noprofile", "-i"], "dash": ["dash", "-i"], "": []}


@dataclass
class Users:
    """A tmux server as a user has one: nothing of ours is set in it."""

    folder: Path
    socket: str
    opened: int = field(default=0)

    def tmux(self, *args: str) -> str:
        done = subprocess.run(["tmux", "-L", self.socket, *args], capture_output=True, text=True, timeout=10)
        return done.stdout.rstrip("\n")

    def open(self, shell: str = "bash", **more: str) -> str:
        """A window with that shell, in which the agent was started; the pane's id. Without a shell: the agent alone."""
        env = shlex.join(
            ["env", *(f"{name}={value}" for name, value in {"RELAY_PACE": "0.2", "PS1": "$ ", **more}.items())]
        )
        command = f"{env} {shlex.join(SHELLS[shell] or PROGRAM)}"
        flags = ("-d", "-P", "-F", "#{pane_id}", "-c", str(self.folder))
        if self.opened == 0:
            pane = self.tmux("-f", "/dev/null", "new-session", *flags, "-s", "work", "-x", "100", "-y", "40", command)
        else:
            pane = self.tmux("new-window", *flags, "-t", "=work:", command)
        self.opened += 1
        if shell:
            self.tmux("send-keys", "-t", pane, "-l", shlex.join(PROGRAM))
            self.tmux("send-keys", "-t", pane, "Enter")
        return pane

    async def ready(self, pane: str, text: str = "idle") -> None:
        """Wait until the pane shows that."""
        await self._says(text, "capture-pane", "-p", "-t", pane)

    async def front(self, pane: str, command: str) -> None:
        """Wait until that is in the foreground of the pane."""
        await self._says(command, "display-message", "-p", "-t", pane, "#{pane_current_command}")

    async def _says(self, text: str, *args: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while text not in await asyncio.to_thread(self.tmux, *args):  # noqa: ASYNC110
                await asyncio.sleep(0.03)  # a terminal tells nobody that it has changed

    def settings(self) -> str:
        """All that can be set in a tmux, and every size."""
        return "\n".join(
            [
                *(
                    self.tmux("show-options", *flags)
                    for flags in (("-s",), ("-g",), ("-gw",), ("-t", "work:"), ("-w",))
                ),
                self.tmux("list-keys"),
                self.tmux("list-panes", "-a", "-F", "#{pane_id} #{pane_width}x#{pane_height} #{window_layout}"),
                self.tmux("list-windows", "-a", "-F", "#{window_id} #{window_active}"),
                self.tmux("list-buffers"),
            ]
        )


@pytest.fixture
async def users(tmp_path: Path) -> AsyncIterator[Users]:
    users = Users(tmp_path, f"relay-test-users-{os.getpid()}-{next(_numbers)}")
    yield users
    await asyncio.to_thread(users.tmux, "kill-server")
    socket_path(users.socket).unlink(missing_ok=True)


@pytest.fixture
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    """The scripted program's screen is known, as those of the real ones are."""
    monkeypatch.setattr(ScreenRules, "of", classmethod(lambda cls, program: RULES))


async def adopt(host: Host, users: Users, pane: str, name: str = "guest") -> Agent:
    return await host.programs.adopt(name, pane=pane, socket=users.socket)


async def say(host: Host, text: str, to: str = "@guest") -> Message:
    return await host.relay.execute(c.SendMessage(to=to, text=text), host.operator)


async def deferred(host: Host, message: Message, agent: Agent, reason: str) -> Delivery:
    async def look() -> Delivery | None:
        found = await host.relay.queries.delivery(message.id, agent.id)
        return found if found is not None and reason in found.reason else None

    return await until(host, look)


@pytest.mark.usefixtures("_known")
@pytest.mark.parametrize("shell", ["bash", ""])
async def test_an_agent_in_the_users_tmux_is_taken_in_typed_to_and_let_go_and_nothing_there_changes(
    host: Host, users: Users, shell: str
) -> None:
    pane = users.open(shell)
    await users.ready(pane)
    before = users.settings()
    screen = users.tmux("capture-pane", "-p", "-t", pane)
    agent = await adopt(host, users, pane)
    await state(host, agent, State.IDLE)
    assert users.tmux("capture-pane", "-p", "-t", pane) == screen, "adopting typed something"
    message = await say(host, "one\ntwo; touch /nonexistent")
    delivery = await reached(host, message, agent, Reached.ACCEPTED)
    assert (delivery.route, delivery.attempts) == ("typed", 1)
    await users.ready(pane, "ne ⏎ two" if shell else "two;")
    await host.release(agent.id)
    session = (await host.relay.queries.sessions())[agent.id]
    assert (session.state, session.detail) == (
        State.EXITED, "released by the operator; its program goes on in its pane",
    )  # fmt: skip
    assert users.tmux("display-message", "-p", "-t", pane, "#{pane_current_command}").startswith("python")
    assert users.settings() == before
    with pytest.raises(RelayError) as caught:
        await host.restart(agent.id)
    assert caught.value.code == "not_restartable"


@pytest.mark.usefixtures("_known")
async def test_while_a_shell_is_in_front_of_an_adopted_agent_nothing_is_typed(host: Host, users: Users) -> None:
    pane = users.open()
    await users.ready(pane)
    agent = await adopt(host, users, pane)
    await state(host, agent, State.IDLE)
    pid = session_of(host, agent).adopted.pid
    os.kill(pid, signal.SIGSTOP)  # as ctrl+z does
    await state(host, agent, State.BLOCKED)
    message = await say(host, "not now")
    waits = await deferred(host, message, agent, "bash is in the foreground of its pane, not python")
    assert waits.attempts == 0
    assert "not now" not in users.tmux("capture-pane", "-p", "-t", pane)
    os.kill(pid, signal.SIGKILL)
    await state(host, agent, State.EXITED)

    async def queued() -> bool:
        found = await host.relay.queries.delivery(message.id, agent.id)
        return found is not None and (found.word, found.attempts) == ("queued", 0)

    await until(host, queued)


def session_of(host: Host, agent: Agent) -> AdoptedSession:
    session = host.relay.sessions.get(agent.id)
    assert isinstance(session, AdoptedSession)
    return session


@pytest.mark.usefixtures("_known")
async def test_an_adopted_agent_that_ends_leaves_its_mail_queued_and_is_adopted_again(host: Host, users: Users) -> None:
    pane = users.open()
    await users.ready(pane)
    agent = await adopt(host, users, pane)
    await state(host, agent, State.IDLE)
    os.kill(session_of(host, agent).adopted.pid, signal.SIGKILL)
    await state(host, agent, State.EXITED)
    message = await say(host, "when you are back")
    await until(host, lambda: host.relay.queries.delivery(message.id, agent.id))
    await users.front(pane, "bash")
    with pytest.raises(RelayError) as caught:
        await adopt(host, users, pane)
    assert (caught.value.code, "bash is in the foreground" in caught.value.message) == ("not_adoptable", True)
    users.tmux("send-keys", "-t", pane, "-l", shlex.join(PROGRAM))
    users.tmux("send-keys", "-t", pane, "Enter")
    # What the one that was killed showed last stands there until then.
    await users.front(pane, "python")
    await users.ready(pane)
    again = await adopt(host, users, pane)
    assert again.id == agent.id
    delivery = await reached(host, message, agent, Reached.ACCEPTED)
    assert (delivery.generation, delivery.attempts) == (2, 1)


@pytest.mark.usefixtures("_known")
async def test_after_a_restart_of_the_relay_an_adopted_agent_is_found_again_or_said_to_be_lost(
    site: Site, users: Users
) -> None:
    kept, ended, closed = users.open(), users.open(), users.open("")
    for pane in (kept, ended, closed):
        await users.ready(pane)
    async with site.open() as host:
        agents = [
            await adopt(host, users, pane, name)
            for pane, name in ((kept, "kept"), (ended, "ended"), (closed, "closed"))
        ]
        for agent in agents:
            await state(host, agent, State.IDLE)
        program = session_of(host, agents[1]).adopted.pid
    os.kill(program, signal.SIGKILL)
    users.tmux("kill-pane", "-t", closed)
    users.tmux("rename-session", "-t", "work", "elsewhere")
    async with site.open() as host:
        sessions = await host.relay.queries.sessions()
        assert sessions[agents[0].id].generation == 1
        await state(host, agents[0], State.IDLE)
        assert "had ended when the relay came back" in sessions[agents[1].id].detail
        assert (sessions[agents[2].id].state, sessions[agents[2].id].detail) == (
            State.LOST, "its pane was gone when the relay came back",
        )  # fmt: skip
        message = await say(host, "still there?", "@kept")
        await reached(host, message, agents[0], Reached.ACCEPTED)


@pytest.mark.usefixtures("_known")
async def test_when_the_users_tmux_dies_its_agents_are_lost_within_two_seconds_and_a_reused_pane_id_gets_nothing(
    host: Host, users: Users
) -> None:
    pane = users.open()
    await users.ready(pane)
    agent = await adopt(host, users, pane)
    await state(host, agent, State.IDLE)
    users.tmux("kill-server")
    users.opened = 0
    began = time.monotonic()
    await state(host, agent, State.LOST)
    assert time.monotonic() - began < 2
    assert users.open() == pane, "a new server gives the same ids again"
    await users.ready(pane)
    message = await say(host, "into the wrong pane?")
    await until(host, lambda: host.relay.queries.delivery(message.id, agent.id))
    screen = users.tmux("capture-pane", "-p", "-t", pane)
    assert "wrong pane" not in screen
    found = await host.relay.queries.delivery(message.id, agent.id)
    assert found is not None
    assert (found.word, found.attempts) == ("queued", 0)
    # The new server's agent is another program, so it is taken in anew; what waited goes to it then.
    await adopt(host, users, pane)
    delivery = await reached(host, message, agent, Reached.ACCEPTED)
    assert (delivery.generation, delivery.attempts) == (2, 1)


@pytest.mark.usefixtures("_known")
@pytest.mark.parametrize("shell", ["bash", "dash"])
async def test_an_adopted_program_receives_exactly_the_sanitised_text_in_one_line_and_its_shell_nothing(
    host: Host, users: Users, shell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nothing can prove these, so nothing is waited for between them.
    monkeypatch.setattr(courier, "PROOF_BEFORE_NEXT", 0.0)
    monkeypatch.setattr(terminal, "LOOK_EVERY", 0.05)
    record = users.folder / "record"
    pane = users.open(shell, RELAY_PACE="0.01", **{RECORD_ENV: str(record)})
    await users.ready(pane)
    agent = await adopt(host, users, pane)
    await state(host, agent, State.IDLE)
    for text in PAYLOADS:
        message = await say(host, text)
        delivery = await reached(host, message, agent, Reached.ACCEPTED)
        assert delivery.attempts == 1, (text[:40], delivery.how, delivery.reason)
        await state(host, agent, State.IDLE)
    lines = [json.loads(line) for line in record.read_text("utf-8").splitlines()]
    taken = [framing.parse(line["text"]) for line in lines if line["what"] == "submitted"]
    assert [framed and framed.text for framed in taken] == [
        visible(text).replace("\n", framing.LINE_END) for text in PAYLOADS
    ]
    assert not (users.folder / "x").exists()
    history = users.tmux("capture-pane", "-p", "-S", "-", "-t", pane)
    assert "not found" not in history, "its shell took something for a command"


async def test_what_a_killed_relay_left_in_the_users_tmux_is_ended_at_the_next_start(site: Site, users: Users) -> None:
    users.open("")
    over = await asyncio.create_subprocess_exec("true")
    await over.wait()
    words = f"tmux -L {users.socket} -C attach-session -t =work -f no-output,ignore-size".split()
    pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    left = await asyncio.create_subprocess_exec(*words, stdin=pipe, stdout=nothing)
    stranger = await asyncio.create_subprocess_exec("sleep", "60")
    notes = site.workspace.state_dir / "tmux-clients"
    notes.mkdir(parents=True)
    for one in (left, stranger):
        (notes / str(one.pid)).write_text(str(over.pid), "ascii")
    async with site.open():
        async with asyncio.timeout(PATIENCE):
            assert await left.wait() == -signal.SIGKILL
        assert list(notes.iterdir()) == []
        assert stranger.returncode is None
    stranger.kill()
    await stranger.wait()


async def test_opening_an_adopted_pane_changes_nothing_but_which_window_is_looked_at(host: Host, users: Users) -> None:
    users.open("")
    pane = users.open("")
    await users.ready(pane)
    before = users.settings()
    agent = await adopt(host, users, pane)
    async with host.open_pane(agent.id) as opened:
        assert opened.takes_terminal
        assert list(opened.argv)[1:] == [
            "-u", "-S", str(socket_path(users.socket)), "attach-session", "-t", "=work",
        ]  # fmt: skip
    users.tmux("select-window", "-t", "work:0")
    assert users.settings() == before


async def test_the_panes_of_a_tmux_are_listed_with_what_stands_in_them_and_why_it_cannot_be_taken_in(
    host: Host, users: Users
) -> None:
    running, idle = users.open(), users.open()
    await users.ready(running)
    await users.ready(idle)
    users.tmux("send-keys", "-t", idle, "C-c")
    users.tmux("send-keys", "-t", idle, "C-d")
    await users.front(idle, "bash")
    agent = await adopt(host, users, running)
    rows = {row["pane_id"]: row for row in await host.programs.panes(users.socket, "")}
    assert rows[running]["refusal"] == "it is an agent here already"
    assert rows[idle]["refusal"] == "bash is in the foreground: no agent runs there"
    assert (rows[running]["shell"], rows[running]["place"]) == ("bash", "work:0.0")
    assert await host.programs.panes(users.socket, "play") == []
    for pane, code in (("%99", "pane_not_found"), (running, "not_adoptable"), ("", "choose_pane")):
        with pytest.raises(RelayError) as caught:
            await adopt(host, users, pane, "another")
        assert caught.value.code == code
    with pytest.raises(RelayError) as caught:
        await adopt(host, users, running)
    assert caught.value.code == "agent_running"
    with pytest.raises(RelayError) as caught:
        await host.programs.adopt("another", socket="relay-test-nobody-there")
    assert caught.value.code == "tmux_not_running"
    assert await host.relay.queries.agent("another") is None, "nobody is registered for what is refused"
    assert agent.name == "guest"
