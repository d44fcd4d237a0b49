"""`relay-tui demo` for real: tmux, processes, a relay; and that nothing of it is left."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.tmux,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux"),
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="finds processes in /proc"),
]


@dataclass
class Place:
    """Temporary folders of one run; whatever process it starts has their name in its environment."""

    root: Path

    @property
    def environment(self) -> dict[str, str]:
        return {
            **{name: value for name, value in os.environ.items() if name != "TMUX"},
            "TMPDIR": str(self.root / "tmp"),
            "TMUX_TMPDIR": str(self.root / "sockets"),
            "XDG_STATE_HOME": str(self.root / "state"),
            "XDG_RUNTIME_DIR": str(self.root / "run"),
        }

    def start(self, *options: str, **more: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "relay_tui", "demo", "--headless", *options]
        return subprocess.Popen(
            command, env=self.environment | more, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def run(self, *options: str, **more: str) -> tuple[int, str, str]:
        process = self.start(*options, **more)
        out, err = process.communicate(timeout=90)
        return process.returncode, out, err

    def processes(self) -> dict[int, str]:
        """Command lines by pid."""
        found: dict[int, str] = {}
        for folder in Path("/proc").iterdir():
            try:
                if folder.name.isdigit() and str(self.root) in (folder / "environ").read_text("utf-8", "replace"):
                    found[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ")
            except OSError:
                continue
        return found

    def left(self) -> list[str]:
        """Whatever is left of a run: processes, sockets, folders."""
        files = [str(path) for path in self.root.rglob("*") if not (path.is_dir() and path.parent == self.root)]
        # tmux keeps the folder of its sockets.
        return [*self.processes().values(), *(f for f in files if f != str(self.root / f"sockets/tmux-{os.getuid()}"))]


@pytest.fixture
def place() -> Iterator[Place]:
    # Not pytest's own folder: a socket's path has to be short.
    with tempfile.TemporaryDirectory(prefix="demo-test-") as folder:
        place = Place(Path(folder))
        for name in ("tmp", "sockets", "state", "run"):
            (place.root / name).mkdir(mode=0o700)
        yield place


class Screen:
    """The demo on a terminal of its own, whose output is read and dropped."""

    def __init__(self, place: Place, *options: str) -> None:
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
        self.before = termios.tcgetattr(self.slave)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "relay_tui", "demo", *options],
            env=place.environment | {"TERM": "xterm-256color"},
            text=True,
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._drain, daemon=True)
        self._reader.start()

    def press(self, keys: bytes) -> None:
        os.write(self.master, keys)

    def ended(self) -> int:
        """The exit code; asserts that the terminal is as it was."""
        code = self.process.wait(20)
        assert termios.tcgetattr(self.slave)[:4] == self.before[:4]
        os.close(self.slave)
        self._reader.join(5)
        os.close(self.master)
        return code

    def _drain(self) -> None:
        with suppress(OSError):
            while os.read(self.master, 65536):
                pass


def until_running(place: Place, process: subprocess.Popen[str], agents: int) -> list[int]:
    """Wait for this many agents; nobody tells, so it is looked for."""
    deadline = time.monotonic() + 30
    while len(found := [pid for pid, line in place.processes().items() if "relay_tui.demo.agent" in line]) < agents:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def test_a_run_proves_every_delivery_and_leaves_nothing(place: Place) -> None:
    code, out, err = place.run("--seconds", "14", "--json")
    report = json.loads(out.splitlines()[-1])
    assert (code, err) == (0, "")
    assert list(report) == ["agents", "messages", "deliveries", "unproven", "approvals", "errors", "seconds"]
    assert report["agents"] == 5
    assert report["messages"] >= 8
    assert report["unproven"] == 0
    assert report["errors"] == 0
    assert report["approvals"] >= 1
    assert set(report["deliveries"]) <= {"delivered", "acknowledged", "answered"}
    assert place.left() == []


def test_the_count_is_said_in_words_without_json(place: Place) -> None:
    code, out, _ = place.run("--seconds", "1", "--agents", "2", "--seed", "5")
    assert code == 0
    assert out.startswith("2 agents, ")
    assert place.left() == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_in_the_middle_ends_everything(place: Place, number: signal.Signals) -> None:
    process = place.start("--seconds", "60")
    until_running(place, process, 5)
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (128 + number, "", "")
    assert place.left() == []


@pytest.mark.parametrize("agents", [0, 1, 3])
def test_a_signal_while_agents_are_being_started_ends_everything(place: Place, agents: int) -> None:
    process = place.start("--seconds", "60", "--agents", "5")
    if agents:
        until_running(place, process, agents)
    else:
        while not list((place.root / "tmp").iterdir()) and process.poll() is None:
            time.sleep(0.005)
    process.terminate()
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (128 + signal.SIGTERM, "", "")
    assert place.left() == []


def test_a_second_signal_does_not_leave_anything_behind(place: Place) -> None:
    process = place.start("--seconds", "60")
    until_running(place, process, 5)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode in {128 + signal.SIGINT, 128 + signal.SIGTERM}
    assert place.left() == []


def test_what_a_killed_demo_left_is_swept_away_by_the_next_one(place: Place) -> None:
    process = place.start("--seconds", "60")
    orphans = until_running(place, process, 5)
    process.kill()
    process.communicate(timeout=20)
    assert set(orphans) <= set(place.processes())
    (folder,) = (place.root / "tmp").iterdir()
    code, out, _ = place.run("--seconds", "1", "--agents", "1")
    assert (code, folder.exists()) == (0, True), "a folder that is this new may belong to a demo that is just starting"
    os.utime(folder, (0, 0))
    code, out, _ = place.run("--seconds", "1", "--agents", "1")
    assert (code, out[:8]) == (0, "1 agents")
    assert place.left() == []


def test_an_agent_that_was_killed_is_no_fault_of_the_deliveries(place: Place) -> None:
    process = place.start("--seconds", "6", "--json")
    os.kill(until_running(place, process, 5)[-1], signal.SIGKILL)
    out, _ = process.communicate(timeout=60)
    report = json.loads(out.splitlines()[-1])
    assert report["unproven"] == 0
    assert sum(report["deliveries"].values()) > sum(
        report["deliveries"].get(word, 0) for word in ("delivered", "answered")
    )
    assert place.left() == []


def test_a_signal_closes_the_screen_and_leaves_nothing(place: Place) -> None:
    screen = Screen(place)
    until_running(place, screen.process, 5)
    screen.process.terminate()
    assert screen.ended() == 128 + signal.SIGTERM
    assert place.left() == []


def test_quitting_the_screen_leaves_nothing(place: Place) -> None:
    screen = Screen(place, "--agents", "2")
    until_running(place, screen.process, 2)
    while screen.process.poll() is None:
        screen.press(b"\x11")
        time.sleep(0.3)  # a key counts twice only as two presses
    assert screen.ended() == 0
    assert place.left() == []


def test_the_screen_closes_when_its_time_is_up(place: Place) -> None:
    screen = Screen(place, "--agents", "1", "--seconds", "2")
    assert screen.ended() == 0
    assert place.left() == []


def test_without_tmux_it_says_so_and_how_to_get_it(place: Place) -> None:
    code, out, err = place.run(PATH=str(place.root / "run"))
    assert (code, out) == (3, "")
    assert "tmux is not installed" in err
    assert "Traceback" not in err
    assert place.left() == []


def test_a_port_that_is_taken_is_a_sentence_and_leaves_nothing(place: Place) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, _, err = place.run("--port", str(taken.getsockname()[1]))
    assert code == 3
    assert "is taken" in err
    assert "Traceback" not in err
    assert place.left() == []


@pytest.mark.parametrize(
    "options", [("--agents", "0"), ("--agents", "x"), ("--seconds", "-1"), ("--seconds", "nan"), ("--port", "1e9")]
)
def test_wrong_options_are_told_at_once(place: Place, options: tuple[str, str]) -> None:
    code, out, err = place.run(*options)
    assert (code, out) == (2, "")
    assert options[0] in err
    assert place.left() == []


def test_help_loads_neither_the_screen_nor_the_core() -> None:
    program = (
        "import sys\n"
        "from relay_tui.cli.main import main\n"
        "code = main(['demo', '--help'])\n"
        "heavy = {'textual', 'pydantic', 'starlette', 'aiohttp', 'libtmux', 'aiosqlite', 'websockets'}\n"
        "sys.exit(1 if heavy & set(sys.modules) or code else 0)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
