"""Rules of what is typed whole, and reading in an agent's own terminal what it was rung for."""

from __future__ import annotations

import json
import subprocess

from .conftest import RELAY_TUI, Ended, Place, Up
from .test_deliveries import post


def as_agent(place: Place, up: Up, token: str, *arguments: str) -> Ended:
    env = {**place.environment(), "RELAY_BASE_URL": up.url, "RELAY_AGENT_TOKEN": token}
    done = subprocess.run([RELAY_TUI, *arguments], cwd=place.project, env=env, capture_output=True, text=True)
    return Ended(done.returncode, done.stdout, done.stderr)


def test_an_agent_reads_in_its_terminal_what_it_was_rung_for(place: Place) -> None:
    with place.up() as up:
        al = post(up, "/v1/agents", {"name": "al", "type": "agent"})["token"]
        bob = post(up, "/v1/agents", {"name": "bob", "type": "agent"})["token"]
        first, second = [post(up, "/v1/dm", {"to": "bob", "text": said}, al)["id"] for said in ("one", "two\x1b[2J")]
        listed = as_agent(place, up, bob, "fetch", "--list").out
        assert listed == f"[relay msg={first} from=al to=@bob]\n[relay msg={second} from=al to=@bob]\n"
        assert as_agent(place, up, bob, "fetch", second).out == (
            f"[relay msg={first} from=al to=@bob]\none\n[relay msg={second} from=al to=@bob]\ntwo␛[2J\n"
        )
        states = {row["state"] for row in json.loads(place.run("deliveries", "--all", "--json").out)}
        assert states == {"delivered"}
        assert as_agent(place, up, bob, "fetch").out == "Nothing waits.\n"
        for wrong in ("999", "../../v1/agents", "a b"):
            refused = as_agent(place, up, bob, "fetch", wrong)
            assert (refused.code, refused.out) == (1, "")
        stranger = as_agent(place, up, "at_live_nobody", "fetch", "--json")
        assert (stranger.code, json.loads(stranger.out)["error"]["code"]) == (1, "agent_token_invalid")
        nobody = place.run("fetch")
        assert (nobody.code, "RELAY_AGENT_TOKEN" in nobody.err) == (3, True)


def test_rules_are_made_listed_and_taken_away(place: Place) -> None:
    with place.up() as up:
        for name in ("al", "bob"):
            post(up, "/v1/agents", {"name": name, "type": "agent"})
        assert place.run("doorbell", "list").out == "No rules: the default holds for everybody.\n"
        assert place.run("doorbell", "set", "al", "bob", "whole").out == "al → bob  whole  by operator\n"
        (rule,) = json.loads(place.run("doorbell", "list", "--json").out)
        assert (rule["from"], rule["to"], rule["say"]) == ("al", "bob", "whole")
        assert place.run("doorbell", "set", "al", "bob", "default").code == 0
        assert json.loads(place.run("doorbell", "list", "--json").out) == []
        unknown = place.run("doorbell", "set", "*", "bo", "whole")
        assert (unknown.code, "Did you mean bob" in unknown.err) == (1, True)
        assert place.run("doorbell", "set", "al", "bob", "loud").code == 2
