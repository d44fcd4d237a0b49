"""A real terminal for a real program: a pane of a tmux server of the test's own, with every byte that the program
writes kept as it came."""

from __future__ import annotations

import itertools
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.e2e import leftovers

PATIENCE = 20.0
LOOK_EVERY = 0.03
"""Seconds between two looks at a screen: a terminal tells nobody that it has changed."""
RELAY_TUI = Path(sys.executable).with_name("relay-tui")
_numbers = itertools.count()


class Terminal:
    """One program in one pane. Made by `terminal`."""

    def __init__(self, socket: str, raw: Path) -> None:
        self.socket = socket
        self._raw = raw

    def tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-u", "-L", self.socket, "-f", "/dev/null", *arguments],
            capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
        assert done.returncode == 0, (arguments, done.stderr)
        return done.stdout

    @property
    def output(self) -> bytes:
        """What the program has written so far."""
        return self._raw.read_bytes()

    @property
    def frame(self) -> str:
        return self.tmux("capture-pane", "-p", "-t", "screen:0.0")

    @property
    def rows(self) -> list[str]:
        return self.frame.splitlines()

    @property
    def exit_code(self) -> int | None:
        """None while the program runs."""
        asked = "#{pane_dead}|#{pane_dead_status}|#{pane_dead_signal}"
        dead, code, number = self.tmux("display-message", "-p", "-t", "screen:0.0", asked).strip().split("|")
        if dead == "1" and not code and not number:
            self.tmux("run-shell", "-b", "true")  # tmux now and then misses the end of a child until it has another
        return int(code) if code else -int(number) if number else None

    def press(self, *keys: str) -> None:
        """By tmux's names: `C-n`, `Escape`, `Enter`, `j`."""
        self.tmux("send-keys", "-t", "screen:0.0", *keys)

    def type(self, text: str) -> None:
        self.tmux("send-keys", "-l", "-t", "screen:0.0", text)

    def resize(self, columns: int, rows: int) -> None:
        self.tmux("resize-window", "-t", "screen:0", "-x", str(columns), "-y", str(rows))

    def until(self, holds: Callable[[str], object], what: str = "", seconds: float = PATIENCE) -> str:
        """The first frame for which it holds."""
        deadline = time.monotonic() + seconds
        while not holds(frame := self.frame):
            if time.monotonic() > deadline or self.exit_code is not None:
                raise AssertionError(f"{what or 'what was awaited'} did not come; the screen:\n{frame}")
            time.sleep(LOOK_EVERY)
        return frame

    def until_still(self, seconds: float = 0.25) -> str:
        """The frame once nothing has been written for a moment."""
        before, since = -1, time.monotonic()
        deadline = since + PATIENCE
        while time.monotonic() - since < seconds:
            assert time.monotonic() < deadline, "the screen does not come to rest"
            now = self._raw.stat().st_size
            if now != before:
                before, since = now, time.monotonic()
            time.sleep(LOOK_EVERY)
        return self.frame

    def until_ended(self, seconds: float = PATIENCE) -> int:
        deadline = time.monotonic() + seconds
        while (code := self.exit_code) is None:
            assert time.monotonic() < deadline, f"it does not end; the screen:\n{self.frame}"
            time.sleep(LOOK_EVERY)
        return code


def environment(home: Path, **more: str) -> dict[str, str]:
    """Ours, without what would colour a run; state under `home`."""
    kept = {
        key: os.environ[key]
        for key in ("PATH", "HOME", "PYTHONPATH", "TMUX_TMPDIR", "USER", "LOGNAME")
        if key in os.environ
    }
    return {**kept, "XDG_STATE_HOME": str(home), "LANG": "C.UTF-8", "COLORTERM": "truecolor", **more}


def settings(env: Mapping[str, str]) -> list[str]:
    """For `env`: these variables, and without a size, which readline puts into the environment of a test run."""
    return ["-u", "COLUMNS", "-u", "LINES", *(f"{key}={value}" for key, value in env.items())]


@contextmanager
def terminal(
    argv: Sequence[str],
    folder: Path,
    *,
    env: Mapping[str, str],
    size: tuple[int, int] = (160, 48),
    inside: bool = False,
) -> Iterator[Terminal]:
    """Run `argv` in `folder`. `inside`: it sees that it runs in tmux. Everything is ended afterwards."""
    number = next(_numbers)
    socket = f"relay-e2e-{os.getpid()}-{number}"
    raw = folder / f"output-{number}"
    raw.touch()
    made = Terminal(socket, raw)
    hidden = [] if inside else ["-u", "TMUX", "-u", "TMUX_PANE"]
    words = ["env", *hidden, *settings(env), *argv]
    try:
        columns, rows = size
        made.tmux(
            "new-session", "-d", "-s", "screen", "-x", str(columns), "-y", str(rows), "-c", str(folder),
            # It waits for a line, so that not a byte of it is missed.
            f"stty -echo; read _; exec {shlex.join(words)}",
        )  # fmt: skip
        made.tmux("set-option", "-g", "default-terminal", "tmux-256color")
        made.tmux("set-option", "-g", "remain-on-exit", "on")
        made.tmux("set-option", "-g", "remain-on-exit-format", "")
        made.tmux("set-option", "-s", "escape-time", "0")
        made.tmux("set-option", "-g", "status", "off")
        made.tmux("set-option", "-s", "set-clipboard", "on")
        made.tmux("resize-window", "-t", "screen:0", "-x", str(columns), "-y", str(rows))
        made.tmux("pipe-pane", "-O", "-t", "screen:0.0", f"cat >> {shlex.quote(str(raw))}")
        made.press("Enter")
        yield made
    finally:
        leftovers.end_tmux(socket)
