"""Taking in, from the deck, an agent that runs in the operator's own tmux."""

from __future__ import annotations

from relay_tui.tui.source.adopting import PaneRow
from tests.tui.frames import desk
from tests.tui.source_sample import SampleSource

CLAUDE = PaneRow("%3", "work:1.0", "claude", True, "/home/ann/tagger", "")
SHELL = PaneRow("%4", "work:2.0", "bash", False, "/home/ann", "bash is in the foreground: no agent runs there")
BUILDER = PaneRow("%5", "work:3.0", "vim", False, "/home/ann", "")


async def test_the_panes_that_can_be_taken_in_are_offered_and_one_is_taken_by_its_name() -> None:
    async with desk(source=SampleSource(in_tmux=[CLAUDE, BUILDER, SHELL])) as d:
        await d.deck.perform("adopt")
        await d.settle()
        assert "claude in work:1.0" in d.frame
        assert "vim in work:3.0" in d.frame
        assert "work:2.0" not in d.frame
        await d.press("enter")
        await d.settle()
        assert "Adopt claude in work:1.0 as" in d.frame
        await d.press("enter")
        await d.worked("form")
        assert d.source.asked == [("adopt", "claude", "%3")]
        assert "claude is taken in, where it stands" in d.frame


async def test_a_refusal_leaves_the_form_with_what_was_written() -> None:
    async with desk(source=SampleSource(in_tmux=[BUILDER], refusal="builder runs already.")) as d:
        await d.deck.perform("adopt")
        await d.settle()
        await d.press("enter")
        await d.settle()
        await d.type("builder")
        await d.press("enter")
        await d.worked("form")
        assert "builder runs already." in d.frame


async def test_without_a_pane_that_could_be_taken_in_the_reason_is_said() -> None:
    async with desk(source=SampleSource(in_tmux=[SHELL])) as d:
        await d.deck.perform("adopt")
        await d.settle()
        assert "no pane of your tmux holds a program that could be taken in; work:2.0: bash is in the" in d.frame


async def test_releasing_an_adopted_agent_says_that_its_program_stays() -> None:
    source = SampleSource()
    source.taken_in = {row.id for row in source.view.agents}
    async with desk(source=source) as d:
        row = next(row for row in source.view.agents if row.role != "fault")
        await d.app.end_program(row.id, again=False)
        await d.settle()
        assert "It was adopted: its program and its pane stay as they are." in d.frame
