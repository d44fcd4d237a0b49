from __future__ import annotations

from pathlib import Path

import pytest

from relay_tui.core import commands as c
from relay_tui.core.delivery import expiry
from relay_tui.core.delivery.deadlines import DELIVER_BY, Deadlines, load, parse, said_by_itself
from relay_tui.core.model import Caller, Mode
from relay_tui.core.relay import DEADLINES_NAME, Relay

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
    folder.mkdir()
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
        assert "by the rule “stale”" in reason
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
