"""Every command says what it does, in its help and in the README."""

from __future__ import annotations

import pytest

from relay_tui.cli.main import build_parser
from relay_tui.cli.tree import Node, tree
from tests.commands_table import README, codes_table, inside, table

NODES = list(tree(build_parser()).walk())


@pytest.mark.parametrize("node", NODES[1:], ids=lambda node: " ".join(node.words))
def test_every_command_and_every_option_has_help(node: Node) -> None:
    assert node.help
    assert not node.help.endswith(".")
    bare = [option.names[-1] for option in node.options if not option.help]
    assert bare == []


@pytest.mark.parametrize(
    "node", [node for node in NODES[1:] if not node.children], ids=lambda node: " ".join(node.words)
)
def test_every_command_but_completion_answers_in_json(node: Node) -> None:
    assert any("--json" in option.names for option in node.options) or node.words == ("completion",)


def test_the_table_in_the_readme_is_what_the_program_takes() -> None:
    assert inside(README.read_text("utf-8")) == table(), "`python -m tests.commands_table` writes it anew"


def test_the_table_of_codes_in_the_readme_is_the_one_that_refusals_come_from() -> None:
    assert inside(README.read_text("utf-8"), "codes") == codes_table(), (
        "`python -m tests.commands_table` writes it anew"
    )
