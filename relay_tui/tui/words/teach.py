"""What an empty workspace says: ways to get an agent, each a command that works as it stands there."""

from __future__ import annotations

import os
import shlex
import shutil
from functools import cache
from pathlib import Path

WIDTH = 75
"""Columns for a command on the smallest screen."""
PROGRAMS = ("claude", "codex", "opencode")
"""The first of them that is installed is the example; without any, a program that every machine has."""


@cache
def example_program() -> str:
    return next((name for name in PROGRAMS if shutil.which(name)), "cat")


def no_agents(url: str | None, key_file: Path, program: str = "") -> tuple[str, ...]:
    """Lines; what is between backticks is to be typed. `url` None: the relay does not answer yet."""
    program = program or example_program()
    lines = [
        "",
        "No agents yet. Three ways to get one; the commands are for another terminal, here:",
        "",
        "A program in a pane of its own. `c` asks for the same, right here.",
        f"  `relay-tui agent new helper -- {program}`",
        "",
        "A swarm at work, to look at, in a workspace that is thrown away.",
        "  `relay-tui demo`",
        "",
    ]
    if url is not None:
        lines += [
            "Whatever speaks to this relay by itself: this gives it a name and a token.",
            f'  `curl {url}/v1/agents -d \'{{"name": "helper"}}\' \\`',
            *_bearer(_for_shell(key_file)),
            "",
        ]
    return (*lines, "`m` writes a message, `?` lists the keys.")


def _bearer(path: str) -> list[str]:
    """The last line of the command; two, where a narrow screen would crop it."""
    begin, end = '  -H "Authorization: Bearer $(cat', f'{path})"'
    if len(begin) + 1 + len(end) <= WIDTH:
        return [f"  `{begin} {end}`"]
    return [f"  `{begin} \\`", f"  `  {end}`"]


def _for_shell(path: Path) -> str:
    """`~/…` where that is what it is, and nothing in it needs quotes."""
    home = Path(os.environ.get("HOME", "/"))
    shown = f"~/{path.relative_to(home)}" if path.is_relative_to(home) and home != Path("/") else str(path)
    return shown if all(char.isalnum() or char in "~/._-" for char in shown) else shlex.quote(str(path))
