"""What a rule does, in words."""

from __future__ import annotations

from typing import Any

import pytest

from relay_tui.core.errors import Refused
from relay_tui.core.rules.model import parse_deed
from relay_tui.core.rules.words import EXAMPLES, read_deed, say_deed


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("notify {agent} is idle", {"kind": "notify", "text": "{agent} is idle"}),
        ('notify "quoted"', {"kind": "notify", "text": "quoted"}),
        ('notify "one" or "two"', {"kind": "notify", "text": '"one" or "two"'}),
        ("send #ops  look here ", {"kind": "send", "to": "#ops", "text": "look here"}),
        ("invoke deploy.preview", {"kind": "invoke", "action": "deploy.preview", "input": {}}),
        ('invoke x {"a": [1]}', {"kind": "invoke", "action": "x", "input": {"a": [1]}}),
        ('{"kind": "notify", "text": "x"}', {"kind": "notify", "text": "x"}),
    ],
)
def test_words_mean_a_deed_and_are_said_so_again(text: str, means: dict[str, Any]) -> None:
    assert read_deed(text) == means
    assert read_deed(say_deed(parse_deed(means))) == means


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_example_can_be_read(text: str) -> None:
    parse_deed(read_deed(text))


@pytest.mark.parametrize(
    "text", ["", "dance", "notify", "send", "send #ops", "invoke", "invoke x [1]", "invoke x y", "{"]
)
def test_what_makes_no_sense_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(Refused) as refused:
        read_deed(text)
    assert refused.value.code == "invalid_rule"
