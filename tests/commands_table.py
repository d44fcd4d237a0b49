"""`python -m tests.commands_table`: write the README's table of commands anew, from the parser."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from relay_tui.cli.main import build_parser
from relay_tui.cli.tree import Node, tree

README = Path(__file__).parents[1] / "README.md"
_BLOCK = re.compile(r"(?<=<!-- commands -->\n).*?(?=<!-- /commands -->)", re.DOTALL)


def table() -> str:
    root = tree(build_parser())
    rows = [_row(node) for node in root.children]
    return "\n".join(["| Command | Does |", "|---|---|", *rows, ""])


def inside(readme: str) -> str:
    """The table as the README has it."""
    found = _BLOCK.search(readme)
    return found[0] if found else ""


def _row(node: Node) -> str:
    name = f"`relay-tui {' '.join(node.words)}`"
    verbs = ", ".join(f"`{child.words[-1]}`" for child in node.children)
    return f"| {name}{f': {verbs}' if verbs else ''} | {node.help.replace('|', chr(92) + '|')} |"


def main() -> None:
    text = README.read_text("utf-8")
    written, count = _BLOCK.subn(lambda _: table(), text)
    if count != 1:
        sys.exit("README.md has no place for the table, or more than one.")
    README.write_text(written, "utf-8")


if __name__ == "__main__":
    main()
