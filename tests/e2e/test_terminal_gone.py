from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .leftovers import end_tmux

pytestmark = pytest.mark.tmux
RELAY_TUI = Path(sys.executable).with_name("relay-tui")
PATIENCE = 30.0


def tmux(socket: str, *args: str) -> str:
    return subprocess.run(["tmux", "-L", socket, *args], capture_output=True, text=True, timeout=10).stdout


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait(holds: object, what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < end, what
        time.sleep(0.03)  # a terminal tells nobody that it has changed


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for the process in /proc")
def test_a_deck_whose_terminal_goes_away_ends_with_all_its_agents(tmp_path: Path) -> None:
    socket = f"relay-test-gone-{os.getpid()}"
    folder = tmp_path / "tmp"
    folder.mkdir()
    # A size in the environment would be taken for the size of the terminal.
    start = f"exec env -u COLUMNS -u LINES TMPDIR={folder} {RELAY_TUI} demo --agents 2"
    tmux(socket, "-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "36", start)
    try:
        pid = int(tmux(socket, "list-panes", "-a", "-F", "#{pane_pid}"))
        wait(lambda: "AGENTS 2" in tmux(socket, "capture-pane", "-p"), "the deck")
        tmux(socket, "kill-server")
        wait(lambda: not lives(pid), "the end of the program")
    finally:
        end_tmux(socket)
    assert list(folder.glob("relay-demo-*")) == []
