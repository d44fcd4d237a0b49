"""What agents answer people: the intent is found, the asked thing is named, the role is kept."""

from __future__ import annotations

import random
import time

import pytest

from relay_tui.core.text import mentions
from relay_tui.demo.cast import ROLES
from relay_tui.demo.facts import facts_of
from relay_tui.demo.guard import MOST, Guard
from relay_tui.demo.voices import GIST, Standing, answer, aside, gist_of, intent_of

FACTS = facts_of(1)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("@builder status?", "status"),
        ("How is it going?", "status"),
        ("are you blocked?", "blocked"),
        ("Please include the case with two BOMs.", "request"),
        ("@docs rename the page", "request"),
        ("could you rerun the suite?", "request"),
        ("Stop, please.", "stop"),
        ("thanks!", "thanks"),
        ("hello everyone", "hello"),
        ("How does the lexer take tabs?", "explain"),
        ("Is that safe?", "question"),
        ("The page reads well.", "remark"),
        ("", "remark"),
    ],
)
def test_what_a_person_wants_is_found(text: str, intent: str) -> None:
    assert intent_of(text) == intent


@pytest.mark.parametrize(
    ("text", "gist"),
    [
        ("@builder please build 0.9.1", "build 0.9.1"),
        ("Hey @tester, could you please rerun the suite, please?", "rerun the suite"),
        ("@docs tell @planner and me", "tell planner and you"),
        ("@tester Show me your notes!", "show me your notes".replace("me your", "you my")),
        ("CI is red", "CI is red"),
        ("\n\n  two\nlines", "two"),
        ("???", ""),
    ],
)
def test_what_was_asked_is_repeated_from_the_other_side(text: str, gist: str) -> None:
    assert gist_of(text) == gist


@pytest.mark.parametrize("role", [*ROLES, "builder-2"])
def test_a_request_is_taken_up_done_and_reported_by_name(role: str) -> None:
    taken, done = answer(role, f"@{role} please check the BOM case", Standing(), FACTS, random.Random(1))
    assert "check the BOM case" in taken.text
    assert "check the BOM case" in done.text
    assert sum(work.seconds for work in taken.work) <= 1
    assert len(done.work) >= 2


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    "text", ["status?", "hi", "blocked?", "thanks", "why is that?", "is it?", "I see.", "", "please"]
)
def test_every_other_answer_is_one_short_part_within_two_seconds(role: str, text: str) -> None:
    (part,) = answer(role, text, Standing(), FACTS, random.Random(2))
    assert 0 < len(part.text) < 200
    assert "{" not in part.text
    assert sum(work.seconds for work in part.work) < 1


def test_an_answer_names_nobody_so_that_it_calls_nobody_else() -> None:
    for part in answer("planner", "@planner please tell @builder and @docs", Standing(), FACTS, random.Random(3)):
        assert not mentions(part.text)


def test_a_pending_decision_is_what_blocks() -> None:
    standing = Standing(
        undecided="the preview of main", next="the fix", waits_on="tester", waits_for="the failing case"
    )
    (part,) = answer("builder", "are you blocked?", standing, FACTS, random.Random(4))
    assert "the preview of main" in part.text


def test_somebody_at_the_keys_is_answered_on_the_screen() -> None:
    assert "keep the shim" in aside("builder", "please keep the shim", Standing(), random.Random(5))
    assert aside("builder", "???", Standing(), random.Random(5))


@pytest.mark.parametrize("text", ["a" * 200_000, "please " * 50_000, " ," * 100_000, "@x " * 100_000, "\n" * 100_000])
def test_long_and_odd_text_is_looked_at_briefly(text: str) -> None:
    began = time.perf_counter()
    assert len(gist_of(text)) <= GIST + 2
    intent_of(text)
    assert time.perf_counter() - began < 0.5


def test_a_sender_that_never_stops_is_not_answered_forever() -> None:
    guard = Guard()
    assert sum(guard.allows("bot") for _ in range(MOST * 2)) == MOST
    assert guard.allows("somebody else")
