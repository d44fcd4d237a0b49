"""The mail desk for scripts: the same answers with a relay that runs and without one."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from relay_tui.cli.main import build_parser
from relay_tui.core.delivery.why import why
from relay_tui.core.model import Delivery, Session
from relay_tui.core.model_delivery import Hold

from ..core.delivery.test_why import CASES, MESSAGE, TO
from .conftest import Place, Up


def post(up: Up, path: str, body: dict[str, Any], token: str = "") -> Any:
    headers = {"Authorization": f"Bearer {token or up.key}"}
    answer = httpx.post(f"{up.url}{path}", json=body, headers=headers, trust_env=False)
    assert answer.is_success, answer.text
    return answer.json()["data"]


def test_holding_asking_why_and_dropping_say_the_same_with_a_running_relay_and_without(place: Place) -> None:
    with place.up() as up:
        post(up, "/v1/agents", {"name": "bob", "type": "agent"})
        token = post(up, "/v1/agents", {"name": "al", "type": "agent"})["token"]
        post(up, "/v1/dm", {"to": "bob", "text": "hi bob"}, token)
        (row,) = json.loads(place.run("deliveries", "--json").out)
        message = row["message"]
        assert (row["from"], row["to"], row["state"], row["preview"]) == ("al", "bob", "queued", "hi bob")
        assert json.loads(place.run("deliveries", "--all", "--from", "al", "--state", "queued", "--json").out) == [row]
        assert json.loads(place.run("deliveries", "--before", f"{message}:bob", "--json").out) == []
        for wrong, code in ((("--state", "lost"), 1), (("--from", "nobody"), 1), (("--limit", "-1"), 2)):
            assert place.run("deliveries", *wrong).code == code
        assert "bob is held by operator" in place.run("hold", "bob", "--reason", "lunch").out
        (held,) = json.loads(place.run("why", message, "bob", "--json").out)
        assert (held["rule"], held["next"]["command"]) == ("hold", "flush bob")
        stopped = json.loads(place.run("stop", "--json").out)
        assert (stopped["hold"]["agent"], stopped["agents"]) == (None, [])
        assert stopped["frozen"]["by"] == "operator"
        assert json.loads(place.run("stop", "--status", "--json").out)["frozen"] == stopped["frozen"]
        assert place.run("stop", "--only", "lunch").code == 2
        assert "STOPPED: approvals frozen by operator" in place.run("status").out
        assert place.run("resume").out == "everyone is not held any more\napprovals are decided again\n"
        assert place.run("stop", "--status").out == "Nothing is stopped.\n"
        away = place.run("agent", "command", "bob", "/compact")
        assert (away.code, "Nothing here can type into the program of bob." in away.err) == (1, True)
        away = place.run("agent", "interrupt", "bob")
        assert (away.code, "Nothing here can interrupt bob." in away.err) == (1, True)
        refused = place.run("dead", "retry", message, "bob")
        assert (refused.code, refused.out) == (1, "")
        assert "still on its way to bob" in refused.err
        assert refused.err.count("Hold or flush the agent.") == 1
        up.end()
    (still,) = json.loads(place.run("why", message, "--json").out)
    assert still["rule"] == held["rule"]
    assert place.run("flush", "bob").out == "bob is not held any more\n"
    assert "No program has run behind bob here" in place.run("why", message).out
    assert place.run("dead", "drop", message, "bob").code == 0
    assert place.run("deliveries").out == "Nothing.\n"
    unknown = place.run("hold", "bo")
    assert (unknown.code, "Did you mean bob" in unknown.err) == (1, True)


def test_asking_in_a_directory_without_a_workspace_makes_none(place: Place) -> None:
    ended = place.run("deliveries")
    assert (ended.code, ended.out) == (3, "")
    assert "There is no workspace" in ended.err
    assert list(place.project.iterdir()) == []


@pytest.mark.parametrize("case", CASES, ids=[f"{case[2]}-{case[0].word}" for case in CASES])
def test_what_why_says_to_type_is_a_command_that_there_is(case: tuple[Delivery, Session | None, str, str]) -> None:
    hold = Hold("3", "5", 1_800)
    for answer in (why(MESSAGE, case[0], TO, case[1]), why(MESSAGE, case[0], TO, case[1], hold)):
        if answer.next.command:
            build_parser().parse_args(answer.next.command.split())
