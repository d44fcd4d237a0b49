from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from relay_tui.core import commands as c
from relay_tui.core.delivery import deadlines_file, expiry
from relay_tui.core.delivery.deadlines import DELIVER_BY, Deadlines, load, parse, said_by_itself
from relay_tui.core.delivery.standing import is_let_go
from relay_tui.core.model import Caller, Delivery, Disposition, Message, Mode
from relay_tui.core.relay import DEADLINES_NAME, Relay
from relay_tui.core.session import Receipt

from ..conftest import Hands, newcomer, until
from .conftest import Program

RULES = """
[[deadline]]
name = "orders stand"
from = "ada"
after = "never"

[[deadline]]
name = "builder's questions go stale"
to = "build*"
channel = "@"
mode = "on-idle"
after = "10m"

[[deadline]]
name = "the rest"
after = "2h"
"""


def rule(
    rules: Deadlines, mode: Mode = Mode.ON_IDLE, sender: str = "planner", to: str = "builder", at: str = "@"
) -> str:
    found = rules.rule_on(mode, sender, to, at)
    return found.name if found else ""


def test_the_first_rule_that_matches_counts() -> None:
    rules = parse(RULES)
    assert rules.fault == ""
    assert rule(rules) == "builder's questions go stale"
    assert rule(rules, sender="Ada") == "orders stand"
    assert rule(rules, mode=Mode.IMMEDIATE) == rule(rules, to="tester") == rule(rules, at="release") == "the rest"
    assert [one.after for one in rules.rules] == [None, 600_000, 7_200_000]
    assert (rules.soonest(Mode.ON_IDLE), rules.soonest(Mode.IMMEDIATE)) == (600_000, 7_200_000)
    assert parse("").rules == ()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[[deadline]", "is not TOML"),
        (f"x = {'[' * 5_000}", "is not TOML"),
        (f"x = {'1' * 5_000}", "is not TOML"),
        ("[[deadline]]\nname='x'\nafter='soon'", "deadline.0.after"),
        ("[[deadline]]\nname='x'\nafter=600", "deadline.0.after"),
        ("[[deadline]]\nname='x'\nafter='-1m'", "deadline.0.after"),
        ("[[deadline]]\nname='x'", "deadline.0.after"),
        ("[[deadline]]\nname='x'\nafter='1m'\nmode='sometime'", "deadline.0.mode"),
        ("[[deadlines]]\nname='x'\nafter='1m'", "deadlines"),
    ],
)
def test_a_file_that_cannot_be_used_says_where_and_leaves_nothing_to_a_guess(text: str, place: str) -> None:
    rules = parse(text)
    assert place in rules.fault
    assert rules.rules == ()
    assert place in rules.in_doubt(None)
    assert rules.in_doubt({DELIVER_BY: 5}) == ""
    assert parse(RULES).in_doubt(None) == ""


def test_no_file_is_no_rule_and_one_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    assert load(tmp_path / "delivery.toml") == Deadlines()
    assert "cannot be read" in load(tmp_path).fault
    (tmp_path / "delivery.toml").write_bytes(b"\xff")
    assert "cannot be read" in load(tmp_path / "delivery.toml").fault


def test_only_a_number_is_a_message_s_own_word() -> None:
    assert said_by_itself({DELIVER_BY: 7}) == 7
    for data in (None, {}, {DELIVER_BY: "7"}, {DELIVER_BY: True}):
        assert said_by_itself(data) is None


def rules(folder: Path, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / DEADLINES_NAME).write_text(text, "utf-8")


