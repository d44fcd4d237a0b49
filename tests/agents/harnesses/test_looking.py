from __future__ import annotations

import pytest

from relay_tui.agents.harnesses.looking import QUIET, Watcher
from relay_tui.agents.harnesses.screen_reader import read_screen
from relay_tui.agents.harnesses.spec import GENERIC, ScreenRules
from relay_tui.agents.tmux.stamps import Stamp
from relay_tui.core.model import State

READ = ScreenRules(name="read", idle=["^>"], working=["^busy"], dialogs={"approval": "^really"})


class Pane:
    """What is drawn in it, second by second, and how often a watcher wants to see it."""

    def __init__(self, rules: ScreenRules = GENERIC) -> None:
        self.watcher, self.rules = Watcher(rules), rules
        self.now, self.drawn_at, self.lines, self.text, self.seen = 100, 100, 0, "", 0

    def draws(self, text: str, *, scrolls: int = 0) -> None:
        self.text, self.drawn_at, self.lines = text, self.now, self.lines + scrolls

    def looks(self) -> State:
        """A look at half a second, and on to the next second."""
        if self.watcher.look(Stamp(self.drawn_at, self.lines, "0,0 80x24")):
            self.seen += 1
            self.watcher.saw(read_screen([self.text], self.rules), self.now + 0.5)
        self.now += 1
        return self.watcher.state


def test_a_program_that_draws_nothing_is_idle_after_some_looks_and_seen_but_twice() -> None:
    pane = Pane()
    pane.draws("hello")
    assert [pane.looks() for _ in range(QUIET + 6)] == [State.WORKING] * QUIET + [State.IDLE] * 6
    assert pane.seen == 2  # once more when that second is over


def test_lines_that_go_by_are_work_and_need_not_be_seen_also_when_they_are_all_the_same() -> None:
    pane = Pane()
    for _ in range(10):
        pane.draws("y", scrolls=30)
        assert pane.looks() == State.WORKING
    assert pane.seen == 1


@pytest.mark.parametrize("scrolls", [0, 3])
def test_a_program_that_stops_is_idle_as_soon_whether_its_lines_went_by_or_not(scrolls: int) -> None:
    pane = Pane()
    for n in range(5):
        pane.draws(str(n), scrolls=scrolls)
        pane.looks()
    assert [pane.looks() for _ in range(QUIET)] == [State.WORKING] * (QUIET - 1) + [State.IDLE]


def test_a_picture_that_changes_in_place_is_work_and_one_that_is_only_drawn_again_is_not() -> None:
    pane = Pane()
    for n in range(5):
        pane.draws(str(n))
        assert pane.looks() == State.WORKING
    for _ in range(5):
        pane.draws("4")
        pane.looks()
    assert pane.watcher.state == State.IDLE
    assert pane.seen == 10


def test_what_comes_after_rest_is_work_again() -> None:
    pane = Pane()
    for _ in range(QUIET + 2):
        pane.looks()
    assert pane.watcher.state == State.IDLE
    pane.draws("more", scrolls=1)
    assert pane.looks() == State.WORKING


def test_a_program_whose_screen_tells_is_seen_whenever_something_was_drawn() -> None:
    pane = Pane(READ)
    for text, state in (("busy", State.WORKING), ("> ", State.IDLE), ("really? y/n", State.WAITING)):
        pane.draws(text, scrolls=5)
        assert pane.looks() == state
    assert (pane.seen, pane.watcher.dialog) == (3, "approval")


def test_a_screen_that_could_not_be_seen_is_asked_for_again() -> None:
    pane = Pane(READ)
    pane.draws("busy")
    pane.looks()
    pane.looks()
    pane.draws("> ")
    stamp = Stamp(pane.drawn_at, pane.lines, "0,0 80x24")
    assert pane.watcher.look(stamp)  # and tmux did not answer
    pane.now += 1
    assert pane.looks() == State.IDLE


def test_without_a_stamp_the_screen_is_seen_each_time() -> None:
    watcher = Watcher(GENERIC)
    assert [watcher.look(None) for _ in range(3)] == [True] * 3
