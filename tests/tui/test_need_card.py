"""Deciding: only on what was read, only once, only by one press."""

from __future__ import annotations

from dataclasses import replace

import pytest

from relay_tui.tui.widgets.need_card import Guard
from tests.tui.deck_sample import ManualClock, card
from tests.tui.frames import Desk, desk
from tests.tui.source_sample import SampleSource

DECIDED = ("decide", "approval:1", True, "")


async def reached(d: Desk) -> None:
    await d.press("n")
    await d.settle()
    d.source.clock.advance(400)


async def test_a_card_that_was_not_reached_decides_nothing() -> None:
    async with desk() as d:
        d.source.clock.advance(10_000)
        await d.press("a")
        assert d.source.asked == []
        assert "n goes to the request first" in d.frame


async def test_a_decision_within_350_ms_of_a_change_is_refused() -> None:
    async with desk() as d:
        await reached(d)
        d.source.view.card = card(("rm -rf / --no-preserve-root",))
        await d.show()
        d.source.clock.advance(349)
        await d.press("a")
        assert d.source.asked == []
        assert "it changed just now" in d.frame
        d.source.clock.advance(400)
        await d.press("a")
        assert d.source.asked == [DECIDED]


async def test_a_held_key_decides_once_also_when_another_request_takes_its_place() -> None:
    async with desk() as d:
        await reached(d)
        await d.press("a")
        d.source.view.card = card(("a second request",))
        await d.show()
        for _ in range(30):
            d.source.clock.advance(30)
            await d.press("a")
        assert d.source.asked == [DECIDED]


async def test_the_outcome_stays_on_the_card() -> None:
    async with desk() as d:
        await reached(d)
        await d.press("a")
        assert "approved; builder runs it" in d.frame
        assert "rm -rf build/ && make all" in d.frame


@pytest.mark.parametrize("size", [(160, 48), (120, 36)])
async def test_an_outcome_is_wrapped_and_not_cropped(size: tuple[int, int]) -> None:
    source = SampleSource()
    assert source.view.card is not None
    words = [f"word{n}" for n in range(18)]
    source.view.card.outcome, source.view.card.outcome_role = " ".join(words), "fault"
    async with desk(size, source=source) as d:
        card = " ".join(line.text for line in d.deck.card.draw(d.deck.card.blocks[0], d.deck.card.size.width))
        assert [word for word in words if word not in card] == []
        assert [word for word in words if word not in d.frame] == []
        assert "says it whole" not in card


async def test_an_outcome_that_is_too_long_for_its_card_is_said_whole_by_why() -> None:
    source = SampleSource()
    assert source.view.card is not None
    source.view.card.outcome = "a failure " * 100
    async with desk((120, 36), source=source) as d:
        assert "w says it whole" in d.frame


async def test_a_request_longer_than_the_card_has_to_be_read_to_its_end() -> None:
    source = SampleSource()
    source.view.card = card(tuple(f"step {n}" for n in range(60)))
    async with desk(source=source) as d:
        await d.press("n")
        await d.settle()
        d.source.clock.advance(400)
        await d.press("a")
        assert source.asked == []
        for _ in range(12):
            await d.press("ctrl+d")
        d.source.clock.advance(400)
        await d.press("a")
        assert source.asked == [DECIDED]


async def test_a_denial_takes_words_with_it() -> None:
    async with desk() as d:
        await reached(d)
        await d.press("d")
        assert "deny builder's request" in d.frame
        await d.type("not today")
        await d.press("enter")
        assert d.source.asked == [("decide", "approval:1", False, "not today")]
        assert "TYPING" not in d.frame


async def test_a_key_that_comes_before_another_request_is_drawn_decides_nothing() -> None:
    async with desk() as d:
        await reached(d)
        assert d.source.view.card is not None
        d.source.view.card = replace(d.source.view.card, key="approval:2", literal=("another request",))
        await d.press("a", "d")
        assert d.source.asked == []
        assert not d.deck.composer.typing
        assert "it changed just now" in d.frame


async def test_a_refused_decision_says_so_and_changes_nothing() -> None:
    async with desk() as d:
        await reached(d)
        d.source.refusal = "That request was decided already."
        await d.press("a")
        assert "That request was decided already." in d.frame


async def test_hidden_characters_in_a_request_are_drawn_and_its_breaks_are_marked() -> None:
    source = SampleSource()
    source.view.card = card(("echo safe \u202e; rm -rf ~ \x1b[8m" + "x" * 200,))
    async with desk(source=source) as d:
        assert "echo safe ‹U+202E›; rm -rf ~" in d.frame
        assert "␛[8mxxxx" in d.frame
        assert "↪" in d.frame


async def test_every_space_of_a_request_is_drawn_also_where_it_is_broken() -> None:
    source = SampleSource()
    source.view.card = card(("a" * 60 + " " * 40 + "b",))
    async with desk((160, 48), source=source) as d:
        drawn = [line.text[4:].removesuffix(" ↪") for line in d.deck.card.draw(d.deck.card.blocks[0], 54)[2:5]]
        assert "".join(drawn).rstrip() == "a" * 60 + " " * 40 + "b"


def test_another_need_has_to_be_reached_anew() -> None:
    clock = ManualClock()
    guard = Guard(clock)
    guard.show("a", 1)
    guard.reach()
    guard.saw_end()
    clock.advance(400)
    assert guard.refuse("a") == ""
    guard.show("b", 2)
    clock.advance(1_000)
    assert guard.refuse("d") == "n goes to the request first"


async def test_while_writing_the_card_offers_no_keys_and_afterwards_it_does() -> None:
    async with desk((160, 48)) as d:
        assert "a once" in d.frame
        await d.press("m")
        assert "builder runs a command" in d.frame
        assert "once" not in d.frame.replace("once per", "")
        await d.press("escape")
        await d.settle()
        assert "a once" in d.frame


async def test_a_long_request_leaves_out_its_place_before_it_loses_a_word() -> None:
    async with desk((160, 48)) as d:
        d.source.view.card = replace(card(), does="asks: deploy.preview")
        await d.show()
        assert "builder asks: deploy.preview" in d.frame
        assert "need 1 of 4" not in d.frame
