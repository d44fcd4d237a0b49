"""Storing rules: what is refused, and that no rule sets itself off."""

from __future__ import annotations

from typing import Any

import pytest

from relay_tui.core import commands as c
from relay_tui.core.decide.rules import MAX_CHAIN, MAX_RULES
from relay_tui.core.model import Caller, Json

from ..conftest import Desk, refused

NOTIFY: Json = {"kind": "notify", "text": "x"}
MENTION: Json = {"kind": "mention", "agent": "ada"}


@pytest.fixture
def ada(desk: Desk) -> Caller:
    by = desk.join("ada", "human")
    for name in ("a", "b"):
        desk.do(c.CreateChannel(name=name), by)
    return by


def rule(desk: Desk, by: Caller, source: str, target: str, **more: Any) -> Any:
    then = {"kind": "send", "to": f"#{target}", "text": "x"}
    name = f"{source} to {target}"
    return desk.do(c.CreateRule(name=name, when={"kind": "message", "channel": source}, then=then, **more), by)


def test_a_rule_is_stored_with_ids_in_place_of_names(desk: Desk, ada: Caller) -> None:
    made = desk.do(c.CreateRule(name="r", when=MENTION, then=NOTIFY), ada)
    assert (made.when["agent"], made.owner_id, made.enabled) == (ada.agent_id, ada.agent_id, True)
    changed = desk.do(c.ChangeRule(rule_id=made.id, name="s"), ada)
    assert (changed.name, changed.when) == ("s", made.when)
    assert desk.events(c.ChangeRule(rule_id=made.id, name="s"), ada) == []


def test_an_agent_stores_no_rules(desk: Desk, ada: Caller) -> None:
    with refused("forbidden"):
        desk.do(c.CreateRule(name="r", when=MENTION, then=NOTIFY), desk.join("one"))


@pytest.mark.parametrize(
    ("when", "then", "code"),
    [
        ({"kind": "mention", "agent": "nobody"}, NOTIFY, "agent_not_found"),
        ({"kind": "event", "type": "no type"}, NOTIFY, "invalid_predicate"),
        (MENTION, {"kind": "shell", "command": "rm"}, "invalid_rule"),
        (MENTION, {"kind": "send", "to": "#nowhere", "text": "x"}, "channel_not_found"),
        (MENTION, {"kind": "send", "to": "@ada", "text": "x"}, "invalid_request"),
        (MENTION, {"kind": "send", "to": "#a", "text": "\ud800"}, "invalid_rule"),
        (MENTION, {"kind": "invoke", "action": "nothing"}, "action_not_found"),
    ],
)
def test_a_rule_that_could_not_do_it_now_is_refused_now(
    desk: Desk, ada: Caller, when: Json, then: Json, code: str
) -> None:
    before = desk.writer.last_seq
    with refused(code):
        desk.do(c.CreateRule(name="r", when=when, then=then), ada)
    assert desk.writer.last_seq == before


def test_a_rule_that_sets_itself_off_is_refused(desk: Desk, ada: Caller) -> None:
    with refused("rule_cycle"):
        rule(desk, ada, "a", "a")
    everything = {"kind": "event", "type": "*"}
    with refused("rule_cycle"):
        desk.do(c.CreateRule(name="r", when=everything, then={"kind": "send", "to": "#a", "text": "x"}), ada)
    desk.do(c.CreateRule(name="r", when=everything, then=NOTIFY), ada)


def test_a_cycle_through_other_rules_is_refused_whichever_way_it_closes(desk: Desk, ada: Caller) -> None:
    rule(desk, ada, "a", "b")
    back = rule(desk, ada, "b", "general", enabled=False)
    closing = {"kind": "message", "channel": "general"}
    then = {"kind": "send", "to": "#a", "text": "x"}
    with_gap = desk.do(c.CreateRule(name="close", when=closing, then=then), ada)
    desk.join("one")
    desk.do(c.JoinChannel(channel_id=desk.general), ada)
    before = desk.writer.last_seq
    with refused("rule_cycle"):
        desk.do(c.SwitchRule(rule_id=back.id, enabled=True), ada)
    with refused("rule_cycle"):
        desk.do(c.ChangeRule(rule_id=with_gap.id, when={"kind": "message", "channel": "b"}), ada)
    assert desk.writer.last_seq == before
    desk.do(c.RemoveRule(rule_id=with_gap.id), ada)
    assert desk.do(c.SwitchRule(rule_id=back.id, enabled=True), ada).enabled


def test_an_action_that_a_rule_asks_for_and_waits_for_is_a_cycle(desk: Desk, ada: Caller) -> None:
    desk.do(c.RegisterAction(name="deploy", description="", input_schema={}))
    invoke = {"kind": "invoke", "action": "deploy"}
    with refused("rule_cycle"):
        desk.do(c.CreateRule(name="r", when={"kind": "action", "action": "dep*"}, then=invoke), ada)


def test_a_run_is_decided_once_per_cause(desk: Desk, ada: Caller) -> None:
    made = rule(desk, ada, "a", "b")
    first = desk.do(c.RunRule(rule_id=made.id, cause="7"), ada)
    assert (first.outcome, first.result.partition(":")[0]) == ("done", "message")
    assert desk.events(c.RunRule(rule_id=made.id, cause="7"), ada) == []
    assert desk.do(c.RunRule(rule_id=made.id, cause="7"), ada).seq == first.seq
    with refused("forbidden"):
        desk.do(c.RunRule(rule_id=made.id, cause="8"))
    desk.do(c.SwitchRule(rule_id=made.id, enabled=False), ada)
    with refused("rule_off"):
        desk.do(c.RunRule(rule_id=made.id, cause="9"), ada)


def test_a_long_chain_of_rules_ends(desk: Desk, ada: Caller) -> None:
    parent, chain = "", [""]
    for n in range(MAX_CHAIN + 1):
        made = desk.do(c.CreateRule(name=f"r{n}", when=MENTION, then=NOTIFY), ada)
        run = desk.do(c.RunRule(rule_id=made.id, cause="7", parent=parent), ada)
        assert run.outcome == ("done" if n < MAX_CHAIN else "stopped")
        parent, chain = f"rule:{made.id}:7", run.chain
    assert len(chain) == MAX_CHAIN


def test_there_is_an_end_to_rules(desk: Desk, ada: Caller) -> None:
    for n in range(MAX_RULES):
        desk.do(c.CreateRule(name=f"r{n}", when=MENTION, then=NOTIFY), ada)
    with refused("too_many_rules"):
        desk.do(c.CreateRule(name="more", when=MENTION, then=NOTIFY), ada)
