"""What needs a person: mail that does not get on, replies that do not come, notices, a disk that takes nothing."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from relay_tui.core import commands as c
from relay_tui.core.errors import RelayError
from relay_tui.core.model import Delivery, Disposition, Evidence, Message, Mode, Reached, State
from relay_tui.core.policy.rules import Policy
from relay_tui.core.signals import Signal
from relay_tui.tui.store.store import SNOOZE_MS
from relay_tui.tui.words.needs import card_of, find_needs
from relay_tui.tui.words.when import hhmm
from tests.tui.deck_sample import ManualClock
from tests.tui.frames import desk
from tests.tui.test_rows import NOW, delivery, people, sent
from tests.tui.test_store import world

AGO = NOW - 50_000


def letter(disposition: Disposition, n: int = 0, sender: str = "1", **more: object) -> tuple[Message, Delivery]:
    found = delivery(disposition=disposition, reason="its program refused it", **more)
    message = sent(sender)
    message.id = found.message_id = str(100 + n)
    message.seq = n
    found.updated_at = AGO + n
    return message, found


@pytest.mark.parametrize("disposition", [Disposition.DEAD, Disposition.FAILED, Disposition.EXPIRED])
def test_a_dead_letter_of_anybody_says_why_and_what_to_do(disposition: Disposition) -> None:
    who = people(docs=State.IDLE, builder=State.IDLE)
    [need] = find_needs(who, [], [letter(disposition, sender="3")], {}, NOW)
    assert (need.name, need.what, need.role, need.line) == ("docs", disposition.value, "fault", "text")
    card = card_of(need, "", NOW)
    assert card.does == "was not given a message from builder"
    assert dict(card.facts)["why"] == "its program refused it"
    assert dict(card.facts)["next"].startswith("R ")


def test_dead_letters_of_one_recipient_are_one_need_the_oldest_first() -> None:
    mail = [letter(Disposition.DEAD, n) for n in (3, 1, 2)]
    [need] = find_needs(people(docs=State.IDLE), [], mail, {}, NOW)
    assert (need.message_id, need.what) == ("101", "dead, 3 of them")


def test_letters_to_an_agent_whose_program_ended_are_behind_that_one_need() -> None:
    mail = [
        letter(Disposition.DEAD),
        letter(Disposition.UNCERTAIN, 1),
        (sent(), delivery(reached=Reached.DELIVERED, evidence=Evidence.ECHO)),
    ]
    needs = find_needs(people(docs=State.EXITED), [], mail, {"2": 1}, NOW)
    assert [need.key for need in needs] == ["agent:2"]


@pytest.mark.parametrize(
    ("state", "mode", "disposition", "lies"),
    [
        (State.IDLE, Mode.ON_IDLE, Disposition.ACTIVE, True),
        (State.READY, Mode.ON_IDLE, Disposition.DEFERRED, True),
        (State.WORKING, Mode.ON_IDLE, Disposition.DEFERRED, False),
        (State.IDLE, Mode.MANUAL, Disposition.ACTIVE, False),
        (State.IDLE, Mode.ON_IDLE, Disposition.HELD, False),
    ],
)
def test_mail_that_lies_before_an_idle_agent_needs_a_look(
    state: State, mode: Mode, disposition: Disposition, lies: bool
) -> None:
    mail = [(sent("3", mode=mode), delivery(disposition=disposition, reason="copy mode is on"))]
    needs = find_needs(people(docs=state, builder=State.WORKING), [], mail, {}, NOW)
    assert [need.what for need in needs] == (["idle, 1 due"] if lies else [])
    if lies:
        assert needs[0].reason == "copy mode is on"


def test_mail_that_an_agent_was_idle_for_only_a_moment_ago_is_on_its_way() -> None:
    who = people(docs=State.IDLE)
    who.sessions["2"].since = NOW - 29_000
    assert find_needs(who, [], [(sent(), delivery())], {}, NOW) == []


def test_only_the_operators_own_unproven_messages_need_a_look() -> None:
    claimed = delivery(reached=Reached.DELIVERED, evidence=Evidence.ECHO)
    who = people(docs=State.WORKING, builder=State.WORKING)
    assert [need.what for need in find_needs(who, [], [(sent("1"), claimed)], {}, NOW)] == ["unverified"]
    assert find_needs(who, [], [(sent("3"), claimed)], {}, NOW) == []


def test_what_one_agent_does_not_prove_is_one_need_however_much_of_it_there_is() -> None:
    claimed = [delivery(reached=Reached.DELIVERED, evidence=Evidence.ECHO) for _ in range(12)]
    claimed[7].queued_at -= 5_000
    needs = find_needs(people(docs=State.IDLE), [], [(sent("1"), one) for one in claimed], {}, NOW)
    assert [(need.what, need.since) for need in needs] == [("12 unverified", claimed[7].queued_at)]


def test_no_proof_is_asked_for_of_an_agent_that_was_removed() -> None:
    who = people(docs=State.IDLE)
    claimed = [(sent("1"), delivery(reached=Reached.DELIVERED, evidence=Evidence.ECHO))]
    assert find_needs(who, [], claimed, {}, NOW)
    who.gone = {"2": who.agents.pop("2").name}
    assert find_needs(who, [], claimed, {}, NOW) == []


async def test_a_reply_that_did_not_come_in_time_needs_a_person_until_it_comes(tmp_path: Path) -> None:
    at = [1_795_183_440_000]
    async with world(tmp_path, "builder", clock=lambda: at[0]) as w:
        await w.state("builder", State.WORKING)
        say = c.SendMessage(to="@builder", text="which branch?", expects_reply=True, reply_by=at[0] + 60_000)
        asked = await w.relay.execute(say, w.store.host.operator)
        await w.up_to_date()
        assert [need.what for need in w.store.view.needs] == []
        at[0] += 61_000
        await w.up_to_date()
        [need] = w.store.view.needs
        assert (need.key, need.name, need.what, need.line) == (
            f"reply:{asked.id}",
            "builder",
            "no reply",
            "which branch?",
        )
        why = await w.store.why(f"need:{need.key}")
        assert why is not None
        assert why.next_key == "r"
        await w.relay.execute(c.Reply(message_id=asked.id, text="main"), w.caller("builder"))
        at[0] += 2_000
        await w.up_to_date()
        assert w.store.view.needs == []


async def test_who_waits_for_the_operators_reply_is_among_what_needs_him(tmp_path: Path) -> None:
    async with world(tmp_path, "builder") as w:
        say = c.SendMessage(to="@sam", text="ship it?", expects_reply=True)
        asked = await w.relay.execute(say, w.caller("builder"))
        await w.up_to_date()
        [need] = w.store.view.needs
        assert (need.key, need.name, need.what) == (f"owed:{asked.id}", "builder", "asks you")


async def test_what_a_rule_says_is_one_need_per_rule_until_it_is_put_away(tmp_path: Path) -> None:
    async with world(tmp_path, "builder") as w:
        rule = c.CreateRule(name="ships", when={"kind": "message", "contains": "ship"},
                            then={"kind": "notify", "text": "{agent}: {text}"})  # fmt: skip
        made = await w.relay.execute(rule, w.store.host.operator)
        for n in range(2):
            await w.relay.execute(c.SendMessage(to="#general", text=f"ship {n}"), w.caller("builder"))
            await w.relay.wait_for({"kind": "event", "type": "rule.ran"}, timeout=5, from_seq=w.relay.last_seq - 2)
        while sum(one.count for one in w.store.waiting.notices.values()) < 2:
            await asyncio.wait_for(w.store._news.wait(), 5)
        await w.up_to_date()
        [need] = w.store.view.needs
        assert (need.key, need.name, need.what) == (f"notice:{made.id}", "ships", "rule, 2 times")
        assert need.line == "builder: ship 1"
        w.store.snooze(need.key)
        await w.up_to_date()
        assert w.store.view.needs == []


async def test_what_is_snoozed_is_said_with_its_time_and_can_be_taken_back(tmp_path: Path) -> None:
    clock = ManualClock()
    async with world(tmp_path, "builder", "docs", clock=clock) as w:
        for name in ("builder", "docs"):
            await w.state(name, State.BLOCKED, "no quota")
        await w.up_to_date()
        assert (len(w.store.view.needs), w.store.view.snoozed) == (2, "")
        first, second = [need.key for need in w.store.view.needs]
        back_at = hhmm(clock() + SNOOZE_MS)
        assert w.store.snooze(first)
        clock.advance(60_000)
        assert w.store.snooze(second)
        await w.up_to_date()
        assert (w.store.view.needs, w.store.view.snoozed) == ([], f"2 snoozed, next {back_at}")
        w.store.unsnooze(second)
        await w.up_to_date()
        assert ([need.key for need in w.store.view.needs], w.store.view.snoozed[:9]) == ([second], "1 snoozed")
        for name in ("builder", "docs"):
            idle = c.RecordState(agent_id=w.agents[name].id, generation=1, state=State.IDLE, evidence="pane")
            await w.relay.execute(idle)
        await w.up_to_date()
        assert w.store.view.snoozed == "", "what nobody needs any more is not waited for"


async def test_the_snoozed_line_stands_under_the_needs_and_enter_brings_them_back() -> None:
    async with desk() as d:
        d.source.view.snoozed = "2 snoozed, next 14:20"
        await d.show()
        d.deck.go_into(d.deck.rail)
        assert "2 snoozed, next 14:20" in d.frame
        d.deck.rail.go_to("snoozed:")
        await d.press("enter")
        await d.settle()
        assert ("unsnooze", "") in d.source.asked
        d.source.view.needs = []
        await d.show()
        assert "2 snoozed, next 14:20" in d.frame, "also where nothing else needs anybody"
        d.deck.go_into(d.deck.card)
        await d.press("s", "u")
        await d.settle()
        snoozed = [asked[1] for asked in d.source.asked if asked[0] == "snooze"]
        assert [asked[1] for asked in d.source.asked if asked[0] == "unsnooze"][1:] == snoozed


async def test_a_notice_that_came_while_no_deck_was_open_is_there_when_it_opens(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        rule = c.CreateRule(name="r", when={"kind": "message"}, then={"kind": "notify", "text": "{text}"})
        await w.relay.execute(rule, w.store.host.operator)
        await w.relay.execute(c.SendMessage(to="#general", text="x"), w.store.host.operator)
        await w.relay.wait_for({"kind": "event", "type": "rule.ran"}, timeout=5, from_seq=1)
        w.store.waiting.notices.clear()
        await w.store._look_back()
        assert [notice.text for notice in w.store.waiting.notices.values()] == ["x"]


async def test_damage_and_a_full_disk_come_first_and_a_disk_with_room_again_goes(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        w.relay.health.damaged(["row 7 missing from index agents_token"])
        await w.up_to_date()
        assert [(need.name, need.what) for need in w.store.view.needs] == [("storage", "damaged")]
        w.relay.health.failed(RelayError("storage_full", "The disk is full."))
        await w.up_to_date()
        assert [need.what for need in w.store.view.needs] == ["disk full"]
        await w.relay.execute(c.SendMessage(to="#general", text="there is room"), w.store.host.operator)
        await w.up_to_date()
        assert [need.what for need in w.store.view.needs] == ["damaged"]


async def test_a_policy_that_cannot_be_read_is_said_because_it_denies_everything(tmp_path: Path) -> None:
    async with world(tmp_path, policy=Policy(fault="policy.toml: rule.0.verdict: not a verdict")) as w:
        [need] = w.store.view.needs
        assert (need.name, need.what) == ("policy", "denies all")
        why = await w.store.why(f"need:{need.key}")
        assert why is not None
        assert "every action is denied" in why.sentence


async def test_the_relay_knows_that_its_disk_takes_nothing_and_tells_it_once(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        told: list[Signal] = []
        w.relay.on_signal(told.append)
        db: sqlite3.Connection = w.relay._log._db
        pages = db.execute("PRAGMA page_count").fetchone()[0]
        db.execute(f"PRAGMA max_page_count = {pages}")
        for _ in range(2):
            with pytest.raises(RelayError) as full:
                await w.relay.execute(c.SendMessage(to="#general", text="x" * 200_000), w.store.host.operator)
            assert full.value.code == "storage_full"
        assert [signal.kind for signal in told] == ["storage"]
        db.execute("PRAGMA max_page_count = 1000000")
        await w.relay.execute(c.SendMessage(to="#general", text="x"), w.store.host.operator)
        assert [signal.kind for signal in told] == ["storage", "storage"]
