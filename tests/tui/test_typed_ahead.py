"""Keys that arrive together: each is taken in the mode that the one before it made."""

from __future__ import annotations

import pytest

from relay_tui.core.model import Mode
from tests.tui.frames import desk
from tests.tui.source_sample import SampleSource

WORD = tuple("handshake")
"""Letters that are verbs in lists: among them `a`, `d`, `n` and `s`."""


@pytest.mark.parametrize(("key", "verb"), [("m", "to"), ("r", "reply to")])
async def test_what_follows_the_key_that_begins_to_write_is_text(key: str, verb: str) -> None:
    async with desk() as d:
        await d.at_once(key, *WORD)
        assert d.deck.composer.editor.text == "handshake"
        assert d.deck.composer.query_one("#composer-head").verb == verb
        assert d.source.asked == []


async def test_what_follows_a_denial_is_its_words() -> None:
    async with desk() as d:
        await d.press("n")
        d.source.clock.advance(1_000)
        await d.at_once("d", *WORD, "enter")
        assert d.source.asked == [("decide", "approval:1", False, "handshake")]


async def test_a_message_and_the_next_one_are_two_messages() -> None:
    async with desk() as d:
        await d.at_once("m", "o", "n", "e", "enter", "t", "w", "o", "enter", "r", "e", "s", "t")
        sent = [("send", "#planning", "", text, Mode.ON_IDLE) for text in ("one", "two")]
        assert d.source.asked == sent
        assert d.deck.composer.editor.text == "rest"


async def test_what_is_refused_comes_back_in_front_of_what_was_typed_since() -> None:
    async with desk(source=SampleSource(refusal="The channel is archived.")) as d:
        await d.at_once("m", "o", "n", "e", "enter", "t", "w", "o")
        assert d.deck.composer.editor.text == "onetwo"
        assert "The channel is archived." in d.frame


@pytest.mark.parametrize("opens", [("ctrl+p",), ("i",), ("w",), ("ctrl+q",), ("f1",)])
async def test_what_follows_the_key_that_opens_something_decides_nothing_behind_it(opens: tuple[str, ...]) -> None:
    async with desk() as d:
        await d.press("n")
        d.source.clock.advance(1_000)
        await d.at_once(*opens, "a", "d", "s")
        assert d.source.asked == []
        assert not d.deck.composer.typing


async def test_the_palette_is_typed_into_at_once() -> None:
    async with desk() as d:
        await d.at_once("ctrl+p", *"general")
        await d.press("enter")
        await d.settle()
        assert ("show", "101") in d.source.asked


@pytest.mark.parametrize("typing", [True, False])
async def test_escape_and_a_letter_together_are_no_verb(typing: bool) -> None:
    async with desk() as d:
        await d.press("n")
        d.source.clock.advance(1_000)
        if typing:
            await d.press("m")
        await d.at_once("alt+a", "alt+d", "alt+s")
        await d.at_once("escape", "a") if typing else None
        assert d.source.asked == []


@pytest.mark.parametrize("opens", ["ctrl+p", "slash", "ctrl+g", "ctrl+q"])
async def test_what_is_closed_twice_is_closed_once(opens: str) -> None:
    async with desk() as d:
        d.deck.go_into(d.deck.conversation)
        await d.press("3", opens)
        shown = d.app.screen
        await d.at_once("escape", "escape", "ctrl+c")
        assert shown is not d.app.screen
        await d.press("1")
        assert d.app.screen is d.deck


async def test_a_question_that_is_answered_twice_is_answered_once() -> None:
    async with desk() as d:
        d.deck.go_into(d.deck.conversation)
        await d.deck.perform("delete")
        await d.settle()
        await d.at_once("enter", "enter", "enter")
        assert [asked[0] for asked in d.source.asked].count("delete") == 1
        assert d.app.screen is d.deck