async def test_a_rule_ends_what_its_recipient_did_not_take_in_time_and_nobody_else_s(
    folder: Path, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expiry, "RECOVER_AFTER", 0.0)
    rules(folder, '[[deadline]]\nname="stale"\nto="builder"\nafter="10m"\n')
    async with Relay.open(folder, clock=hands) as relay:
        people = [await newcomer(relay, name) for name in ("planner", "builder", "tester")]
        said = await relay.execute(c.SendMessage(to="#general", text="hello"), people[0])
        retried = await relay.execute(c.SendMessage(to="@builder", text="again"), people[0])
        hands.now += 600_000

    async with Relay.open(folder, clock=hands) as relay:

        async def words(message_id: str) -> list[str]:
            found = (await relay.queries.deliveries([message_id]))[message_id]
            return [d.word for d in sorted(found, key=lambda d: int(d.agent_id))]

        async def ended() -> bool:
            return await words(said.id) == ["expired", "queued"] and await words(retried.id) == ["expired"]

        await until(relay, ended)
        reason = (await relay.queries.deliveries([said.id]))[said.id][0].reason
        assert "by the rule 'stale'" in reason
        operator = await newcomer(relay, "ada", "human")
        await relay.execute(c.RetryDelivery(message_id=retried.id, agent_id=people[1].agent_id), operator)

    async with Relay.open(folder, clock=hands) as relay:
        later = await relay.execute(c.SendMessage(to="@builder", text="later"), people[0])
        hands.now += 600_000
        await relay.execute(c.SendMessage(to="@builder", text="wakes", data={DELIVER_BY: 1}), people[0])

        async def later_ended() -> bool:
            return await words(later.id) == ["expired"]

        await until(relay, later_ended)
        assert await words(retried.id) == ["queued"], "a person let it go again"
        assert (await words(said.id))[1] == "queued"


async def test_with_a_file_that_cannot_be_used_only_what_names_its_own_time_goes(folder: Path) -> None:
    rules(folder, "[[deadline]]")
    async with Relay.open(folder) as relay:
        operator, agent = await newcomer(relay, "ada", "human"), await newcomer(relay, "builder")
        session = await relay.execute(c.StartSession(agent_id=agent.agent_id, harness="test"))
        program = Program(agent.agent_id, session.generation)
        await relay.sessions.attach(program)
        stuck = await relay.execute(c.SendMessage(to="@builder", text="when?"), operator)

        async def deferred() -> str:
            found = await relay.queries.delivery(stuck.id, agent.agent_id)
            return found.reason if found and found.word == "deferred" else ""

        assert "delivery.toml has a fault at deadline.0" in await until(relay, deferred)
        planner = Caller((await newcomer(relay, "planner")).agent_id)
        far = {DELIVER_BY: relay.clock() + 60_000}
        await relay.execute(c.SendMessage(to="@builder", text="in time", data=far), planner)
        assert await program.has(1) == ["in time"]


async def test_a_rule_that_is_written_while_the_relay_runs_counts_and_one_that_cannot_be_read_does_not(
    folder: Path, hands: Hands, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expiry, "RECOVER_AFTER", 0.0)
    async with Relay.open(folder, clock=hands) as relay:
        await relay.deadlines.close()  # here it is looked at when the test says so
        operator, agent = await newcomer(relay, "ada", "human"), await newcomer(relay, "builder")
        said = await relay.execute(c.SendMessage(to="@builder", text="hello"), operator)

        async def look() -> Deadlines | None:
            assert await relay.deadlines.look() is None, "what has just changed may be half written"
            found = await relay.deadlines.look()
            if found is not None:
                relay.sessions.rule(found)
            return found

        assert await look() is None
        rules(folder, '[[deadline]]\nname = "soon"\nafter = "10m"\n')
        assert await look() is not None
        rules(folder, "[[deadline]")
        assert await look() is None
        assert relay.deadlines.current.rules[0].name == "soon"
        assert "delivery.toml is not TOML" in relay.deadlines.fault
        assert "the rules of before still count" in caplog.text
        hands.now += 600_000
        await relay.execute(c.SendMessage(to="@builder", text="wakes", data={DELIVER_BY: 1}), operator)

        async def ended() -> str:
            found = await relay.queries.delivery(said.id, agent.agent_id)
            return found.reason if found and found.word == "expired" else ""

        assert "by the rule 'soon'" in await until(relay, ended)
        (folder / DEADLINES_NAME).unlink()
        assert await look() == Deadlines()
        assert relay.deadlines.fault == ""


