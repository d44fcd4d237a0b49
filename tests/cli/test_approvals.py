"""Approvals and policy from a script: bound to the hash of what was shown; explained, and tried on what was asked."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from relay_tui.core import commands as c
from relay_tui.core.model import Caller, Source
from relay_tui.core.relay import Relay
from tests.cli.conftest import Inside, Place, asked, place_in

NASTY = "rm -rf build \x1b[2K\u202e && make"
REQUESTS = 6


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A relay that runs, and before it was asked for `deploy` so many times by builder."""
    place = place_in(tmp_path_factory.mktemp("approvals"))
    with place.up("--port", "0") as up:
        up.end()
    asyncio.run(_ask(place.state))
    with place.up("--port", "0") as up:
        yield place
        up.end()


async def _ask(state: Path) -> None:
    async with Relay.open(state) as relay:
        builder = await relay.execute(c.RegisterAgent(name="builder"))
        await relay.execute(c.RegisterAction(name="deploy", description="put it out", input_schema={"type": "object"}))
        for n in range(REQUESTS):
            given = {"n": n, "command": NASTY}
            await relay.execute(c.InvokeAction(action="deploy", input=given), Caller(builder.id, Source.SDK))


@pytest.fixture
def place(running: Place, inside: Callable[[Place], Inside]) -> Place:
    return inside(running)


def test_a_request_is_shown_exactly_and_decided_by_its_hash_once(place: Place) -> None:
    first = asked(place, "approvals", "list")[0]
    shown = place.run("approvals", "show", first["approval_id"]).out
    assert "    deploy\n" in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert first["request_hash"] in shown
    decided = asked(place, "approvals", "approve", first["approval_id"], "--hash", first["request_hash"])
    assert decided["decision"] == "approve"
    again = place.run("approvals", "deny", first["approval_id"], "--hash", first["request_hash"], "--json")
    assert (again.code, json.loads(again.out)["error"]["code"]) == (1, "approval_taken")
    assert [one["decision"] for one in asked(place, "approvals", "history")][-1] == "approve"


def test_a_denial_carries_its_words(place: Place) -> None:
    first = asked(place, "approvals", "list")[0]
    words = ("--hash", first["request_hash"], "--words", "not on a Friday")
    assert asked(place, "approvals", "deny", first["approval_id"], *words)["words"] == "not on a Friday"


def test_another_hash_than_that_of_the_request_decides_nothing(place: Place) -> None:
    first, second = asked(place, "approvals", "list")[:2]
    ended = place.run("approvals", "approve", first["approval_id"], "--hash", second["request_hash"], "--json")
    assert (ended.code, json.loads(ended.out)["error"]["code"]) == (1, "approval_changed")
    assert asked(place, "approvals", "show", first["approval_id"])["decision"] is None


def test_without_a_hash_and_without_a_person_nothing_is_decided(place: Place) -> None:
    first = asked(place, "approvals", "list")[0]
    ended = place.run("approvals", "approve", first["approval_id"])
    assert ended.code == 1
    assert "hash must be given" in ended.sentence
    assert asked(place, "approvals", "show", first["approval_id"])["decision"] is None


