"""The table of codes is whole: whatever the program refuses with is in it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from relay_tui.core.codes import CODES
from relay_tui.core.errors import Refused

SOURCE = Path(__file__).parents[2] / "relay_tui"
REFUSALS = {"Refused", "RelayError", "WorkspaceError", "ApiError", "ActionError", "RelayClientError"}


def said_in(tree: ast.AST) -> Iterator[str]:
    """The literal codes of every refusal: its first argument, or behind an HTTP status its second."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in REFUSALS:
            given = node.args[1:2] if node.func.id == "ApiError" else node.args[:1]
            for part in given:
                for value in (part.body, part.orelse) if isinstance(part, ast.IfExp) else (part,):
                    if isinstance(value, ast.Constant) and isinstance(value.value, str):
                        yield value.value


def test_every_code_that_is_said_is_in_the_table() -> None:
    said = {
        code: str(path.relative_to(SOURCE))
        for path in sorted(SOURCE.rglob("*.py"))
        for code in said_in(ast.parse(path.read_text("utf-8")))
    }
    assert len(said) > 60, "the search for codes finds none"
    missing = {code: where for code, where in said.items() if code not in CODES}
    assert missing == {}, "add them to relay_tui/core/codes.py"


def test_every_code_is_one_word_with_a_sentence_and_a_hint() -> None:
    for code, said in CODES.items():
        assert code == code.lower()
        assert code.replace("_", "").isalpha()
        for sentence in said:
            assert sentence[0].isupper() or sentence[0] == "`", code
            assert sentence.endswith("."), code


def test_a_refusal_that_says_nothing_better_has_the_hint_of_its_code() -> None:
    assert Refused("agent_not_found", "There is no bob.").hint == CODES["agent_not_found"].hint
    assert Refused("agent_not_found", "There is no bob.", "Did you mean bo?").hint == "Did you mean bo?"
