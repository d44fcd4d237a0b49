"""Which program stands in front in a pane, and what is behind it: read from `/proc`, where there is one.

tmux gives the name of the foreground process alone. To type into a pane that we did not open, it must also be known
that it is the same process still, and whether a shell waits behind it that would run what the program does not read.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

_PROC = "/proc"
_ROOM = 64 * 1024
"""Bytes of a command line that are read: what it runs stands at its beginning."""
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
    name: str = ""
    """As the kernel has it."""


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
    root = _stat(pane_pid)
    if root is None:
        return None
    leader = root if root.in_front == pane_pid else _stat(root.in_front) if root.in_front > 0 else None
    return Standing(_of(leader), root.name, root.group == root.in_front)


def displaced(one: Process, pane_pid: int) -> str:
    """The name of what has the foreground of the pane in the place of `one`; empty: nothing has, or `one` is over."""
    root = _stat(pane_pid)
    if root is None or root.in_front in (one.pid, 0, -1) or not lives(one):
        return ""
    front = _stat(root.in_front)
    return front.name if front is not None and front.state != "Z" else ""


def process(pid: int) -> Process | None:
    """The process that has this pid now, or None when it is over."""
    return _of(_stat(pid))


def lives(one: Process) -> bool:
    """Whether it is that very process still. Without `/proc` it cannot be told from a later one of the same pid."""
    now = _stat(one.pid)
    return now is not None and now.started == one.started and now.state != "Z"


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
    return now.front.name


def _base(word: str) -> str:
    # A program may write a whole title into its first word.
    name = os.path.basename(word.split(" ", 1)[0]).lower()
    return name.removesuffix(".exe").removesuffix(".js").removesuffix(".mjs")


@dataclass(frozen=True, slots=True)
class _Stat:
    pid: int
    name: str
    state: str
    group: int
    in_front: int
    """The process group that has the terminal; not above 0: none, or there is no terminal."""
    started: int


def _of(stat: _Stat | None) -> Process | None:
    """The process with its command line; None when it is over."""
    if stat is None or stat.state == "Z":
        return None
    line = _read(stat.pid, "cmdline")
    if line is None:
        return None
    words = line.rstrip(b"\0").split(b"\0")
    return Process(stat.pid, stat.started, tuple(word.decode(errors="replace") for word in words), stat.name)


def _stat(pid: int) -> _Stat | None:
    line = _read(pid, "stat")
    if line is None:
        return None
    # The name may hold anything, a parenthesis and white space included.
    head, _, rest = line.rpartition(b")")
    name, fields = head.partition(b"(")[2].decode(errors="replace"), rest.split()
    return _Stat(pid, name, fields[0].decode(), int(fields[2]), int(fields[5]), int(fields[19]))


def _read(pid: int, what: str) -> bytes | None:
    """Of a file that the kernel makes as it is read; None: the process is over.

    Read for every pane every second, so by system calls alone: a quarter of what files opened as files take.
    """
    try:
        fd = os.open(f"{_PROC}/{pid}/{what}", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return os.read(fd, _ROOM)
    except OSError:
        return None
    finally:
        os.close(fd)
