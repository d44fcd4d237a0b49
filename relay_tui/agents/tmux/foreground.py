"""Which program stands in front in a pane, and what is behind it: read from `/proc`, where there is one.

tmux gives the name of the foreground process alone. To type into a pane that we did not open, it must also be known
that it is the same process still, and whether a shell waits behind it that would run what the program does not read.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
SHELLS = frozenset(
    "sh bash dash ash zsh fish ksh mksh csh tcsh nu elvish pwsh xonsh busybox".split()  # noqa: SIM905 - read as a list
)
AGENT_PROGRAMS = ("claude", "codex", "opencode")
"""Programs that are recognised by name, each with rules of its own for its screen."""
_RUNNERS = frozenset({"node", "nodejs", "bun", "deno", "npx", "python", "python3"})


@dataclass(frozen=True, slots=True)
class Process:
    """One process of one life: a pid that was given to another one has another start."""

    pid: int
    started: int
    """Clock ticks since the machine began."""
    argv: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands in a pane at one moment."""

    front: Process | None
    """Leader of the process group that has the terminal; None: it is over, or it is somebody else's."""
    root: str
    """Name of the program that the pane was opened with."""
    root_in_front: bool


def standing(pane_pid: int) -> Standing | None:
    """What stands in the pane with this root process; None where that cannot be read (no `/proc`, or it is over)."""
    fields = _stat(pane_pid)
    if fields is None:
        return None
    group, in_front = int(fields[2]), int(fields[5])
    front = process(in_front) if in_front > 0 else None
    return Standing(front, name(pane_pid), group == in_front)


def process(pid: int) -> Process | None:
    """The process that has this pid now, or None when it is over."""
    fields = _stat(pid)
    if fields is None or fields[0] == "Z":
        return None
    try:
        words = (_PROC / str(pid) / "cmdline").read_bytes().rstrip(b"\0").split(b"\0")
    except OSError:
        return None
    return Process(pid, int(fields[19]), tuple(word.decode(errors="replace") for word in words))


def lives(one: Process) -> bool:
    """Whether it is that very process still. Without `/proc` it cannot be told from a later one of the same pid."""
    fields = _stat(one.pid)
    return fields is not None and int(fields[19]) == one.started and fields[0] != "Z"


def program_of(argv: Sequence[str]) -> str:
    """Which of `AGENT_PROGRAMS` a command line runs, also through an interpreter; empty: none of them."""
    words = list(argv)
    while words and _base(words[0]) in _RUNNERS:
        words = [word for word in words[1:] if not word.startswith("-")]
    name = _base(words[0]) if words else ""
    return name if name in AGENT_PROGRAMS else ""


def reads_commands(argv: Sequence[str]) -> bool:
    """Whether a command line is a shell that runs what is typed into its terminal: no script, no `-c`."""
    words = list(argv)
    if words and _base(words[0].removeprefix("-")) == "busybox":
        del words[0]
    if not words or _base(words[0].removeprefix("-")) not in SHELLS:
        return False
    rest = iter(words[1:])
    for word in rest:
        if not word.startswith(("-", "+")) or word in {"--command", "--commands"}:
            return False
        if not word.startswith("--") and set(word) & set("cs"):
            return "c" not in word
        if word in {"--rcfile", "--init-file"} or word[-1] in "oO":
            next(rest, "")
    return True


def shell_in_front(pane_pid: int) -> str:
    """The name of the shell in front of the pane that would run what is typed there; empty: none is seen."""
    now = standing(pane_pid)
    if now is None or now.front is None or not reads_commands(now.front.argv):
        return ""
    return name(now.front.pid)


def _base(word: str) -> str:
    # A program may write a whole title into its first word.
    name = os.path.basename(word.split(" ", 1)[0]).lower()
    return name.removesuffix(".exe").removesuffix(".js").removesuffix(".mjs")


def name(pid: int) -> str:
    """The name of a process; empty when it is over."""
    try:
        return (_PROC / str(pid) / "comm").read_text().strip()
    except OSError:
        return ""


def _stat(pid: int) -> list[str] | None:
    """The fields of `stat` from the state on: the name before them may hold anything."""
    try:
        return (_PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
