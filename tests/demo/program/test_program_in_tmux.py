"""The program in a real tmux pane, read as an observer reads it: its transcript, its screen, its bytes."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

from relay_tui.agents.tmux.process import is_running
from relay_tui.core.text import visible

pytestmark = [
    pytest.mark.tmux,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux"),
]

ROOT = Path(__file__).parents[3]
FOOT_IDLE = re.compile(r"^  idle\b")
FOOT_WORKING = re.compile(r"^  working (\d+)s · esc to interrupt(?: · (\d+) queued)?")
FOOT_WAITING = re.compile(r"^  waiting · ")
RULE = re.compile(r"^─{3}.*─{2}$")
DIALOG_MARKED = re.compile(r"^│ ❯ (\d)\. (.*?) *│$")
QUEUED = re.compile(r"^  queued  (.*)$")
HOSTILE = "[/b] [TODO] [@click=app.quit] \x1b]52;c;cHduZWQ=\x07 ‮\u200b\u200d"

T = TypeVar("T")


def until(seen: Callable[[], T | None], what: str, timeout: float = 20) -> T:
    """What `seen` returns once it is something; tmux tells nobody, so it is asked."""
    deadline = time.monotonic() + timeout
    while not (value := seen()):
        assert time.monotonic() < deadline, f"never saw {what}"
        time.sleep(0.01)
    return value


@dataclass
class Pane:
    """A program in the only pane of a tmux server of its own."""

    sockets: str
    folder: Path

    def tmux(self, *args: str, stdin: str | None = None) -> str:
        command = ["tmux", "-u", "-L", "program", "-f", "/dev/null", *args]
        environment = {**os.environ, "TMUX_TMPDIR": self.sockets}
        return subprocess.run(command, input=stdin, capture_output=True, text=True, check=True, env=environment).stdout

    def start(self, *, size: tuple[int, int] = (80, 24), after: str = "", pace: float = 1.0) -> None:
        argv = shlex.join([sys.executable, "-m", "relay_tui.demo.program", "builder"])
        environment = {"RELAY_TRANSCRIPT": "t.jsonl", "RELAY_PTY_LOG": "pty.log", "RELAY_PACE": str(pace)}
        options = [arg for key, value in environment.items() for arg in ("-e", f"{key}={value}")]
        command = f"PYTHONPATH={shlex.quote(str(ROOT))} {argv}{after}"
        width, height = map(str, size)
        session = ["new-session", "-d", "-x", width, "-y", height, "-c", str(self.folder), *options, command]
        self.tmux(*session, ";", "set", "-g", "remain-on-exit", "on", ";", "set", "-g", "escape-time", "0")
        self.state("idle")

    def end_server(self) -> None:
        """And wait until it is over: until then a new one on its socket would be told to end, too."""
        pid = int(self.tmux("display-message", "-p", "#{pid}"))
        self.tmux("kill-server")
        until(lambda: not is_running(pid), "the end of the tmux server")

    def entries(self) -> list[dict[str, Any]]:
        path = self.folder / "t.jsonl"
        lines = path.read_text().split("\n")[:-1] if path.exists() else []
        return [json.loads(line) for line in lines]

    def got(self) -> list[str]:
        return [entry["text"] for entry in self.entries() if entry["kind"] == "got"]

    def states(self) -> list[str]:
        return [entry["detail"]["state"] for entry in self.entries() if entry["kind"] == "status"]

    def state(self, name: str) -> None:
        """Wait until this is the state now."""
        until(lambda: self.states()[-1:] == [name], f"state {name}")

    def said(self, text: str) -> None:
        """Wait until this text is recorded."""
        until(lambda: any(entry["text"] == text for entry in self.entries()), f"{text!r} in the transcript")

    def rows(self) -> list[str]:
        return self.tmux("capture-pane", "-p").rstrip("\n").split("\n")

    def foot(self, shape: re.Pattern[str]) -> re.Match[str]:
        return until(lambda: shape.match(self.rows()[-1]), f"footer {shape.pattern}")

    def box(self) -> str | None:
        """What the input box holds, wrapped rows joined; None while there is no box."""
        rows = self.rows()[:-1]
        rules = [number for number, row in enumerate(rows) if RULE.match(row)]
        if len(rules) < 2 or rules[-1] != len(rows) - 1:
            return None
        return "".join(row[2:].ljust(77) for row in rows[rules[-2] + 1 : rules[-1]]).rstrip()

    def paste(self, text: str) -> None:
        self.tmux("load-buffer", "-b", "in", "-", stdin=text)
        self.tmux("paste-buffer", "-p", "-r", "-d", "-b", "in")

    def keys(self, *names: str) -> None:
        self.tmux("send-keys", *names)

    def submit(self, text: str) -> None:
        """Paste, wait for the echo of its end, then Enter."""
        self.paste(text)
        tail = "".join(visible(text).split())[-12:]
        until(lambda: "".join((self.box() or "").split()).endswith(tail), f"the echo of {tail!r}")
        self.keys("Enter")

    def ended(self) -> str:
        """Wait for the end of the program; how it ended."""
        return until(
            lambda: self.tmux("display-message", "-p", "#{?pane_dead,code #{pane_dead_status},}").strip(), "the end"
        )


@pytest.fixture
def pane(tmp_path: Path) -> Iterator[Pane]:
    # A folder of its own with a short path: a socket's path holds about a hundred characters.
    with tempfile.TemporaryDirectory(prefix="relay") as sockets:
        pane = Pane(sockets, tmp_path)
        yield pane
        with suppress(subprocess.CalledProcessError):
            pane.tmux("kill-server")


def test_it_starts_ready_then_idle_with_an_empty_box(pane: Pane) -> None:
    pane.start()
    pane.foot(FOOT_IDLE)
    assert pane.states() == ["ready", "idle"]
    assert pane.box() == ""
    assert [entry["n"] for entry in pane.entries()] == list(range(len(pane.entries())))


def test_a_paste_stands_in_the_box_until_enter_and_is_taken_once(pane: Pane) -> None:
    pane.start()
    pane.paste("hello there")
    until(lambda: pane.box() == "hello there", "the echo")
    assert pane.got() == []
    pane.keys("Enter")
    pane.said("hello there")
    pane.state("idle")
    assert pane.got() == ["hello there"]
    assert pane.states() == ["ready", "idle", "working", "idle"]
    until(lambda: pane.box() == "", "an empty box")


def test_lines_pasted_together_are_one_input(pane: Pane) -> None:
    pane.start()
    text = "first\n\n\tsecond; -x #{pane_id} $HOME `id`\nEnter\nC-c"
    pane.submit(text)
    until(lambda: pane.got() == [text], "the input")


@pytest.mark.parametrize(
    "text",
    ["x" * 100_000 + " end of one line", "a line — 日本 👍\n" * 5_000 + "the last line"],
    ids=["one line", "many lines"],
)
def test_a_hundred_kilobytes_arrive_whole(pane: Pane, text: str) -> None:
    pane.start(pace=0)
    pane.submit(text)
    until(lambda: pane.got() == [text], "the input")
    pane.state("idle")
    logged = (pane.folder / "pty.log").read_bytes()
    assert logged == b"\x1b[200~" + text.encode() + b"\x1b[201~\r"


def test_typed_keys_edit_the_draft(pane: Pane) -> None:
    pane.start()
    pane.keys("-l", "gone")
    pane.keys("C-u")
    pane.keys("-l", "héllo wrold!")
    pane.keys("C-w")
    pane.keys("-l", "world")
    pane.keys("C-j")
    pane.keys("-l", "two")
    pane.keys("BSpace")
    pane.keys("Enter")
    until(lambda: pane.got() == ["hélloworld\ntw"], "the input")
    pane.keys("Enter")
    pane.state("idle")
    assert len(pane.got()) == 1


def test_what_comes_while_busy_is_queued_and_taken_after_an_interrupt(pane: Pane) -> None:
    pane.start()
    pane.submit("work 600")
    pane.state("working")
    pane.foot(FOOT_WORKING)
    pane.submit("later")
    pane.submit("last")
    until(lambda: [m[1] for row in pane.rows() if (m := QUEUED.match(row))] == ["later", "last"], "the queue")
    assert pane.foot(FOOT_WORKING)[2] == "2"
    until(lambda: int(pane.foot(FOOT_WORKING)[1]) >= 1, "a second passing")
    assert pane.got() == ["work 600"]
    pane.keys("Escape")
    pane.state("idle")
    assert pane.got() == ["work 600", "later", "last"]
    assert [entry["detail"]["queued"] for entry in pane.entries() if entry["kind"] == "got"] == [False, True, True]
    assert pane.states() == ["ready", "idle", "working", "idle"]
    assert any(entry["detail"].get("interrupted") for entry in pane.entries())


def test_a_dialog_swallows_a_paste_and_a_blind_enter_approves(pane: Pane) -> None:
    pane.start()
    pane.submit("dialog rm -rf build/")
    pane.state("waiting")
    pane.foot(FOOT_WAITING)
    assert pane.box() is None
    assert [m.groups() for row in pane.rows() if (m := DIALOG_MARKED.match(row))] == [("1", "Yes")]
    pane.paste("a message that nobody reads")
    pane.keys("Enter")
    pane.said("Approved.")
    pane.state("idle")
    assert pane.got() == ["dialog rm -rf build/"]
    until(lambda: pane.box() == "", "an empty box")


def test_a_dialog_can_be_rejected_and_a_draft_survives_it(pane: Pane) -> None:
    pane.start()
    pane.submit("work 600")
    pane.state("working")
    pane.submit("dialog deploy?")
    pane.paste("my draft")
    until(lambda: pane.box() == "my draft", "the draft")
    pane.keys("Escape")
    pane.state("waiting")
    pane.keys("Escape")
    pane.said("Rejected.")
    pane.state("idle")
    until(lambda: pane.box() == "my draft", "the draft")


@pytest.mark.parametrize("size", [(120, 40), (44, 12)])
def test_a_resize_draws_one_box_and_the_end_of_the_transcript(pane: Pane, size: tuple[int, int]) -> None:
    pane.start()
    pane.submit("tools")
    pane.said("Keep the 3.9 shim?")
    pane.state("idle")
    pane.paste("a draft")
    until(lambda: pane.box() == "a draft", "the draft")
    columns, height = size
    pane.tmux("resize-window", "-x", str(columns), "-y", str(height))

    def redrawn() -> bool:
        rules = [row for row in pane.rows() if RULE.match(row)]
        return [len(rule) for rule in rules] == [columns, columns] and pane.box() == "a draft"

    until(redrawn, "one box of the new width")
    assert sum(row.startswith("◆ asks  Keep the 3.9 shim?") for row in pane.rows()) == 1


def test_a_fault_of_the_brain_is_recorded_and_the_program_goes_on(pane: Pane) -> None:
    pane.start()
    pane.submit("boom it broke")
    pane.said("error: RuntimeError('it broke')")
    pane.submit("still here")
    until(lambda: pane.got() == ["boom it broke", "still here"], "the next input")


def test_what_the_agent_begins_itself_is_a_turn_after_its_turn(pane: Pane) -> None:
    pane.start()
    pane.submit("begin now")
    pane.said("now")
    pane.state("idle")
    texts = [entry["text"] for entry in pane.entries() if entry["kind"] != "status"]
    assert texts[-3:] == ["begin now", "will go on by itself", "now"]


def test_nothing_but_text_colours_and_moves_is_written(pane: Pane) -> None:
    pane.start()
    pane.tmux("pipe-pane", f"cat > {shlex.quote(str(pane.folder / 'out'))}")
    pane.submit(HOSTILE)
    pane.said(HOSTILE)
    pane.state("idle")
    until(lambda: any("␛]52;c;cHduZWQ=␇ ‹U+202E›‹U+200B›‹U+200D›" in row for row in pane.rows()), "the text, spelled")
    pane.keys("C-d")
    pane.ended()
    written = (pane.folder / "out").read_bytes().decode()
    left = re.sub(r"\x1b\[(?:\d*(?:;\d+)*m|\d*[AGJ]|\?25[lh]|\?2004l)|\r\n?", "", written)
    assert not re.search(r"[\x00-\x1f\x7f-\x9f‮\u200b\u200d]", left)
    assert pane.got() == [HOSTILE]


@pytest.mark.parametrize("way", ["ctrl+d", "SIGTERM", "SIGHUP"])
def test_it_leaves_the_terminal_as_it_was_and_says_exited(pane: Pane, way: str) -> None:
    pane.start(after="; echo code $?; stty -a > stty")
    pane.submit("work 600")
    pane.state("working")
    if way == "ctrl+d":
        pane.keys("C-d")
    else:
        shell = pane.tmux("display-message", "-p", "#{pane_pid}").strip()
        child = subprocess.run(["pgrep", "-P", shell], capture_output=True, text=True, check=True).stdout
        os.kill(int(child), signal.Signals[way])
    pane.state("exited")
    assert pane.entries()[-1]["detail"] == {"state": "exited", "code": 0, "reason": way}
    pane.ended()
    assert "code 0" in pane.rows()
    assert not any(FOOT_WORKING.match(row) for row in pane.rows())
    assert not any(RULE.match(row) for row in pane.rows())
    modes = (pane.folder / "stty").read_text().replace(";", " ").split()
    assert {"icanon", "echo", "icrnl", "opost"} <= set(modes)


def test_a_pane_that_is_killed_is_recorded_as_exited(pane: Pane) -> None:
    pane.start()
    pane.tmux("new-window", "-d", "sleep 600")
    pane.tmux("kill-window", "-t", ":0")
    pane.state("exited")
    assert pane.entries()[-1]["detail"]["code"] == 0


def test_a_restart_goes_on_in_the_same_transcript(pane: Pane) -> None:
    pane.start()
    pane.keys("C-d")
    pane.ended()
    pane.end_server()
    pane.start()
    assert [entry["n"] for entry in pane.entries()] == list(range(len(pane.entries())))
    assert pane.states() == ["ready", "idle", "exited", "ready", "idle"]


def test_without_a_terminal_it_says_so(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "relay_tui.demo.program"]
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "needs a terminal" in done.stderr
    assert "Traceback" not in done.stderr
