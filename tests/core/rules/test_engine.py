"""Rules on a real relay: what sets them off, what they do, and what stops them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from relay_tui.core import commands as c
from relay_tui.core import events as e
from relay_tui.core.model import Caller, Json, State
from relay_tui.core.policy.rules import Policy
from relay_tui.core.policy.rules import Rule as PolicyRule
from relay_tui.core.relay import Relay
from relay_tui.core.rules.model import RuleRun
from relay_tui.core.session import TranscriptEntry
from relay_tui.core.signals import Signal

from ..conftest import Hands, Join, newcomer, until

SAY: Json = {"kind": "send", "to": "#general", "text": "{agent} is {state}"}


async def said(relay: Relay) -> list[str]:
    general = await relay.queries.channel("#general")
    assert general is not None
    return [message.text for message in await relay.queries.messages(general.id)]


async def runs(relay: Relay, count: int) -> Sequence[RuleRun]:
    """The runs of all rules, oldest first, once there are so many."""

    async def enough() -> list[RuleRun]:
        found = await relay.queries.rule_runs()
        return found[::-1] if len(found) >= count else []

    return await until(relay, enough)


async def become(relay: Relay, agent: Caller, state: State, detail: str = "") -> None:
    await relay.execute(
        c.RecordState(agent_id=agent.agent_id, generation=1, state=state, evidence="test", detail=detail)
    )


async def start(relay: Relay, agent: Caller, state: State = State.WORKING) -> None:
    await relay.execute(c.StartSession(agent_id=agent.agent_id, harness="test", state=state))


async def test_a_rule_sends_in_its_owners_name_when_an_agent_becomes_idle(relay: Relay, join: Join) -> None:
    ada, one = await join("ada", "human"), await join("one")
    await start(relay, one, State.IDLE)
    when = {"kind": "status", "agent": "one", "becomes": "idle"}
    rule = await relay.execute(c.CreateRule(name="idle", when=when, then=SAY), ada)
    await become(relay, one, State.IDLE, "still")
    await become(relay, one, State.WORKING)
    await become(relay, one, State.IDLE)
    (run,) = await runs(relay, 1)
    assert (run.outcome, run.rule_id) == ("done", rule.id)
    assert await said(relay) == ["one is idle"]
    entries = await relay.entries(int(run.cause))
    assert isinstance(entries[0].event, e.StateRecorded)
    made = [entry for entry in entries if entry.causation == f"rule:{rule.id}:{run.cause}"]
    assert [entry.event.type for entry in made] == ["message.created", "rule.ran"]
    assert {(entry.actor, entry.source) for entry in made} == {(ada.agent_id, "rule")}


async def test_a_rule_that_says_is_runs_at_once_when_it_is_so(relay: Relay, join: Join) -> None:
    ada, one = await join("ada", "human"), await join("one")
    await start(relay, one, State.IDLE)
    when = {"kind": "status", "agent": "one", "is": "idle"}
    await relay.execute(c.CreateRule(name="idle", when=when, then=SAY), ada)
    assert [run.cause[:5] for run in await runs(relay, 1)] == ["look."]
    await become(relay, one, State.WORKING)
    await become(relay, one, State.IDLE)
    assert len(await runs(relay, 2)) == 2
    assert await said(relay) == ["one is idle", "one is idle"]


async def test_a_rule_can_notify_and_invoke_under_policy(folder: Path) -> None:
    policy = Policy((PolicyRule(name="no", action="deploy", verdict="deny"),))
    async with Relay.open(folder, policy=policy) as relay:
        ada, one = await newcomer(relay, "ada", "human"), await newcomer(relay, "one")
        await relay.execute(c.RegisterAction(name="deploy", description="", input_schema={}))
        when = {"kind": "mention", "agent": "ada"}
        invoke = {"kind": "invoke", "action": "deploy", "input": {"why": "{text}"}}
        await relay.execute(c.CreateRule(name="a", when=when, then={"kind": "notify", "text": "{agent}: {text}"}), ada)
        await relay.execute(c.CreateRule(name="b", when=when, then=invoke), ada)
        await relay.execute(c.SendMessage(to="#general", text="@ada look"), one)
        notified, asked = await runs(relay, 2)
        notice = next(x.event for x in await relay.entries(1) if isinstance(x.event, e.RuleNotified))
        assert (notice.agent_id, notice.text, notified.outcome) == (ada.agent_id, "one: @ada look", "done")
        invocation = await relay.queries.invocation(asked.result.removeprefix("invocation:"))
        assert invocation is not None
        assert (invocation.status, invocation.caller_id) == ("denied", ada.agent_id)
        assert invocation.input == {"why": "@ada look"}


async def test_a_rule_hears_a_tool_call_once_and_none_from_before_it(relay: Relay, join: Join) -> None:
    ada, one = await join("ada", "human"), await join("one")
    when = {"kind": "tool", "agent": "one", "tool": "run", "contains": "git push"}
    rule = await relay.execute(c.CreateRule(name="push", when=when, then={**SAY, "text": "{agent}: {text}"}), ada)

    def call(n: int, at: int, text: str) -> TranscriptEntry:
        return TranscriptEntry(n, at, "tool", "run", text)

    now = rule.created_at
    calls = [call(1, now - 1, "git push old"), call(2, now, "ls"), call(3, now, "git push"), call(3, now, "git push")]
    relay.signal(Signal("transcript", one.agent_id, calls))
    relay.signal(Signal("transcript", one.agent_id, [call(4, now + 5, "git push -f")]))
    assert [run.outcome for run in await runs(relay, 2)] == ["done", "done"]
    assert await said(relay) == ["one: git push", "one: git push -f"]


async def test_a_rule_that_is_off_or_removed_does_nothing_and_is_counted_from_when_it_is_on(
    relay: Relay, join: Join
) -> None:
    ada, one = await join("ada", "human"), await join("one")
    await relay.execute(c.CreateChannel(name="log"), ada)
    when = {"kind": "message", "channel": "general", "contains": "RED"}
    then = {"kind": "send", "to": "#log", "text": "{text}"}
    rule = await relay.execute(c.CreateRule(name="r", when=when, then=then, enabled=False), ada)
    await relay.execute(c.SendMessage(to="#general", text="red 1"), one)
    await relay.execute(c.SwitchRule(rule_id=rule.id, enabled=True), ada)
    await relay.execute(c.SendMessage(to="#general", text="red 2"), one)
    await runs(relay, 1)
    await relay.execute(c.RemoveRule(rule_id=rule.id), ada)
    await relay.execute(c.SendMessage(to="#general", text="red 3"), one)
    other = {"kind": "message", "channel": "general"}
    await relay.execute(c.CreateRule(name="s", when=other, then=then), ada)
    await relay.execute(c.SendMessage(to="#general", text="green"), one)
    await runs(relay, 2)
    log = await relay.queries.channel("#log")
    assert log is not None
    assert [m.text for m in await relay.queries.messages(log.id)] == ["red 2", "green"]
    gone = await relay.queries.rule(rule.id)
    assert gone is not None
    assert gone.removed_at is not None
    assert gone.runs == 1


async def test_what_a_rule_may_not_do_any_more_is_said_in_its_log(relay: Relay, join: Join) -> None:
    ada, one = await join("ada", "human"), await join("one")
    room = await relay.execute(c.CreateChannel(name="log"), ada)
    then = {"kind": "send", "to": "#log", "text": "x"}
    await relay.execute(c.CreateRule(name="r", when={"kind": "mention", "agent": "ada"}, then=then), ada)
    await relay.execute(c.ArchiveChannel(channel_id=room.id), ada)
    await relay.execute(c.SendMessage(to="#general", text="@ada"), one)
    (run,) = await runs(relay, 1)
    assert (run.outcome, run.result) == ("refused", "")
    assert "archived" in run.reason


async def test_the_rules_of_who_was_removed_are_switched_off(relay: Relay, join: Join) -> None:
    ada, one = await join("ada", "human"), await join("one")
    rule = await relay.execute(c.CreateRule(name="r", when={"kind": "message", "sender": "one"}, then=SAY), ada)
    await relay.execute(c.RemoveAgent(agent_id=ada.agent_id))
    await relay.execute(c.SendMessage(to="#general", text="hello"), one)

    async def off() -> bool:
        found = await relay.queries.rule(rule.id)
        return found is not None and not found.enabled and found.reason == "its owner was removed"

    await until(relay, off)


async def test_a_loop_that_could_not_be_foreseen_stops_after_one_round_and_says_so(relay: Relay, join: Join) -> None:
    ada, one = await join("ada", "human"), await join("one")
    await relay.execute(c.CreateChannel(name="b"), ada)
    there = {"kind": "send", "to": "#b", "text": "{text}"}
    back = {"kind": "send", "to": "#general", "text": "{text}"}
    tell = {"kind": "message", "contains": "go"}
    await relay.execute(c.CreateRule(name="there", when={**tell, "channel": "general"}, then=there), ada)
    await relay.execute(c.CreateRule(name="back", when={**tell, "channel": "b"}, then=back), ada)
    await relay.execute(c.SendMessage(to="#general", text="go"), one)
    found = await runs(relay, 3)
    assert [run.outcome for run in found] == ["done", "done", "stopped"]
    assert found[2].reason == "it was set off by what rules did: there → back → there"
    assert await said(relay) == ["go", "go"]


async def test_a_rule_that_runs_too_often_is_switched_off_until_somebody_switches_it_on(folder: Path) -> None:
    hands = Hands()
    async with Relay.open(folder, clock=hands) as relay:
        ada, one = await newcomer(relay, "ada", "human"), await newcomer(relay, "one")
        when, then = {"kind": "message", "sender": "one"}, {"kind": "notify", "text": "x"}
        rule = await relay.execute(c.CreateRule(name="r", when=when, then=then, per_minute=3), ada)
        for n in range(6):
            await relay.execute(c.SendMessage(to="#general", text=str(n)), one)
        assert [run.outcome for run in await runs(relay, 4)] == ["done", "done", "done", "stopped"]
        off = await relay.queries.rule(rule.id)
        assert off is not None
        assert (off.enabled, off.reason) == (False, "it ran 3 times within a minute, so it was switched off")
        await relay.execute(c.SwitchRule(rule_id=rule.id, enabled=True), ada)
        hands.now += 60_000
        await relay.execute(c.SendMessage(to="#general", text="again"), one)
        assert [run.outcome for run in await runs(relay, 5)][4] == "done"


async def test_what_was_on_its_way_when_the_relay_stopped_runs_once_after_the_restart(folder: Path) -> None:
    async with Relay.open(folder) as relay:
        ada, one = await newcomer(relay, "ada", "human"), await newcomer(relay, "one")
        when = {"kind": "message", "sender": "one"}
        await relay.execute(c.CreateRule(name="r", when=when, then={"kind": "notify", "text": "{text}"}), ada)
        await relay.execute(c.SendMessage(to="#general", text="before"), one)
        await runs(relay, 1)
        await relay.rules.close()  # nothing runs from here on, as if the process had died
        await relay.execute(c.SendMessage(to="#general", text="between"), one)
    for _ in range(2):
        async with Relay.open(folder) as relay:
            await runs(relay, 2)
            noticed: list[Any] = [x.event for x in await relay.entries(1) if isinstance(x.event, e.RuleNotified)]
            assert [event.text for event in noticed] == ["before", "between"]
