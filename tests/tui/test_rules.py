"""The sheet of rules: what is stored, in words; made, changed, tried, switched and removed."""

from __future__ import annotations

from pathlib import Path

import pytest

from relay_tui.core import commands as c
from relay_tui.core.errors import Refused
from tests.tui.frames import Desk, desk
from tests.tui.test_store import world


async def opened(d: Desk) -> None:
    await d.deck.perform("rules")
    await d.settle()


async def test_the_sheet_says_of_each_rule_when_then_guard_and_what_became_of_it() -> None:
    async with desk() as d:
        await opened(d)
        for said in (
            'when     message in #release contains "cold start"',
            "then     notify {agent} speaks of a cold start: {text}",
            "guard    switched off above 30 runs a minute",
            "13:40  refused There is no channel #ops.",
            "off as   it ran 30 times within a minute",
        ):
            assert said in d.frame
        await d.press("escape")
        assert d.app.screen is d.deck


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("switch", ("switch rule", "31", False)),
        ("remove", ("remove rule", "31")),
    ],
)
async def test_enter_says_what_can_be_done_with_a_rule(typed: str, asked: tuple[object, ...]) -> None:
    async with desk() as d:
        await opened(d)
        await d.press("enter")
        await d.type(typed)
        await d.press("enter")
        await d.settle()
        if asked[0] == "remove rule":
            assert asked not in d.source.asked
            await d.press("enter")
            await d.settle()
        assert asked in d.source.asked


async def test_a_rule_is_tried_without_doing_anything() -> None:
    async with desk() as d:
        await opened(d)
        await d.press("j", "enter")
        await d.type("try")
        await d.press("enter")
        await d.worked("rules")
        assert "1 of the newest 2000 entries" in d.frame
        assert d.source.asked == []


async def test_a_new_rule_is_a_form_that_stays_while_it_is_refused() -> None:
    async with desk() as d:
        await opened(d)
        d.source.rule_refusal = "That rule would set itself off, again and again."
        await d.press("c")
        for line in ("loop", "message", "send #general x"):
            await d.type(line)
            await d.press("tab")
        await d.press("enter")
        await d.worked("form")
        assert "set itself off" in d.frame
        d.source.rule_refusal = ""
        await d.press("enter")
        await d.worked("form")
        assert d.source.asked[-1] == ("store rule", "", "loop", "message", "send #general x", "")


async def test_the_store_says_rules_in_words_and_takes_them_back(tmp_path: Path) -> None:
    async with world(tmp_path, "builder") as w:
        store = w.store
        await store.ruling.store_rule(
            "", "ships", 'message in general contains "ship it"', "notify {agent}: {text}", ""
        )
        [rule] = await store.ruling.rules()
        assert (rule.when, rule.then) == ('message in #general contains "ship it"', "notify {agent}: {text}")
        assert (rule.owner, rule.per_minute, rule.enabled, rule.newest) == ("you", 30, True, ())
        await store.ruling.store_rule(rule.id, "ships", rule.when, rule.then, "5")
        assert (await store.ruling.rules())[0].per_minute == 5
        await w.relay.execute(c.SendMessage(to="#general", text="Ship it!"), w.caller("builder"))
        await w.relay.wait_for({"kind": "event", "type": "rule.ran"}, timeout=5, from_seq=1)
        [rule] = await store.ruling.rules()
        assert (rule.runs, [run.outcome for run in rule.newest]) == (1, ["done"])
        trial = await store.ruling.try_rule(rule.id)
        assert trial.sentence.startswith("1 of the newest ")
        assert [does for _, does in trial.rows] == ["notify builder: Ship it!"]
        await store.ruling.switch_rule(rule.id, False)
        assert not (await store.ruling.rules())[0].enabled
        await store.ruling.remove_rule(rule.id)
        assert await store.ruling.rules() == []


@pytest.mark.parametrize(
    ("name", "when", "then", "per_minute", "code"),
    [
        ("x", "dance", "notify x", "", "invalid_predicate"),
        ("x", "message", "dance", "", "invalid_rule"),
        ("x", "message", "notify x", "0", "invalid_request"),
        ("x", "message", "notify x", "many", "invalid_request"),
        ("x", "nobody is idle", "notify x", "", "agent_not_found"),
        ("x", "message in general", "send #general x", "", "rule_cycle"),
        ("", "message", "notify x", "", "invalid_request"),
        ("x" * 100, "message", "notify x", "", "invalid_request"),
    ],
)
async def test_a_rule_that_makes_no_sense_is_refused_and_nothing_stored(
    name: str, when: str, then: str, per_minute: str, code: str, tmp_path: Path
) -> None:
    async with world(tmp_path) as w:
        with pytest.raises(Refused) as refused:
            await w.store.ruling.store_rule("", name, when, then, per_minute)
        assert refused.value.code == code
        assert await w.store.ruling.rules() == []
