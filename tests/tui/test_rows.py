"""Deliveries as tracks, messages as rows, what needs a person: pure, so every case is a line."""

from __future__ import annotations

import pytest

from relay_tui.core.model import (
    Agent,
    Approval,
    Channel,
    Delivery,
    Disposition,
    Evidence,
    Message,
    Reached,
    Session,
    State,
)
from relay_tui.tui.drawing.glyphs import ASCII, UNICODE
from relay_tui.tui.widgets.ladder import track
from relay_tui.tui.words.needs import card_of, find_needs, literal
from relay_tui.tui.words.people import People, state_sentence, state_words
from relay_tui.tui.words.rows import delivery_row, message_row, open_mine, worth_a_look
from relay_tui.tui.words.track import cells_of
from relay_tui.tui.words.when import age, delta

NOW = 1_795_183_440_000
CHANNEL = Channel("9", "channel", "release", 0, "1")


def people(**states: State) -> People:
    agents = {str(n): Agent(str(n), name, "agent", 0) for n, name in enumerate(states, start=2)}
    agents["1"] = Agent("1", "sam", "human", 0)
    ids = {agent.name: id for id, agent in agents.items()}
    sessions = {ids[name]: Session(ids[name], "terminal", 1, {}, state, NOW - 60_000) for name, state in states.items()}
    return People("1", agents, sessions)


def delivery(agent_id: str = "2", reached: Reached = Reached.QUEUED, **more: object) -> Delivery:
    made = Delivery("100", agent_id, "9", reached, queued_at=NOW - 50_000, **more)  # type: ignore[arg-type]
    if reached >= Reached.DELIVERED and "evidence" not in more:
        made.evidence = Evidence.TRANSCRIPT
    return made


def sent(sender: str = "1", **more: object) -> Message:
    return Message("100", 1, "9", 1, sender, "text", NOW - 50_000, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "cells"),
    [
        (delivery(), "...."),
        (delivery(reached=Reached.ACCEPTED), "#..."),
        (delivery(reached=Reached.DELIVERED), "##.."),
        (delivery(reached=Reached.ACKNOWLEDGED), "###."),
        (delivery(reached=Reached.ANSWERED), "####"),
        (delivery(reached=Reached.DELIVERED, evidence=Evidence.ECHO), "#~.."),
        (delivery(reached=Reached.ACCEPTED, disposition=Disposition.FAILED), "#x.."),
        (delivery(disposition=Disposition.HELD), "=..."),
        (delivery(disposition=Disposition.DEFERRED), "=..."),
        (delivery(reached=Reached.ACCEPTED, disposition=Disposition.UNCERTAIN), "#~.."),
        (delivery(reached=Reached.DELIVERED, disposition=Disposition.FAILED), "##.."),
    ],
)
def test_a_track_says_how_far_and_how_sure(given: Delivery, cells: str) -> None:
    assert cells_of(given) == cells


def test_a_track_is_drawn_in_both_sets() -> None:
    assert "".join(span.text for span in track("#~.x", "need", UNICODE)) == "━╍─×"
    assert "".join(span.text for span in track("#~.=", "need", ASCII)) == "#~.="


def test_what_waits_for_a_stopped_program_is_queued_behind_a_fault() -> None:
    row = delivery_row(delivery(), people(docs=State.EXITED), NOW)
    assert (row.cells, row.word, row.role, row.when) == ("x...", "queued", "fault", "50s")


def test_late_evidence_wins_over_a_fault() -> None:
    failed = delivery(reached=Reached.DELIVERED, disposition=Disposition.FAILED)
    assert delivery_row(failed, people(docs=State.IDLE), NOW).word == "delivered"


def test_a_deferral_is_opened_for_who_waits_for_it_and_folded_for_others() -> None:
    known = [delivery(disposition=Disposition.DEFERRED, reason="working; goes when it is idle")]
    who = people(docs=State.WORKING, tester=State.IDLE)
    mine = message_row(sent("1"), known, CHANNEL, who, NOW)
    theirs = message_row(sent("3"), known, CHANNEL, who, NOW)
    assert [row.reason for row in mine.deliveries] == ["working; goes when it is idle"]
    assert theirs.deliveries == ()
    assert theirs.cells == "=..."


def test_all_proven_folds_to_the_lowest_rung() -> None:
    known = [delivery("2", Reached.ANSWERED), delivery("3", Reached.DELIVERED)]
    row = message_row(sent(), known, CHANNEL, people(docs=State.IDLE, tester=State.IDLE), NOW)
    assert (row.summary, row.cells, row.deliveries) == ("2 delivered", "##..", ())


def test_a_message_to_one_of_many_folds_to_how_far_that_one_is() -> None:
    known = [delivery("2", Reached.ANSWERED), delivery("3", Reached.DELIVERED)]
    who = people(docs=State.IDLE, tester=State.IDLE)
    row = message_row(sent(mentions=("2",)), known, CHANNEL, who, NOW)
    assert (row.summary, row.cells) == ("answered", "####")


def test_above_six_recipients_only_trouble_has_rows() -> None:
    who = people(**{f"a{n}": State.IDLE for n in range(9)}, docs=State.EXITED)
    known = [delivery(str(n), Reached.DELIVERED) for n in range(2, 11)] + [delivery("11")]
    row = message_row(sent(), known, CHANNEL, who, NOW)
    assert [d.name for d in row.deliveries] == ["docs"]
    assert row.summary == "9 of 10 delivered"
    assert row.rest == "9 others, delivered or better"


