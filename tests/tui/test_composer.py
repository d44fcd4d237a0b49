"""Writing: new lines, sending, names, boundaries, drafts, history."""

from __future__ import annotations

import pytest

from relay_tui.core.model import Mode
from relay_tui.tui.view.deck import Arrival, ComposerView
from relay_tui.tui.view.letter import Letter
from relay_tui.tui.writing.completion import complete
from tests.tui.frames import Desk, desk
from tests.tui.source_sample import SampleSource

NAMES = {"@": [("builder", "working"), ("tester", "idle")], "#": [("planning", "")]}


async def test_enter_sends_and_stays_ready_for_the_next() -> None:
    async with desk() as d:
        await d.press("m")
        await d.type("rebase on main")
        await d.press("enter")
        assert d.source.asked == [("send", "#planning", "", "rebase on main", Mode.ON_IDLE)]
        assert d.deck.composer.editor.text == ""
        assert "TYPING" in d.frame


@pytest.mark.parametrize("keys", [("ctrl+j",), ("alt+enter",), ("backslash", "enter")])
async def test_a_new_line_does_not_send(keys: tuple[str, ...]) -> None:
    async with desk() as d:
        await d.press("m", "a", *keys, "b")
        assert d.source.asked == []
        assert d.deck.composer.editor.text == "a\nb"


async def test_letters_are_text_while_typing() -> None:
    async with desk() as d:
        await d.press("m")
        await d.type("anq?")
        assert d.deck.composer.editor.text == "anq?"
        assert d.source.asked == []


async def test_nothing_is_not_sent() -> None:
    async with desk() as d:
        await d.press("m", "space", "enter")
        assert d.source.asked == []


async def test_a_name_is_completed_by_tab() -> None:
    async with desk() as d:
        await d.press("m")
        await d.type("@bu")
        assert "@builder  approve" in d.frame
        await d.press("tab")
        assert d.deck.composer.editor.text == "@builder "


async def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    async with desk() as d:
        await d.press("m")
        await d.type("ask @buildr to wait")
        await d.press("enter")
        assert d.source.asked == []
        assert "there is no @buildr; did you mean @builder?" in d.frame
        assert "ask @buildr to wait" in d.frame


async def test_a_refusal_keeps_what_was_written() -> None:
    source = SampleSource(refusal="The channel is archived.")
    async with desk(source=source) as d:
        await d.press("m")
        await d.type("hello")
        await d.press("enter")
        assert "The channel is archived." in d.frame
        assert d.deck.composer.editor.text == "hello"


def sent_texts(d: Desk) -> list[str]:
    return [asked[3] for asked in d.source.asked if asked[0] == "send"]


async def test_enter_thrice_in_one_go_sends_once() -> None:
    async with desk() as d:
        await d.at_once("m", "a", "enter", "enter", "enter")
        assert sent_texts(d) == ["a"]
        assert d.deck.composer.editor.text == ""


async def test_enter_thrice_in_one_go_denies_once() -> None:
    async with desk() as d:
        await d.press("n")
        d.source.clock.advance(1_000)
        await d.at_once("d", "enter", "enter", "enter")
        assert d.source.asked == [("decide", "approval:1", False, "")]


async def test_the_same_text_tried_again_is_the_same_message_and_sent_anew_another_one() -> None:
    source = SampleSource(refusal="The disk is full.")
    async with desk(source=source) as d:
        await d.press("m", "a", "enter")
        assert d.deck.composer.editor.text == "a"
        source.refusal = ""
        await d.press("enter", "a", "enter")
        first, again, anew = source.client_ids
        assert sent_texts(d) == ["a", "a"]
        assert first == again
        assert first != anew


async def test_a_text_that_was_changed_after_a_refusal_is_another_message() -> None:
    source = SampleSource(refusal="The disk is full.")
    async with desk(source=source) as d:
        await d.press("m", "a", "enter", "b", "enter")
        assert len(set(source.client_ids)) == 2


async def test_the_first_message_of_a_conversation_takes_the_composer_into_it() -> None:
    class NewConversation(SampleSource):
        target = "@builder"

        def composer_for(self, message_id: str = "") -> ComposerView:
            words = "now" if self.target == "201" else "on restart"
            return ComposerView(self.target, "@builder", "", (Arrival("idle", "muted", "builder", words),))

        async def send(self, view: ComposerView, letter: Letter) -> None:
            await super().send(view, letter)
            self.target = "201"

    async with desk(source=NewConversation()) as d:
        await d.press("m", "ctrl+t", "ctrl+t", "enter", "a")
        assert "builder on restart" in d.frame
        await d.press("enter")
        assert "builder now" in d.frame
        await d.press("b", "enter")
        sent = [(asked[1], asked[-1]) for asked in d.source.asked]
        assert sent == [("@builder", Mode.NEXT_MESSAGE), ("201", Mode.NEXT_MESSAGE)]


async def test_a_draft_waits_until_it_is_taken_up_again() -> None:
    async with desk() as d:
        await d.press("m")
        await d.type("not yet")
        await d.press("escape")
        assert "draft  not yet" in d.frame
        await d.press("m")
        assert d.deck.composer.editor.text == "not yet"


async def test_a_reply_has_a_draft_of_its_own_and_goes_into_the_thread() -> None:
    async with desk() as d:
        await d.press("m")
        await d.type("one")
        await d.press("escape", "r")
        assert d.deck.composer.editor.text == ""
        await d.type("two")
        await d.press("enter")
        assert d.source.asked == [("send", "#planning", "9", "two", Mode.ON_IDLE)]


async def test_the_boundary_is_chosen_before_sending() -> None:
    async with desk() as d:
        await d.press("m", "ctrl+t", "ctrl+t", "enter")
        assert "after its message ^t" in d.frame
        await d.type("x")
        await d.press("enter")
        assert d.source.asked[0][-1] is Mode.NEXT_MESSAGE


async def test_the_last_line_says_when_each_recipient_gets_it() -> None:
    async with desk() as d:
        await d.press("m")
        assert "▲ builder after your approval   ◆ tester after your answer   × docs on restart" in d.frame


async def test_history_brings_back_what_was_sent() -> None:
    async with desk() as d:
        await d.press("m", "a", "enter", "b", "enter", "alt+up", "alt+up")
        assert d.deck.composer.editor.text == "a"
        await d.press("alt+down")
        assert d.deck.composer.editor.text == "b"


async def test_a_paste_of_many_lines_is_text() -> None:
    async with desk() as d:
        await d.press("m")
        text = "\n".join(f"line {n}" for n in range(500))
        d.deck.composer.editor.insert(text)
        await d.settle()
        assert d.source.asked == []
        assert d.deck.composer.editor.text == text


@pytest.mark.parametrize(
    ("before", "expected"),
    [("hi @b", ["builder"]), ("@", ["builder", "tester"]), ("#pl", ["planning"]), ("mail a@b", None), ("@zz", [])],
)
def test_names_are_proposed_where_a_name_may_stand(before: str, expected: list[str] | None) -> None:
    found = complete(before, lambda sign: NAMES[sign])
    assert (None if found is None else [proposal.name for proposal in found.proposals]) == expected
