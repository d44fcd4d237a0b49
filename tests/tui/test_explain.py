"""What the ladder and why say, and what they do not make up."""

from __future__ import annotations

import pytest

from relay_tui.core.delivery.why import why
from relay_tui.core.model import Agent, Delivery, Evidence, Message, Reached, Session, State
from relay_tui.tui.words.arrivals import arrival
from relay_tui.tui.words.explain import why_agent
from relay_tui.tui.words.inspector import ladder_view
from relay_tui.tui.words.needs import card_of, find_needs
from relay_tui.tui.words.people import People

NOW = 1_795_183_440_000


def people(harness: str, state: State) -> People:
    session = Session("2", harness, 1, {}, state, NOW, detail="socket closed", started_at=NOW)
    return People("1", {"2": Agent("2", "eve", "agent", NOW)}, {"2": session})


@pytest.mark.parametrize(
    ("harness", "step"), [("callback", "its program must reconnect"), ("terminal", "ctrl+p, agent: restart")]
)
def test_a_lost_agent_is_given_a_remedy_that_works_for_its_kind(harness: str, step: str) -> None:
    who = people(harness, State.LOST)
    card = card_of(find_needs(who, [], [], {}, NOW)[0], "", NOW)
    assert card.facts == (("next", step),)
    why = why_agent("eve", who.sessions["2"], who, "2", NOW)
    assert ("reconnect" in f"{why.next_action} {why.changes}") is (harness == "callback")
    assert ("restart" in f"{why.next_action} {why.changes}") is (harness == "terminal")
    assert arrival(who, "2").words == ("on reconnect" if harness == "callback" else "on restart")


@pytest.mark.parametrize(
    ("state", "detail", "words"),
    [(State.IDLE, "", "now"), (State.WAITING, "approval: rm -rf build", "after your approval")],
)
def test_who_has_asked_for_an_action_and_goes_on_is_written_to_now(state: State, detail: str, words: str) -> None:
    who = people("terminal", state)
    who.sessions["2"].detail = detail
    who.asking = frozenset({"2"})
    assert arrival(who, "2").words == words
    assert who.look("2").word == "approve"


def test_a_rung_whose_record_is_not_there_is_not_explained() -> None:
    message = Message("7", 1, "9", 1, "1", "hello", NOW)
    delivery = Delivery("7", "2", "9", Reached.DELIVERED, queued_at=NOW, evidence=Evidence.TRANSCRIPT)
    who = people("terminal", State.IDLE)
    answer = why(message, delivery, who.agents["2"], who.sessions["2"])
    view = ladder_view(message, delivery, [delivery], [], answer, who, NOW)
    assert [rung.how for rung in view.rungs[1:3]] == ["its record was not found"] * 2
