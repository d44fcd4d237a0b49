# ruff: noqa: ASYNC240 - a test may block its own loop on a local file
from __future__ import annotations

import asyncio
import json
import os
import pty
import signal
import stat
import sys
import time
from pathlib import Path

import pytest

from relay_tui.agents.tmux import launching
from relay_tui.agents.tmux.backend import check_version
from relay_tui.agents.tmux.errors import LaunchFailed, StalePane, TmuxError, TmuxGone, TmuxMissing
from relay_tui.agents.tmux.panes import PaneIdentity
from relay_tui.agents.tmux.process import ProcessHandle, is_running
from relay_tui.agents.tmux.server import TmuxServer

from .conftest import PATIENCE, Heard, StartSink

pytestmark = pytest.mark.tmux


async def run_and_read(server: TmuxServer, code: str, cwd: Path, **options: object) -> list[str]:
    """The screen that a short Python program leaves."""
    pane = await server.launch("program", [sys.executable, "-c", code], cwd=cwd, **options)  # type: ignore[arg-type]
    assert (await server.wait_ended(pane, timeout=PATIENCE)).exit_code == 0
    return [row for row in await server.capture(pane, join=True) if row]


async def test_a_program_gets_its_directory_environment_and_size(server: TmuxServer, way: str, tmp_path: Path) -> None:
    odd = tmp_path / "a #S ;b"
    odd.mkdir()
    code = (
        "import os; print(os.getcwd()); print(os.environ['TOKEN']); print(os.get_terminal_size());"
        "print([os.environ.get(n) for n in ('TMUX', 'TMUX_PANE')], os.environ['TERM'])"
    )
    rows = await run_and_read(server, code, odd, env={"TOKEN": "s3cret é;#{pid}"}, size=(90, 20))
    assert rows == [
        str(odd),
        "s3cret é;#{pid}",
        "os.terminal_size(columns=90, lines=20)",
        "[None, None] screen-256color",
    ]


async def test_a_secret_is_seen_nowhere_but_in_the_program(
    server: TmuxServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes: list[int] = []
    write = launching._write_order

    def note(*args: object) -> Path:
        path = write(*args)  # type: ignore[arg-type]
        modes.append(stat.S_IMODE(path.stat().st_mode))
        orders.append(path)
        return path

    orders: list[Path] = []
    monkeypatch.setattr(launching, "_write_order", note)
    pane = await server.launch("agent", ["cat"], cwd=tmp_path, env={"TOKEN": "s3cret"})
    said = [
        *await server.link.run("show-environment", "-g"),
        *await server.link.run("show-environment", "-t", f"={server.session}:"),
        *await server.link.run("list-panes", "-a", "-F", "#{pane_start_command}"),
        Path(f"/proc/{pane.pane_pid}/cmdline").read_text(),
    ]
    assert not any("s3cret" in line for line in said)
    assert modes == [0o600]
    assert not any(order.exists() for order in orders)


async def test_no_shell_is_behind_the_program(server: TmuxServer, tmp_path: Path) -> None:
    pane = await server.launch("agent", ["cat", "-"], cwd=tmp_path)
    server_pid, _ = server.identity
    assert Path(f"/proc/{pane.pane_pid}/stat").read_text().rpartition(")")[2].split()[1] == str(server_pid)
    assert is_running(pane.pane_pid)


@pytest.mark.parametrize("argv", [[], [""], ["no-such-program-here"], ["./nothing"]])
async def test_what_cannot_start_leaves_no_window(server: TmuxServer, tmp_path: Path, argv: list[str]) -> None:
    with pytest.raises(LaunchFailed):
        await server.launch("agent", argv, cwd=tmp_path)
    with pytest.raises(LaunchFailed, match="no directory"):
        await server.launch("agent", ["cat"], cwd=tmp_path / "missing")
    assert await server.list_ours() == []


async def test_panes_are_found_again_by_another_owner_with_the_same_handles(
    server: TmuxServer, start_sink: StartSink
) -> None:
    first, second = await start_sink("a #S|;b"), await start_sink("-x")
    second.exit(0)
    await server.wait_ended(second.pane, timeout=PATIENCE)
    async with TmuxServer.open(server.socket_name) as other:
        assert await other.list_ours() == [first.pane, second.pane]
        assert await other.find(pane_pid=first.pane.pane_pid) == first.pane
        assert await other.find(pane_pid=1) is None
    assert first.pane.label == "a #S|;b".replace("|", "¦")
    assert PaneIdentity.from_json(json.loads(json.dumps(first.pane.to_json()))) == first.pane
    assert (await server.status(first.pane)).state == "alive"


@pytest.mark.parametrize(
    ("code", "ending"),
    [("raise SystemExit(5)", (5, None)), ("import os; os.kill(os.getpid(), 9)", (None, 9)), ("", (0, None))],
)
async def test_a_death_is_told_with_how_it_ended(
    server: TmuxServer, tmp_path: Path, code: str, ending: tuple[int | None, int | None]
) -> None:
    heard = Heard(server)
    pane = await server.launch("agent", [sys.executable, "-c", code], cwd=tmp_path)
    status = await heard.status(lambda status: status.state == "dead" and status.exit_known)
    assert (status.pane_id, status.exit_code, status.exit_signal) == (pane.pane_id, *ending)


async def test_modes_titles_and_removal_are_told(server: TmuxServer, start_sink: StartSink) -> None:
    heard = Heard(server)
    sink = await start_sink()
    await server.link.run("copy-mode", "-t", sink.pane.pane_id)
    await heard.status(lambda status: status.in_mode)
    await server.link.run("send-keys", "-t", sink.pane.pane_id, "-X", "cancel")
    await heard.status(lambda status: not status.in_mode)
    await sink.show("\\x1b]2;a|b\\x07")
    await heard.status(lambda status: status.title == "a¦b")
    await server.resize(sink.pane, 70, 15)
    await heard.status(lambda status: (status.width, status.height) == (70, 15))
    await server.kill(sink.pane)
    change = await heard.until(lambda change: change.kind == "gone")
    assert change.pane_id == sink.pane.pane_id
    assert change.before is not None
    await server.kill(sink.pane)


async def test_deaths_are_told_without_control_mode_too(socket_name: str, tmp_path: Path) -> None:
    server = await TmuxServer.start(socket_name, control=False)
    try:
        heard = Heard(server)
        await server.launch("agent", [sys.executable, "-c", ""], cwd=tmp_path)
        assert (await heard.status(lambda status: status.exit_known)).exit_code == 0
    finally:
        await server.kill()


async def test_the_end_of_the_server_is_told_and_every_call_fails_without_noise(
    server: TmuxServer, way: str, start_sink: StartSink
) -> None:
    noise: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: noise.append(context))
    sink = await start_sink()
    heard = Heard(server)
    process = ProcessHandle(server.identity[0])
    process.send(signal.SIGKILL)
    change = await heard.until(lambda change: change.kind == "server_gone")
    process.close()
    assert change.reason
    for call in (server.statuses(), server.capture(sink.pane), server.launch("x", ["cat"], cwd=Path("/"))):
        with pytest.raises(TmuxGone):
            await call
    assert server.last == {}
    assert [told.kind for told in heard.all].count("server_gone") == 1
    assert noise == []