async def test_mending_a_file_that_could_not_be_used_at_the_start_lets_go_what_waited_for_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadlines_file, "LOOK_EVERY", 0.01)
    rules(folder, "[[deadline]]")
    async with Relay.open(folder) as relay:
        operator, agent = await newcomer(relay, "ada", "human"), await newcomer(relay, "builder")
        session = await relay.execute(c.StartSession(agent_id=agent.agent_id, harness="test"))
        program = Program(agent.agent_id, session.generation)
        await relay.sessions.attach(program)
        await relay.execute(c.SendMessage(to="@builder", text="when?"), operator)
        rules(folder, RULES)
        assert await program.has(1) == ["when?"]


async def test_what_expired_while_no_relay_ran_is_not_handed_over_at_the_next_start(folder: Path, hands: Hands) -> None:
    async with Relay.open(folder, clock=hands) as relay:
        operator, agent = await newcomer(relay, "ada", "human"), await newcomer(relay, "builder")
        late = await relay.execute(
            c.SendMessage(to="@builder", text="tonight", data={DELIVER_BY: hands.now + 1}), operator
        )
    hands.now += 10
    async with Relay.open(folder, clock=hands) as relay:
        session = await relay.execute(c.StartSession(agent_id=agent.agent_id, harness="test"))
        program = Program(agent.agent_id, session.generation)
        await relay.sessions.attach(program)
        await relay.execute(c.SendMessage(to="@builder", text="today"), operator)
        assert await program.has(1) == ["today"]
        found = await relay.queries.delivery(late.id, agent.agent_id)
        assert found is not None
        assert found.word == "expired"


async def test_what_came_back_after_its_time_or_waits_for_its_next_try_expires_all_the_same(
    folder: Path, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expiry, "RECOVER_AFTER", 0.0)
    monkeypatch.setattr(expiry, "UNDER_WAY", 0)
    async with Relay.open(folder, clock=hands) as relay:
        operator, agent = await newcomer(relay, "ada", "human"), await newcomer(relay, "builder")
        session = await relay.execute(c.StartSession(agent_id=agent.agent_id, harness="test"))
        program = Program(
            agent.agent_id, session.generation, gate=asyncio.Event(), receipts=lambda _: Receipt("deferred", how="busy")
        )
        await relay.sessions.attach(program)
        sent = await relay.execute(c.SendMessage(to="@builder", text="hi", data={DELIVER_BY: hands.now + 10}), operator)
        await program.has(1)
        hands.now += 20
        # Looked at while it is under way: somebody else's message has a time that is over.
        await relay.execute(c.SendMessage(to="@builder", text="wakes", data={DELIVER_BY: 1}), operator)
        assert program.gate is not None
        program.gate.set()

        async def word() -> bool:
            found = await relay.queries.delivery(sent.id, agent.agent_id)
            return found is not None and found.word == "expired"

        await until(relay, word)
        assert len(program.got) == 1


def test_only_a_persons_word_is_more_than_a_deadline() -> None:
    message = Message("7", 1, "2", 1, "5", "hi", created_at=1_000)
    told = Delivery("7", "3", "2", disposition=Disposition.ACTIVE, until=2_000, updated_at=2_000)
    retried = Delivery("7", "3", "2", disposition=Disposition.DEFERRED, until=2_500, updated_at=2_000)
    assert is_let_go(message, told)
    assert is_let_go(message, replace(told, disposition=Disposition.DEFERRED, updated_at=3_000))
    assert not is_let_go(message, retried)
    assert is_let_go(replace(message, mode=Mode.MANUAL), retried)
