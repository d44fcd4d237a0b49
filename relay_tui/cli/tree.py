"""What can be typed, read from the parser: the one source for shell completion and for the table in the README.

argparse shows no way to its commands and options from outside; this file alone touches its private names.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(slots=True, frozen=True)
class Option:
    names: tuple[str, ...]
    """`--json`, or `-h` and `--help`."""
    help: str
    takes_value: bool
    choices: tuple[str, ...] = ()
    files: str = ""
    """What its value names: `file`, `folder`, or nothing of the kind."""


@dataclass(slots=True, frozen=True)
class Node:
    """A command, or a group of them."""

    words: tuple[str, ...]
    """How it is called, behind `relay-tui`; empty: the program itself."""
    help: str
    options: tuple[Option, ...]
    choices: tuple[str, ...]
    """What its arguments can be, where they can be only something."""
    files: bool
    """An argument names a file."""
    children: tuple[Node, ...]

    @property
    def path(self) -> str:
        """`/agent/new`; empty for the program itself."""
        return "".join(f"/{word}" for word in self.words)

    def walk(self) -> Iterator[Node]:
        yield self
        for child in self.children:
            yield from child.walk()


def tree(parser: argparse.ArgumentParser, words: tuple[str, ...] = (), help: str = "") -> Node:
    options: list[Option] = []
    choices: list[str] = []
    children: list[Node] = []
    files = False
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            said = {one.dest: one.help or "" for one in action._choices_actions}
            children += [tree(child, (*words, name), said.get(name, "")) for name, child in action.choices.items()]
        elif action.help == argparse.SUPPRESS:
            continue
        elif action.option_strings:
            options.append(_option(action))
        else:
            choices += map(str, action.choices or ())
            files = files or action.type is Path
    return Node(words, help, tuple(options), tuple(choices), files, tuple(children))


def _option(action: argparse.Action) -> Option:
    takes_value = action.nargs != 0
    chosen: Any = action.choices or ()
    files = ""
    if action.type is Path:
        files = "folder" if action.metavar == "DIR" else "file"
    return Option(tuple(action.option_strings), action.help or "", takes_value, tuple(map(str, chosen)), files)
