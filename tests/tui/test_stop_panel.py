"""The stop panel: all of it with enter, a part with its letter, and letting go one by one."""

from __future__ import annotations

import pytest

from relay_tui.core.delivery.stopping import PARTS
from relay_tui.tui.screens.stop import SETTLE_MS

from .frames import Desk, desk
from .mail_sample import before_stop, stopped
from .source_sample import SampleSource


async def panel(d: Desk) -> None:
    await d.press("ctrl+g")
    d.source.clock.advance(SETTLE_MS)


@pytest.mark.parametrize(
    ("key", "parts"), [("enter", PARTS), ("H", ("hold",)), ("I", ("interrupt",)), ("Z", ("freeze",))]
)
async def test_enter_does_all_three_and_a_letter_one(key: str, parts: tuple[str, ...]) -> None:
    async with desk() as d:
        await panel(d)
        assert "7 agents; 3 messages on the way" in d.frame
        assert "2: planner, reviewer" in d.frame
        await d.press(key)
        await d.worked("stop")
        assert d.source.asked == [("stop", *parts)]


async def test_the_same_keys_pressed_twice_in_haste_do_not_resume() -> None:
    async with desk() as d:
        await panel(d)
        await d.press("enter")
        await d.worked("stop")
        d.source.view.header.stop = stopped()
        d.source.fresh = True
        await d.app.tick()
        await d.press("enter")
        assert d.source.asked == [("stop", *PARTS)]
        assert "Stopped by you 14:05" in d.frame


async def test_each_agent_says_whether_it_was_seen_to_stop_and_is_let_go_by_itself() -> None:
    source = SampleSource()
    source.view.header.stop = stopped()
    async with desk(source=source) as d:
        assert "STOPPED  by you 14:05  7 agents held" in d.frame
        await panel(d)
        assert "interrupted 14:05, seen to stop" in d.frame
        assert "told to stop 4s ago, not seen to yet" in d.frame
        await d.press("j", "enter")
        await d.worked("stop")
        await d.press("j", "enter")
        await d.worked("stop")
        await d.press("k", "k", "enter")
        await d.worked("stop")
        assert d.source.asked == [("resume", "", "freeze"), ("resume", "11"), ("resume", "")]


async def test_a_refusal_is_said_in_the_panel() -> None:
    source = SampleSource()
    source.reins.refusal = "The disk is full, so nothing was stored."
    async with desk(source=source) as d:
        await panel(d)
        await d.press("H")
        await d.worked("stop")
        assert "The disk is full" in d.frame


@pytest.mark.parametrize("width", [160, 120, 80])
async def test_the_header_is_one_line_that_says_who_when_and_what_at_every_width(width: int) -> None:
    source = SampleSource()
    source.view.header.stop = stopped()
    async with desk((width, 24), source) as d:
        first = d.frame.splitlines()[0]
        assert first.startswith("  STOPPED  by you 14:05")
        assert "held" in first
        assert "^g" in first
        for key in ("3", "question_mark"):
            await d.press(key)
            assert d.frame.splitlines()[0] == first


async def test_a_frozen_request_says_so_and_its_keys_do_nothing() -> None:
    source = SampleSource()
    assert source.view.card is not None
    source.view.card.frozen = "frozen while stopped"
    async with desk(source=source) as d:
        await d.press("n")
        d.source.clock.advance(1_000)
        await d.press("a")
        assert "frozen while stopped   nothing is decided" in d.frame
        assert "approvals are frozen: ctrl+g resumes" in d.frame
        assert d.source.asked == []


async def test_stopping_works_while_typing() -> None:
    async with desk() as d:
        await d.press("m")
        await panel(d)
        assert "Stop everything?" in d.frame
        await d.press("escape")
        assert before_stop().working == d.source.view.header.stop.working
        assert d.deck.composer.typing