async def test_libtmux_serves_until_the_control_client_is_back(server: TmuxServer, start_sink: StartSink) -> None:
    sink = await start_sink()
    heard = Heard(server)
    control = server.link._control
    assert control is not None
    await server.link.fallback.run("detach-client", "-s", f"={server.session}")
    async with asyncio.timeout(PATIENCE):
        await control.closed()
        assert server.link.kind == "libtmux"
        assert (await server.status(sink.pane)).state == "alive"
        await server.link.connected.wait()
    assert server.link.kind == "control"
    # And it tells again.
    await server.link.run("copy-mode", "-t", sink.pane.pane_id)
    await heard.status(lambda status: status.in_mode)


async def test_a_pane_of_another_server_is_not_captured(server: TmuxServer, way: str, start_sink: StartSink) -> None:
    await start_sink("0")
    with pytest.raises(StalePane):
        await server.capture(PaneIdentity(server.socket_name, 1, 1, "%1", "@1", 1))


async def test_scrollback_is_read_from_the_beginning_and_wrapped_lines_are_joined(
    server: TmuxServer, way: str, tmp_path: Path
) -> None:
    # It stays: tmux itself loses the end of a large output whose program ends at once.
    code = "print('\\n'.join(f'{n:03}' + 'x' * 200 for n in range(300))); input('end')"
    pane = await server.launch("agent", [sys.executable, "-c", code], cwd=tmp_path, size=(80, 24))
    while "end" not in await server.capture(pane):
        pass
    rows = await server.capture(pane, join=True, start="-")
    assert [row for row in rows if row] == [*(f"{n:03}" + "x" * 200 for n in range(300)), "end"]