def test_what_is_claimed_and_not_proven_is_never_counted_as_delivered() -> None:
    who = people(**{f"a{n:02}": State.IDLE for n in range(20)})
    known = [delivery(str(n), Reached.DELIVERED, evidence=Evidence.ECHO) for n in range(2, 22)]
    row = message_row(sent(), known, CHANNEL, who, NOW)
    assert row.summary == "0 of 20 delivered"
    assert row.rest == "12 others, not delivered yet"


def test_a_mentioned_agent_comes_first_and_is_whom_it_is_addressed_to() -> None:
    known = [delivery("2"), delivery("3")]
    who = people(docs=State.EXITED, tester=State.EXITED)
    row = message_row(sent(mentions=("3",)), known, CHANNEL, who, NOW)
    assert row.to == "tester"
    assert [d.name for d in row.deliveries] == ["tester", "docs"]


def test_my_open_messages_are_those_past_their_first_seconds() -> None:
    who = people(docs=State.IDLE)
    fresh = delivery()
    fresh.queued_at = NOW - 1_000
    assert open_mine([(sent(), fresh)], who, NOW) == []
    assert [row.name for row in open_mine([(sent(), delivery())], who, NOW)] == ["docs"]


def approval(**more: object) -> Approval:
    request = {"arguments": {"command": "rm -rf build/\nmake all"}, "cwd": "/proj"}
    return Approval("7", "8", "run", "2", request, "ab" * 32, NOW - 40_000, NOW + 60_000, **more)  # type: ignore[arg-type]


def test_needs_are_ordered_by_urgency_then_age() -> None:
    who = people(a=State.UNKNOWN, b=State.WAITING, docs=State.EXITED, fine=State.IDLE)
    needs = find_needs(who, [approval()], [], {"4": 2}, NOW)
    assert [(need.name, need.what) for need in needs] == [
        ("a", "approve"),
        ("b", "asks"),
        ("docs", "exited"),
        ("a", "look"),
    ]
    assert needs[2].line == "2 messages queued"


def test_an_agent_that_was_released_needs_nobody() -> None:
    who = people(docs=State.EXITED)
    who.sessions["2"].detail = "released"
    assert find_needs(who, [], [], {}, NOW) == []


def test_an_unproven_message_of_mine_needs_a_look_after_thirty_seconds() -> None:
    claimed = delivery(reached=Reached.DELIVERED, evidence=Evidence.ECHO)
    who = people(tester=State.IDLE)
    assert [need.what for need in find_needs(who, [], [(sent(), claimed)], {}, NOW)] == ["unverified"]
    claimed.queued_at = NOW - 29_000
    assert find_needs(who, [], [(sent(), claimed)], {}, NOW) == []


def test_a_request_is_shown_with_its_action_and_its_arguments_as_json() -> None:
    assert literal(approval()) == ["run", '  command: "rm -rf build/\\nmake all"']
    other = approval()
    other.request["arguments"] = {"target": "prod\u202e", "force": True}
    assert literal(other) == ["run", '  target: "prod\u202e"', "  force: true"]


def test_a_card_says_where_by_which_rule_and_until_when() -> None:
    need = find_needs(people(builder=State.WORKING), [approval(rule="default", reason="ask")], [], {}, NOW)[0]
    card = card_of(need, "need 1 of 1", NOW)
    assert [label for label, _ in card.facts] == ["in", "rule", "until"]
    assert card.digest == "abab abab"


@pytest.mark.parametrize(
    ("ms", "words"), [(-5, "0s"), (40_000, "40s"), (120_000, "2m"), (3 * 3_600_000, "3h"), (4 * 86_400_000, "4d")]
)
def test_ages_are_short(ms: int, words: str) -> None:
    assert age(ms) == words


def test_steps_say_how_long_they_took() -> None:
    assert [delta(ms) for ms in (187, 2_100, 240_000)] == ["+187 ms", "+2.1 s", "+4 m"]


@pytest.mark.parametrize(
    ("state", "detail", "words", "sentence"),
    [
        (State.LOST, "socket closed", "lost: socket closed", "eve is lost: socket closed"),
        (State.EXITED, "exit 1", "exited 1", "eve has exited, with status 1"),
        (State.EXITED, "signal 9", "exited: signal 9", "eve has exited: signal 9"),
        (State.EXITED, "", "exited", "eve has exited"),
        (State.WAITING, "approval", "waiting: approval", "eve is waiting: approval"),
        (State.IDLE, "", "idle", "eve is idle"),
    ],
)
def test_a_state_reads_as_a_phrase_and_as_a_sentence(state: State, detail: str, words: str, sentence: str) -> None:
    found = Session("1", "terminal", 1, {}, state, NOW, detail=detail)
    assert state_words(found) == words
    assert state_sentence("eve", found) == sentence


def test_the_recipients_of_a_message_stand_in_the_order_in_which_they_are_worth_a_look() -> None:
    they = people(ann=State.IDLE, bob=State.IDLE, cat=State.EXITED)
    known = [delivery("2", Reached.DELIVERED), delivery("3", Reached.ANSWERED), delivery("4")]
    found = worth_a_look(sent(mentions=("3",)), known, they, NOW)
    assert [they.name(one.agent_id) for one in found] == ["cat", "bob", "ann"]
