from __future__ import annotations

import asyncio
import random
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from relay_tui.agents.tmux.clients import end_orphans
from relay_tui.agents.tmux.control import ControlBackend
from relay_tui.agents.tmux.errors import CommandFailed, TmuxGone, TmuxTimeout
from relay_tui.agents.tmux.process import ProcessHandle
from relay_tui.agents.tmux.server import TmuxServer
from relay_tui.agents.tmux.wire import Notification

from .conftest import PATIENCE

pytestmark = pytest.mark.tmux


class Told:
    """Notifications by name, to be waited for."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Notification] = asyncio.Queue()

    def __call__(self, event: Notification) -> None:
        self._queue.put_nowait(event)

    async def until(self, name: str) -> Notification:
        async with asyncio.timeout(PATIENCE):
            while (event := await self._queue.get()).name != name:
                pass
            return event


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
async def control(server: TmuxServer, told: Told) -> AsyncIterator[ControlBackend]:
    backend = await ControlBackend.open(server.socket_name, server.session, told)
    yield backend
    await backend.close()


async def test_calls_made_together_are_answered_each_with_its_own(control: ControlBackend) -> None:
    calls = (control.run("display-message", "-p", str(n)) for n in range(500))
    assert await asyncio.gather(*calls) == [[str(n)] for n in range(500)]


async def test_calls_made_together_wake_tmux_once(control: ControlBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    pieces: list[bytes] = []
    stdin = control._stdin
    assert stdin is not None
    send = stdin.write
    monkeypatch.setattr(stdin, "write", lambda piece: (pieces.append(piece), send(piece)))
    await asyncio.gather(*(control.run("display-message", "-p", str(n)) for n in range(50)))
    assert [piece.count(b"\n") for piece in pieces] == [50]


async def test_a_refusal_says_what_tmux_says_and_the_next_call_is_answered(control: ControlBackend) -> None:
    bad, good = await asyncio.gather(
        control.run("kill-pane", "-t", "%99"), control.run("display-message", "-p", "x"), return_exceptions=True
    )
    assert isinstance(bad, CommandFailed)
    assert str(bad) == "can't find pane: %99"
    assert good == ["x"]


async def test_both_blocks_of_a_conditional_belong_to_one_call(control: ControlBackend) -> None:
    calls = []
    for condition in "01":
        calls.append(control.run("if-shell", "-F", condition, "display-message -p yes", "kill-pane -t %9", replies=2))
        calls.append(control.run("display-message", "-p", "next"))
    refused, first, yes, second = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(refused, CommandFailed)
    assert (first, yes, second) == (["next"], ["yes"], ["next"])


async def test_any_text_goes_through_quoting_unchanged(control: ControlBackend, tmp_path: Path) -> None:
    rand = random.Random(5)
    alphabet = "ab~$\\\"'`;#{}%()[]!*?-= \n\r\t\x01\x1b\x7f é日👩‍👧\u202e"
    texts = ["".join(rand.choices(alphabet, k=rand.randint(1, 30))) for _ in range(300)]
    for n, text in enumerate(texts):
        await control.run("set-buffer", "-b", "q", "--", text)
        await control.run("save-buffer", "-b", "q", str(tmp_path / str(n)))
    assert [(tmp_path / str(n)).read_bytes().decode() for n in range(300)] == texts


async def test_a_late_answer_is_not_given_to_the_next_call(server: TmuxServer, control: ControlBackend) -> None:
    # tmux answers this one at once, and the ones after it when it is released.
    await control.run("wait-for", "never")
    slow = asyncio.create_task(control.run("display-message", "-p", "late", timeout=0.05))
    later = asyncio.create_task(control.run("display-message", "-p", "mine"))
    with pytest.raises(TmuxTimeout, match="display-message"):
        await slow
    assert not later.done()
    await server.link.run("wait-for", "-S", "never")
    assert await later == ["mine"]


async def test_a_cancelled_call_keeps_its_place(control: ControlBackend) -> None:
    cancelled = asyncio.create_task(control.run("display-message", "-p", "gone"))
    await asyncio.sleep(0)
    cancelled.cancel()
    assert await control.run("display-message", "-p", "mine") == ["mine"]
    assert cancelled.cancelled()


async def test_a_lost_server_fails_every_waiting_call(server: TmuxServer, control: ControlBackend) -> None:
    # tmux answers nothing on this connection until it is released.
    await control.run("wait-for", "never")
    waiting = [asyncio.create_task(control.run("list-panes")) for _ in range(2)]
    await asyncio.sleep(0)
    process = ProcessHandle(server.identity[0])
    process.send(signal.SIGKILL)
    process.close()
    async with asyncio.timeout(PATIENCE):
        results = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(result) for result in results] == [TmuxGone, TmuxGone]
    with pytest.raises(TmuxGone):
        await control.run("list-panes")
    assert not control.alive


async def test_closing_detaches_and_twice_is_fine(server: TmuxServer, control: ControlBackend, told: Told) -> None:
    assert len(await server.link.run("list-clients")) == 2
    await control.close()
    await control.close()
    assert len(await server.link.run("list-clients")) == 1


async def test_attaching_to_nothing_is_an_error_and_not_a_hang(socket_name: str) -> None:
    with pytest.raises(TmuxGone):
        await ControlBackend.open(socket_name, "relay", lambda event: None)


OWNER = """
import asyncio, sys
from relay_tui.agents.tmux.server import TmuxServer

async def main():
    server = await TmuxServer.start(sys.argv[1])
    print(server.link.kind, server.link.client_pid, flush=True)
    if sys.argv[2:] == ["busy"]:
        for _ in range(200):
            asyncio.ensure_future(server.link.run("capture-pane", "-p", "-S", "-", "-t", "%1"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)  # asked in the first turn of the loop, sent in the second
        # From here on nobody reads what tmux writes.
        print("deaf", flush=True)
        sys.stdin.readline()
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def start_owner(server: TmuxServer, *how: str) -> tuple[asyncio.subprocess.Process, ProcessHandle]:
    owner = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", OWNER, server.socket_name, *how),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert owner.stdout is not None
    kind, _, pid = (await owner.stdout.readline()).decode().partition(" ")
    assert kind == "control"
    return owner, ProcessHandle(int(pid))


async def test_the_client_of_a_killed_owner_ends(server: TmuxServer) -> None:
    owner, client = await start_owner(server)
    owner.kill()
    await owner.wait()
    ended = await client.ended(1) or client.pid in await end_orphans(server.link)
    client.close()
    assert ended
    assert len(await server.link.run("list-clients")) == 1


async def test_a_client_that_a_killed_owner_left_with_unread_output_is_ended_by_the_next_owner(
    server: TmuxServer, tmp_path: Path
) -> None:
    pane = await server.launch("talker", ["sh", "-c", "seq 20000; exec cat"], cwd=tmp_path)
    while "20000" not in await server.capture(pane):
        pass
    owner, client = await start_owner(server, "busy")
    assert owner.stdout is not None
    assert await owner.stdout.readline() == b"deaf\n"
    assert await end_orphans(server.link) == []
    owner.kill()
    await owner.wait()
    assert not await client.ended(0.3)
    again = await TmuxServer.start(server.socket_name)
    assert await client.ended(PATIENCE)
    client.close()
    assert len(await server.link.run("list-clients")) == 2
    await again.close()
    assert not any(str(client.pid) in line for line in await server.link.run("show-options", "-s"))