async def test_release_goes_from_asking_to_killing_each_confirmed(server: TmuxServer, way: str, tmp_path: Path) -> None:
    code = (
        "import signal, sys, time\n"
        "for s in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP): signal.signal(s, signal.SIG_IGN)\n"
        "print('up', flush=True)\n"
        "while True: time.sleep(60)\n"
    )
    heard = Heard(server)
    pane = await server.launch("stubborn", [sys.executable, "-u", "-c", code], cwd=tmp_path)
    while "up" not in await server.capture(pane):
        pass
    assert (await server.interrupt(pane, "C-c")).done
    assert await server.signal(pane, signal.SIGTERM)
    assert (await server.wait_ended(pane, timeout=0.2)).state == "alive"
    assert await server.signal(pane, signal.SIGKILL)
    assert (await server.wait_ended(pane, timeout=PATIENCE)).exit_signal == 9
    assert not await server.signal(pane, signal.SIGKILL)
    await heard.status(lambda status: status.exit_signal == 9)
    await server.kill(pane)
    assert (await server.status(pane)).state == "gone"


async def test_the_server_outlives_its_last_agent_and_its_owner(server: TmuxServer, start_sink: StartSink) -> None:
    sink = await start_sink()
    other = await TmuxServer.start(server.socket_name)
    await other.close()
    await other.close()
    with pytest.raises(TmuxGone):
        await other.statuses()
    await server.kill(sink.pane)
    assert await server.list_ours() == []


async def test_killing_the_server_ends_even_programs_that_ignore_hangups(socket_name: str, tmp_path: Path) -> None:
    server = await TmuxServer.start(socket_name)
    code = "import signal, time; signal.signal(signal.SIGHUP, signal.SIG_IGN); print('up', flush=True); time.sleep(999)"
    pane = await server.launch("deaf", [sys.executable, "-c", code], cwd=tmp_path)
    while "up" not in await server.capture(pane):
        pass
    process, owner = ProcessHandle(pane.pane_pid), ProcessHandle(server.identity[0])
    await server.kill()
    assert await process.ended(0.5)
    assert await owner.ended(0.5)
    process.close()
    owner.close()


async def test_a_session_of_the_users_is_joined_and_never_ended(server: TmuxServer, tmp_path: Path) -> None:
    await server.link.run("new-session", "-d", "-s", "mine", "-x", "80", "-y", "24", "cat")
    before = await server.link.run("show-options", "-g")
    async with TmuxServer.open(server.socket_name, session="mine", own=False) as mine:
        pane = await mine.launch("guest", ["cat"], cwd=tmp_path)
        assert pane in await mine.list_ours()
        with pytest.raises(TmuxError, match="not ours"):
            await mine.kill()
    assert await server.link.run("show-options", "-g") == before
    with pytest.raises(TmuxError):
        await TmuxServer.start(server.socket_name, session="nobody", own=False)


async def test_a_person_at_the_pane_is_noticed_and_other_clients_are_not(
    server: TmuxServer, start_sink: StartSink
) -> None:
    watched, other = await start_sink(), await start_sink()
    assert await server.last_human_key(watched.pane) is None
    person, terminal = pty.openpty()
    try:
        await server.link.run("select-window", "-t", watched.pane.window_id)
        client = await asyncio.create_subprocess_exec(
            *("tmux", "-L", server.socket_name, "attach-session", "-t", f"={server.session}"),
            stdin=terminal,
            stdout=terminal,
            env={**os.environ, "TERM": "xterm"},
        )
        os.write(person, b"k")
        # Attached and read: the key has come through.
        await watched.expect(b"k")
        noticed = await server.last_human_key(watched.pane)
        assert noticed is not None
        assert abs(noticed - time.time()) < PATIENCE
        assert await server.last_human_key(other.pane) is None
        assert (await server.status(watched.pane)).width == 120
        await server.link.run("detach-client", "-s", f"={server.session}")
        await client.wait()
    finally:
        os.close(person)
        os.close(terminal)


async def test_a_handler_that_fails_does_not_silence_the_others(server: TmuxServer, tmp_path: Path) -> None:
    def broken(change: object) -> None:
        raise ValueError

    server.on_change(broken)
    heard = Heard(server)
    await server.launch("agent", ["cat"], cwd=tmp_path)
    await heard.status(lambda status: status.state == "alive")


async def test_without_tmux_the_error_says_what_to_do(socket_name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    with pytest.raises(TmuxMissing, match="not installed") as caught:
        await TmuxServer.start(socket_name)
    assert "install" in caught.value.hint


@pytest.mark.parametrize("answer", ["tmux 3.1c", "tmux 2.9a"])
def test_a_tmux_that_is_too_old_is_refused(answer: str) -> None:
    with pytest.raises(TmuxMissing, match="too old"):
        check_version(answer)


@pytest.mark.parametrize("answer", ["tmux 3.2", "tmux 3.3a", "tmux next-3.6", "tmux master", "tmux openbsd-7.0"])
def test_every_other_tmux_is_taken(answer: str) -> None:
    check_version(answer)
