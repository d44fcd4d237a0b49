"""Rules, waiting and status from a script, against a relay that runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from relay_tui.cli.status import in_words
from tests.cli.conftest import Inside, Place, Up, asked


@pytest.fixture
def place(running: tuple[Place, Up], inside: Callable[[Place], Inside]) -> Place:
    return inside(running[0])


def test_a_rule_is_stored_tried_run_switched_and_removed(place: Place) -> None:
    when, then = 'message in #general contains "ship it"', "notify {agent} said {text}"
    asked(place, "send", "general", "please ship it")
    tried = asked(place, "rule", "try", "--when", when, "--then", then)
    assert (tried["matches"], tried["newest"][0]["does"]) == (1, "notify operator said please ship it")
    [made] = asked(place, "rule", "new", "ship", "--when", when, "--then", then, "--per-minute", "2")
    assert (made["when_words"], made["then_words"], made["enabled"]) == (when, then, True)
    asked(place, "send", "general", "SHIP IT")
    ran = asked(place, "wait", "event rule.ran", "--from", "1", "--timeout", "20")
    assert ran["happening"]["data"]["outcome"] == "done"
    [run] = asked(place, "rule", "runs", "ship")
    assert (run["outcome"], run["seq"]) == ("done", ran["happening"]["seq"])
    shown = asked(place, "rule", "show", made["id"])
    assert (shown["runs"], shown["owner"], shown["newest_runs"]) == (1, "operator", [run])
    [off] = asked(place, "rule", "off", "SHIP")
    assert off["enabled"] is False
    assert asked(place, "rule", "on", "ship")[0]["enabled"] is True
    assert "removed" in place.run("rule", "remove", "ship").out
    assert asked(place, "rule", "list") == []


def test_waiting_answers_at_once_what_is_so_and_ends_in_exit_code_1_when_it_is_not(place: Place) -> None:
    sent = asked(place, "send", "general", "what is waited for")
    found = asked(place, "wait", "message", "contains", "waited for", "--from", "1")
    assert found["happening"]["data"]["message_id"] == sent["id"]
    ended = place.run("wait", "message contains nothing-like-it", "--timeout", "0.2", "--json")
    assert (ended.code, json.loads(ended.out)["found"]) == (1, False)
    assert "has not happened" in ended.sentence


def test_status_says_who_is_there_and_what_waits(place: Place) -> None:
    answer = asked(place, "status")
    assert answer["url"].startswith("http://127.0.0.1:")
    assert [one["name"] for one in answer["agents"]] == ["operator"]
    assert answer["needs"]["approvals"] == 0
    assert [(one["agent_name"], one["status"]) for one in asked(place, "presence")] == [("operator", "online")]
    assert place.run("presence").out.startswith("operator  online  seen ")
    assert place.run("status").out.splitlines()[1] == "nothing needs you"
    full = {**answer, "storage": {"fault": "The disk is full, so nothing was stored.", "damage": []}}
    assert list(in_words(full))[1] == "THE DISK: The disk is full, so nothing was stored."


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("rule", "new", "x", "--when", "nobody becomes idle", "--then", "notify x"), "agent_not_found"),
        (("rule", "new", "x", "--when", "dance", "--then", "notify x"), "invalid_predicate"),
        (("rule", "new", "x", "--when", "{", "--then", "notify x"), "invalid_predicate"),
        (("rule", "new", "x", "--when", "message", "--then", "dance"), "invalid_rule"),
        (("rule", "new", "x", "--when", "message in general", "--then", "send #general y"), "rule_cycle"),
        (("rule", "new", "", "--when", "message", "--then", "notify x"), "invalid_request"),
        (("rule", "new", "x\u202e\x07", "--when", "message", "--then", "notify x"), "invalid_request"),
        (("rule", "new", "x", "--when", "message", "--then", "notify " + "y" * 20_000), "invalid_rule"),
        (("rule", "show", "nothing"), "rule_not_found"),
        (("rule", "on", ""), "rule_not_found"),
        (("rule", "off", "1"), "rule_not_found"),
        (("rule", "remove", "../agents"), "rule_not_found"),
        (("rule", "runs", "\udcff"), "invalid_text"),
        (("rule", "try"), "invalid_request"),
        (("rule", "try", "x", "--when", "message"), "invalid_request"),
        (("wait", "nobody is idle"), "agent_not_found"),
        (("wait", "dance"), "invalid_predicate"),
        (("wait", ""), "invalid_predicate"),
    ],
    ids=lambda value: " ".join(value)[:50].encode("ascii", "replace").decode() if isinstance(value, tuple) else value,
)
def test_what_is_refused_is_exit_code_1_a_sentence_and_a_code(place: Place, words: tuple[str, ...], code: str) -> None:
    before = asked(place, "rule", "list")
    ended = place.run(*words, "--json")
    assert (ended.code, json.loads(ended.out)["error"]["code"]) == (1, code), ended.out
    assert ended.sentence.startswith("relay-tui: ")
    assert asked(place, "rule", "list") == before


@pytest.mark.parametrize(
    "words",
    [
        ("rule",),
        ("rule", "new", "x", "--when", "message"),
        ("rule", "new", "x", "--when", "message", "--then", "notify x", "--per-minute", "0"),
        ("rule", "new", "x", "--when", "message", "--then", "notify x", "--per-minute", "-1"),
        ("rule", "try", "x", "--last", "99999999999"),
        ("rule", "runs", "x", "--limit", "0"),
        ("wait",),
        ("wait", "message", "--timeout", "-1"),
        ("wait", "message", "--from", "0"),
        ("status", "now"),
        ("presence", "--limit"),
    ],
    ids=" ".join,
)
def test_wrong_words_are_exit_code_2(place: Place, words: tuple[str, ...]) -> None:
    ended = place.run(*words)
    assert ended.code == 2
    assert "error:" in ended.sentence


def test_without_a_relay_status_is_exit_code_3(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    ended = Place(project, tmp_path / "home").run("status", "--json")
    assert (ended.code, json.loads(ended.out)["error"]["code"]) == (3, "not_a_workspace")
