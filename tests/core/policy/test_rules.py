from __future__ import annotations

import os
from pathlib import Path

import pytest

from relay_tui.core.policy.rules import Policy, Rule, load, parse

GOOD = """
[[rule]]
name = "reads are free"
action = "read.*"
verdict = "allow"

[[rule]]
name = "previews"
action = "deploy.preview"
caller = "Builder"
verdict = "ask"
reason = "it is visible outside"

[[rule]]
name = "the rest"
verdict = "deny"
"""


def test_the_first_rule_that_matches_decides() -> None:
    policy = parse(GOOD)
    assert policy.rule_on("read.file", "anyone").verdict == "allow"
    ruling = policy.rule_on("deploy.preview", "builder")
    assert (ruling.verdict, ruling.rule, ruling.reason) == ("ask", "previews", "it is visible outside")
    assert policy.rule_on("deploy.preview", "tester").rule == "the rest"


def test_a_pattern_matches_the_whole_name_and_actions_have_their_case() -> None:
    policy = Policy((Rule(name="one", action="read", verdict="allow"),))
    assert policy.rule_on("read", "x").verdict == "allow"
    assert [policy.rule_on(name, "x").verdict for name in ("reader", "spread", "Read", "read.file")] == ["ask"] * 4


def test_without_a_file_a_person_decides(tmp_path: Path) -> None:
    policy = load(tmp_path / "policy.toml")
    assert policy == Policy()
    assert policy.rule_on("deploy.preview", "builder").verdict == "ask"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[[rule]\n", "line 1"),
        ('[[rule]]\nname = "x"\n', "rule.0.verdict"),
        ('[[rule]]\nname = "x"\nverdict = "maybe"\n', "rule.0.verdict"),
        ('[[rule]]\nname = ""\nverdict = "allow"\n', "rule.0.name"),
        ('[[rule]]\nname = "x"\nverdict = "allow"\nactoin = "read.*"\n', "rule.0.actoin"),
        ('[rules]\nname = "x"\n', "rules"),
        ('rule = "allow everything"\n', "rule"),
        (f"x = {'[' * 5_000}", "recursion"),
        (f"x = {'1' * 5_000}", "4300 digits"),
    ],
)
def test_a_malformed_file_denies_everything_and_says_where(tmp_path: Path, content: str, words: str) -> None:
    (tmp_path / "policy.toml").write_text(GOOD + content if content.startswith("[[rule]]") else content)
    ruling = load(tmp_path / "policy.toml").rule_on("read.file", "builder")
    assert (ruling.verdict, ruling.rule) == ("deny", "policy file")
    place = words.replace("rule.0", "rule.3") if content.startswith("[[rule]]") else words
    assert place in ruling.reason
    assert "policy.toml" in ruling.reason


def test_a_file_that_is_not_text_denies_everything(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_bytes(b"\xff\xfe\x00")
    assert load(tmp_path / "policy.toml").rule_on("read.file", "builder").verdict == "deny"


def test_a_file_that_cannot_be_read_denies_everything(tmp_path: Path) -> None:
    os.mkdir(tmp_path / "policy.toml")
    assert load(tmp_path / "policy.toml").rule_on("read.file", "builder").verdict == "deny"
