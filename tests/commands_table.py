"""`python -m tests.commands_table`: write the README's tables anew, of commands and of the codes of refusals."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from relay_tui.cli.main import build_parser
from relay_tui.cli.tree import Node, tree
from relay_tui.core.codes import CODES

README = Path(__file__).parents[1] / "README.md"


def table() -> str:
    root = tree(build_parser())
    rows = [_row(node) for node in root.children]
    return "\n".join(["| Command | Does |", "|---|---|", *rows, ""])


def codes_table() -> str:
    rows = [f"| `{code}` | {_cell(known.meaning)} | {_cell(known.hint)} |" for code, known in sorted(CODES.items())]
    return "\n".join(["| Code | Means | What to do |", "|---|---|---|", *rows, ""])


def inside(readme: str, block: str = "commands") -> str:
    """A table as the README has it."""
    found = _place(block).search(readme)
    return found[0] if found else ""


def _place(block: str) -> re.Pattern[str]:
    return re.compile(rf"(?<=<!-- {block} -->\n).*?(?=<!-- /{block} -->)", re.DOTALL)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _row(node: Node) -> str:
    name = f"`relay-tui {' '.join(node.words)}`"
    verbs = ", ".join(f"`{child.words[-1]}`" for child in node.children)
    return f"| {name}{f': {verbs}' if verbs else ''} | {_cell(node.help)} |"


def main() -> None:
    text = README.read_text("utf-8")
    for block, made in (("commands", table()), ("codes", codes_table())):
        text, count = _place(block).subn(lambda _, made=made: made, text)
        if count != 1:
            sys.exit(f"README.md has no place for the table of {block}, or more than one.")
    README.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
