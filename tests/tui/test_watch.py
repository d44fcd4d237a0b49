"""Which transcripts are on the screen, and what their cards say."""

from __future__ import annotations

import pytest

from relay_tui.agents.tmux.sgr import Style
from relay_tui.core.model import Agent, Session, State
from relay_tui.core.session import TranscriptEntry
from relay_tui.tui.drawing.glyphs import UNICODE
from relay_tui.tui.facts.watch import Watch, style_role
from relay_tui.tui.view.deck import TranscriptView
from relay_tui.tui.widgets.transcripts import draw_transcript
from relay_tui.tui.words.people import People


def people(**states: State) -> People:
    agents = {name: Agent(name, name, "agent", 0) for name in states}
    return People("", agents, {name: Session(name, "terminal", 1, {}, state, 0) for name, state in states.items()})


def test_a_slot_changes_hands_only_when_its_agent_is_quiet_and_another_is_at_work() -> None:
    watch = Watch(slots=2)
    watch.choose(people(a=State.IDLE, b=State.IDLE, c=State.IDLE))
    assert watch.shown == ["a", "b"]
    watch.choose(people(a=State.WORKING, b=State.IDLE, c=State.WORKING))
    assert watch.shown == ["a", "c"]
    watch.choose(people(a=State.IDLE, b=State.IDLE, c=State.IDLE))
    assert watch.shown == ["a", "c"]


def test_a_pinned_agent_keeps_the_first_slot() -> None:
    watch = Watch(slots=2)
    watch.toggle_pin("c")
    watch.choose(people(a=State.WORKING, b=State.WORKING, c=State.IDLE))
    assert watch.shown[0] == "c"


@pytest.mark.parametrize("height", [3, 7, 20])
def test_a_card_fills_exactly_its_rows_and_shows_the_newest(height: int) -> None:
    entries = tuple(TranscriptEntry(n, n, "assistant", "read", f"file {n}") for n in range(50))
    view = TranscriptView("1", "a", "claude", "working", "motion", "working", "", entries, ("14:01",) * 50)
    lines = draw_transcript(view, 54, height, UNICODE)
    assert len(lines) == height
    assert any("file 49" in line.text for line in lines)
    assert all(len(line.text) <= 54 for line in lines)


def test_what_it_got_names_the_sender_and_not_the_frame() -> None:
    text = "[relay msg=7203 thread=7201 from=planner to=#release key=9f3a12cd]\nplease build\n[/relay key=9f3a12cd]"
    entry = TranscriptEntry(0, 0, "user", "got", text)
    view = TranscriptView("1", "a", "claude", "working", "motion", "working", "", (entry,), ("14:01",))
    assert " 14:01  got   planner  please build" in draw_transcript(view, 54, 7, UNICODE)[1].text


def test_the_operator_is_you_in_what_was_exchanged_with_him() -> None:
    text = "[relay msg=7203 from=sam to=@a key=9f3a12cd]\nplease build\n[/relay key=9f3a12cd]"
    got = TranscriptEntry(0, 0, "user", "got", text)
    gave = TranscriptEntry(1, 0, "assistant", "sent", "done", {"to": "@sam"})
    view = TranscriptView(
        "1", "a", "claude", "working", "motion", "working", "", (got, gave), ("14:01", "14:02"), me="sam"
    )
    lines = [line.text for line in draw_transcript(view, 54, 7, UNICODE)]
    assert " 14:01  got   you  please build" in lines[1]
    assert " 14:02  sent  you  done" in lines[2]


def test_the_style_of_a_captured_run_becomes_ink() -> None:
    assert style_role(Style()) == ""
    assert style_role(Style(fg="#ff0000", bold=True)) == "raw:bold #ff0000"
    assert style_role(Style(fg=3, bg=250)) == "raw:color(3) on color(250)"
