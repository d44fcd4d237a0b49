"""The long runs, run short: that they hold, and that they find what they look for."""

from __future__ import annotations

import secrets

import pytest

from relay_tui.core.model import Delivery, Disposition, Evidence, Message, Reached

from . import faults, oracle, races

pytestmark = pytest.mark.tmux


async def test_no_shell_runs_what_was_typed_at_a_dying_program() -> None:
    assert await races.run(races=6, panes=6, seed=secrets.randbelow(1 << 31)) == 0


async def test_what_is_said_of_deliveries_to_faulty_programs_is_so() -> None:
    seed = secrets.randbelow(1 << 31)
    assert await faults.run(24, 4, seed, "all", patience=60, keep=False) == 0, f"seed {seed}"


def test_the_oracle_contradicts_a_delivery_that_never_was_a_double_one_and_a_broken_order() -> None:
    first, second = (Message(str(n), n, "9", n, "5", "hi", 0) for n in (1, 2))
    got = [oracle.Taken("2", "aa", 7, joined=False), oracle.Taken("2", "bb", 7, joined=False)]
    late = Delivery("1", "3", "9", Reached.DELIVERED)
    twice = Delivery("2", "3", "9", Reached.DELIVERED)
    _, found = oracle.judge([(first, late), (second, twice)], {"3": oracle.Own(taken=got, got=["2", "2"])})
    assert "never got it" in found[0]
    assert "submitted 2 times to program 7" in found[1]
    swapped = oracle.Own(taken=[oracle.Taken("2", "aa", 7, joined=False)], got=["2", "1"])
    _, found = oracle.judge([(first, late), (second, twice)], {"3": swapped})
    assert found == ["agent 3: message 1 came after 2 of the same sender"]


def test_the_oracle_contradicts_a_reading_that_never_was_and_takes_a_doorbell_for_no_message() -> None:
    message = Message("1", 1, "9", 1, "5", "hi", 0)
    bell = oracle.Taken("1", "aa", 7, joined=False, bell=True)
    read = Delivery("1", "3", "9", Reached.DELIVERED, evidence=Evidence.INBOX_READ)
    _, found = oracle.judge([(message, read)], {"3": oracle.Own(taken=[bell, bell])})
    assert ["never got it" in found[0], "never read it" in found[1], len(found)] == [True, True, 2]
    counts, found = oracle.judge([(message, read)], {"3": oracle.Own(taken=[bell], fetched=["1"], got=["1"])})
    assert (found, counts["read"]) == ([], 1)


def test_the_oracle_takes_no_doorbell_for_rung_that_was_not_and_nothing_for_uncertain_that_a_record_can_tell() -> None:
    message = Message("1", 1, "9", 1, "5", "hi", 0)
    rung = Delivery("1", "3", "9", Reached.ACCEPTED, nonce="aa", route="doorbell", evidence=Evidence.TRANSCRIPT)
    bell = oracle.Taken("1", "aa", 7, joined=False, bell=True)
    counts, found = oracle.judge([(message, rung)], {"3": oracle.Own(taken=[bell])})
    assert (found, counts["told, not read yet"]) == ([], 1)
    _, found = oracle.judge([(message, rung)], {"3": oracle.Own()})
    assert ["never told" in fault for fault in found] == [True]
    doubtful = Delivery("1", "3", "9", disposition=Disposition.UNCERTAIN, attempts=1, reason="half typed")
    _, found = oracle.judge([(message, doubtful)], {"3": oracle.Own()})
    assert ["although its record says it" in fault for fault in found] == [True]