class Keyboard(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("said", "decision"), [("n\n", None), ("", None), ("yes\n", "deny")])
def test_a_person_at_a_terminal_is_shown_the_request_and_asked_once(
    said: str, decision: str | None, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = asked(place, "approvals", "list")[0]
    with monkeypatch.context() as sitting:
        sitting.setattr("sys.stdin", Keyboard(said))
        ended = place.run("approvals", "deny", first["approval_id"])
    assert ended.code == (0 if decision else 1)
    assert first["request_hash"] in ended.err
    assert "Deny exactly this? [y/N]" in ended.err
    assert asked(place, "approvals", "show", first["approval_id"])["decision"] == decision


def test_policy_says_which_rule_decides_and_what_a_changed_one_would_have_decided(place: Place) -> None:
    assert asked(place, "policy", "show")["rules"][-1]["name"] == "default"
    request = asked(place, "approvals", "history")[0]["approval_id"]
    told = asked(place, "policy", "explain", request)
    assert (told["action"], told["caller"], told["was"]["verdict"], told["now"]["rule"]) == (
        "deploy", "builder", "ask", "default",
    )  # fmt: skip
    changed = place.project / "changed.toml"
    changed.write_text('[[rule]]\nname = "builders deploy"\naction = "dep*"\ncaller = "builder"\nverdict = "allow"\n')
    told = asked(place, "policy", "check", str(changed))
    assert (told["looked"], len(told["differences"])) == (REQUESTS, REQUESTS)
    assert told["differences"][0]["would"]["rule"] == "builders deploy"
    assert f"Of {REQUESTS} requests {REQUESTS} would" in place.run("policy", "check", str(changed)).out
    assert asked(place, "policy", "check")["differences"] == []
    assert asked(place, "policy", "explain", "deploy", "--by", "builder")["now"]["verdict"] == "ask"


def test_a_policy_that_cannot_be_read_denies_and_is_exit_code_1(place: Place) -> None:
    broken = place.project / "broken.toml"
    broken.write_text('[[rule]]\nname = "x"\nverdict = "perhaps"\n')
    ended = place.run("policy", "check", str(broken), "--json")
    assert ended.code == 1
    assert "verdict" in json.loads(ended.out)["fault"]
    assert "Everything is denied" in place.run("policy", "check", str(broken)).out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("approvals", "show", "1"), "approval_not_found"),
        (("approvals", "show", "../agents"), "not_found"),
        (("approvals", "approve", "1", "--hash", "0" * 64), "approval_not_found"),
        (("approvals", "deny", "x", "--hash", "0" * 64), "approval_not_found"),
        (("approvals", "deny", "\udcff", "--hash", "0" * 64), "invalid_text"),
        (("policy", "explain", "1"), "invocation_not_found"),
        (("policy", "explain", "deploy"), "invalid_request"),
        (("policy", "explain", "deploy", "--by", "nobody"), "agent_not_found"),
        (("log", "--agent", "nobody"), "agent_not_found"),
        (("log", "--channel", "nowhere"), "channel_not_found"),
    ],
    ids=lambda value: " ".join(value)[:50].encode("ascii", "replace").decode() if isinstance(value, tuple) else value,
)
def test_what_is_refused_is_exit_code_1_a_sentence_and_a_code(place: Place, words: tuple[str, ...], code: str) -> None:
    ended = place.run(*words, "--json")
    assert (ended.code, json.loads(ended.out)["error"]["code"]) == (1, code), ended.out
    assert ended.sentence.startswith("relay-tui: ")


@pytest.mark.parametrize(
    "words",
    [
        ("approvals",),
        ("approvals", "approve"),
        ("approvals", "approve", "1", "--hash", "short"),
        ("approvals", "list", "--limit", "-1"),
        ("policy", "explain"),
        ("log", "-n", "0"),
        ("log", "--type", "drop table"),
    ],
    ids=" ".join,
)
def test_wrong_words_are_exit_code_2(place: Place, words: tuple[str, ...]) -> None:
    assert place.run(*words).code == 2


def test_the_log_is_filtered_by_type_agent_and_channel(place: Place) -> None:
    asked(place, "send", "general", "hello")

    def types(*words: str) -> list[str]:
        return [json.loads(line)["type"] for line in place.run("log", *words, "--json").out.splitlines()]

    assert types("--type", "action.registered", "-n", "1") == ["action.registered"]
    assert types("--type", "approval.requested", "-n", "100") == ["approval.requested"] * REQUESTS
    assert set(types("--type", "action.*", "-n", "100")) >= {"action.registered", "action.invoked"}
    assert set(types("--agent", "builder", "-n", "100")) >= {"agent.registered", "action.invoked"}
    assert "agent.registered" not in types("--agent", "builder", "--channel", "#general")
    assert types("--channel", "general", "--type", "message.*", "-n", "1") == ["message.created"]
