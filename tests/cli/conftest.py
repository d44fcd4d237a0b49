"""The installed program, run as a user runs it: in a directory, with an environment, until it ends or is ended."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from relay_tui.cli.main import main

PATIENCE = 20.0
RELAY_TUI = Path(sys.executable).with_name("relay-tui")


@dataclass(slots=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """What it said on stderr; fails on a traceback, or on nothing."""
        assert "Traceback" not in self.err, self.err
        assert self.err.strip(), "it said nothing"
        return self.err


class Up:
    """A running `relay-tui up`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        assert process.stdout is not None
        self.line = process.stdout.readline()
        self.ready: dict[str, Any] = json.loads(self.line)

    @property
    def url(self) -> str:
        return self.ready["url"]

    @property
    def key(self) -> str:
        return Path(self.ready["key_file"]).read_text("ascii").strip()

    def end(self, number: signal.Signals = signal.SIGTERM, seconds: float = PATIENCE) -> Ended:
        self._process.send_signal(number)
        out, err = self._process.communicate(timeout=seconds)
        return Ended(self._process.returncode, out, err)


@dataclass(slots=True)
class Place:
    """A project, and a state home of its own."""

    project: Path
    home: Path

    def environment(self, *, path: str | None = None) -> dict[str, str]:
        kept = {
            name: os.environ[name] for name in ("HOME", "PYTHONPATH", "TMUX_TMPDIR", "TMPDIR") if name in os.environ
        }
        search = os.environ["PATH"] if path is None else path
        return {**kept, "PATH": search, "XDG_STATE_HOME": str(self.home), "LANG": "C.UTF-8", "LOGNAME": "operator"}

    def run(self, *arguments: str, path: str | None = None, given: str = "") -> Ended:
        """Until it ends by itself. `given`: its standard input; a lone surrogate is a byte that is no UTF-8."""
        done = subprocess.run(
            [RELAY_TUI, *arguments], cwd=self.project, env=self.environment(path=path), input=given,
            capture_output=True, text=True, errors="surrogateescape", timeout=PATIENCE, check=False,
        )  # fmt: skip
        return Ended(done.returncode, done.stdout, done.stderr)

    def run_in_terminal(self, *arguments: str, path: str | None = None) -> Ended:
        """The same, where it has a terminal; what it wrote there is `err`."""
        ours, its = pty.openpty()
        process = subprocess.Popen(
            [RELAY_TUI, *arguments], cwd=self.project, env=self.environment(path=path), stdin=its, stdout=its,
            stderr=its, start_new_session=True,
        )  # fmt: skip
        os.close(its)
        written = b""
        try:
            deadline = time.monotonic() + PATIENCE
            while select.select([ours], [], [], deadline - time.monotonic())[0]:
                try:
                    written += os.read(ours, 65536)
                except OSError:  # how Linux says that nobody holds the other end any more
                    break
            return Ended(process.wait(max(0.1, deadline - time.monotonic())), "", written.decode().replace("\r", ""))
        finally:
            process.kill()
            process.wait()
            os.close(ours)

    @contextmanager
    def up(self, *arguments: str) -> Iterator[Up]:
        """`relay-tui up --json`, ready; killed at the end if it has not been ended."""
        process = subprocess.Popen(
            [RELAY_TUI, "up", "--json", *arguments], cwd=self.project, env=self.environment(),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            yield Up(process)
        finally:
            if process.poll() is None:
                process.kill()
                process.communicate()

    @property
    def state(self) -> Path:
        """The only workspace's folder."""
        [found] = (self.home / "relay-tui").iterdir()
        return found

    def on_disk(self) -> dict[str, tuple[int, str]]:
        """Mode and content of every file of the project and of the state that holds anything of its own.

        The lock only tells who tried last, the search index is disposable, and what SQLite keeps beside a database to
        share it holds nothing while it is empty.
        """
        found: dict[str, tuple[int, str]] = {}
        for top in (self.project, self.home):
            for path in sorted(path for path in top.rglob("*") if not _holds_nothing(path)):
                content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
                found[str(path)] = path.stat().st_mode, content
        return found


@dataclass(slots=True)
class Inside(Place):
    """The same program called in this process: a tenth of the time, for the many ways of asking one relay."""

    capture: pytest.CaptureFixture[str]

    def run(self, *arguments: str, path: str | None = None, given: str = "") -> Ended:
        assert path is None
        typed = io.TextIOWrapper(io.BytesIO(given.encode("utf-8", "surrogateescape")), "utf-8")
        self.capture.readouterr()
        with pytest.MonkeyPatch.context() as piped:
            if given or type(sys.stdin).__module__.startswith("_pytest"):  # which cannot be read at all
                piped.setattr("sys.stdin", typed)
            code = main(arguments)
        said = self.capture.readouterr()
        return Ended(code, said.out, said.err)


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[Place], Inside]:
    """Be in that project from now on."""

    def enter(place: Place) -> Inside:
        monkeypatch.chdir(place.project)
        monkeypatch.setenv("XDG_STATE_HOME", str(place.home))
        return Inside(place.project, place.home, capsys)

    return enter


def _holds_nothing(path: Path) -> bool:
    empty_wal = path.name.endswith("-wal") and path.stat().st_size == 0
    return path.name == "log.lock" or path.name.startswith("search.db") or path.name.endswith("-shm") or empty_wal


def asked(place: Place, *words: str, given: str = "") -> Any:
    """The answer of a command that must succeed, as JSON."""
    ended = place.run(*words, "--json", given=given)
    assert ended.code == 0, ended.err
    return json.loads(ended.out)


def place_in(top: Path) -> Place:
    """A project in that folder, with a home of its own."""
    project = top / "project"
    project.mkdir()
    return Place(project, top / "home")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return place_in(tmp_path)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Place, Up]]:
    """One relay for all tests of a module."""
    place = place_in(tmp_path_factory.mktemp("running"))
    with place.up("--port", "0") as up:
        yield place, up
        up.end()
