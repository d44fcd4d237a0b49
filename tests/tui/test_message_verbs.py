"""What can be done with a message and a channel, by keys, on the deck."""

from __future__ import annotations

from dataclasses import replace

import pytest

from relay_tui.core.session import TranscriptEntry
from relay_tui.tui.view.deck import LadderView
from relay_tui.tui.view.talk import ReactionMark, ThreadRow, TurnView
from tests.tui.deck_sample import ladder_view
from tests.tui.frames import Desk, desk
from tests.tui.source_sample import SampleSource


async def perform(d: Desk, id: str) -> None:
    """As from the palette."""
    await d.deck.perform(id)
    await d.settle()


def change(d: Desk, id: str, **fields: object) -> None:
    rows = d.source.view.conversation.rows
    index = next(index for index, row in enumerate(rows) if row.id == id)
    rows[index] = replace(rows[index], **fields)


async def test_plus_offers_the_usual_emoji_and_reacts_with_the_one_that_is_chosen() -> None:
    async with desk() as d:
        await d.press("plus")
        assert "👀  eyes" in d.frame
        await d.press("down", "enter")
        assert ("react", "9", "✅") in d.source.asked
        await d.press("u")
        assert d.source.asked[-1] == ("react", "9", "✅")
        assert "undone: the reaction ✅" in d.frame


async def test_a_reaction_is_found_by_a_few_letters_of_its_name_with_or_without_colons() -> None:
    async with desk() as d:
        await d.press("plus", "colon", *"rocket", "colon", "enter")
        assert ("react", "9", "🚀") in d.source.asked
        await d.press("plus", *"unico", "enter")
        assert d.source.asked[-1] == ("react", "9", "🦄")


async def test_reactions_are_drawn_calmly_under_the_body() -> None:
    marks = (ReactionMark("👀", 2, mine=True), ReactionMark("✅", 1, "builder"), ReactionMark("👩‍💻", 1, "docs"))
    async with desk() as d:
        change(d, "8", reactions=marks)
        await d.show()
        assert "👀 2  ✅ 1 builder  woman_technologist 1 docs" in d.frame
        strips = d.app.screen._compositor.render_strips()
        assert {sum(segment.cell_length for segment in strip) for strip in strips} == {120}
    async with desk(ascii_only=True) as d:
        change(d, "8", reactions=marks)
        await d.show()
        assert "eyes 2  white_check_mark 1 builder" in d.frame


async def test_a_sequence_that_terminals_draw_in_different_widths_is_drawn_by_its_name() -> None:
    async with desk() as d:
        change(d, "8", reactions=(ReactionMark("👍🏽", 1, "docs"), ReactionMark("🇩🇪", 3), ReactionMark("thumbsup", 1)))
        await d.show()
        line = next(line for line in d.frame.splitlines() if "thumbsup 1" in line)
        assert line.split()[:2] != ["👍🏽", "1"]
        assert "🏽" not in line
        assert "🇩🇪" not in line


async def test_more_reactions_than_fit_are_counted() -> None:
    async with desk((80, 24)) as d:
        many = tuple(ReactionMark(f"reaction{n}", 1, "somebody") for n in range(9))
        change(d, "9", reactions=many)
        await d.show()
        assert "reaction0 1 somebody" in d.frame
        assert "+6" in d.frame


async def test_e_edits_my_message_in_the_composer_and_says_who_has_read_it() -> None:
    async with desk() as d:
        await d.press("e")
        assert "edit what you said 14:03" in d.frame
        assert "Please include the case with two BOMs." in d.deck.composer.editor.text
        assert "tester has read it" in d.frame
        await d.type(" Thanks")
        await d.press("enter")
        assert ("edit", "9", "Please include the case with two BOMs. Thanks") in d.source.asked
        assert not [asked for asked in d.source.asked if asked[0] == "send"]
        await d.press("u")
        assert d.source.asked[-1] == ("edit", "9", "Please include the case with two BOMs.")


async def test_an_edit_that_was_left_goes_on_and_one_that_changed_nothing_begins_anew() -> None:
    async with desk() as d:
        await d.press("e", "escape")
        change(d, "9", text="It says something else now.")
        await d.show()
        await d.press("e")
        assert d.deck.composer.editor.text == "It says something else now."
        await d.type(" More")
        await d.press("escape", "e")
        assert d.deck.composer.editor.text == "It says something else now. More"


async def test_an_edit_that_leaves_nothing_or_names_nobody_is_refused_and_kept() -> None:
    async with desk() as d:
        await d.press("e")
        d.deck.composer.editor.load_text("")
        await d.press("enter")
        assert "the palette deletes a message" in d.frame
        await d.type("@nobody")
        await d.press("enter")
        assert "there is no @nobody" in d.frame
        assert d.source.asked == []


async def test_the_message_of_another_cannot_be_edited() -> None:
    async with desk() as d:
        d.deck.go_into(d.deck.conversation)
        d.deck.conversation.go_to("8")
        await d.press("e")
        assert not d.deck.composer.typing


async def test_deleting_asks_and_says_who_has_it_and_who_never_will() -> None:
    async with desk() as d:
        await perform(d, "delete")
        text = " ".join(d.frame.split())
        assert "Delete your message of 14:03?" in text
        assert "builder and tester have it and keep it." in text
        assert "docs has not been shown it and never will be." in text
        await d.press("enter")
        assert ("delete", "9") in d.source.asked


async def test_a_deleted_message_is_one_quiet_line_and_takes_no_verbs() -> None:
    async with desk() as d:
        change(d, "9", text="", deleted="14:05", deliveries=(), summary="")
        await d.show()
        assert "14:03  you → tester  deleted 14:05" in d.frame
        for key in ("plus", "e", "Y"):
            await d.press(key)
            assert d.app.screen is d.deck
            assert not d.deck.composer.typing


async def test_edited_and_pinned_are_said_on_the_first_line() -> None:
    async with desk() as d:
        change(d, "8", edited=True, pinned=True)
        await d.show()
        assert "14:02  builder → planner  ⚑ pinned  edited" in d.frame


async def test_pinning_can_be_undone_and_what_is_pinned_can_be_gone_to() -> None:
    async with desk() as d:
        await perform(d, "pin_message")
        await d.press("u")
        assert d.source.asked == [("pin message", "9", True), ("pin message", "9", False)]
        await perform(d, "pinned")
        assert d.app.screen is d.deck, "nothing is pinned here"
        d.source.view.conversation.pinned = 1
        await perform(d, "pinned")
        assert "Before I plan" in d.frame
        await d.press("enter")
        assert d.deck.conversation.cursor == "4"


async def test_threads_with_something_unread_are_in_the_rail_and_open() -> None:
    async with desk() as d:
        d.source.view.threads = [ThreadRow("7", "@builder takes the parser", "#planning", 2, "builder 14:02")]
        change(d, "7", replies=3, new_replies=2)
        await d.show()
        assert " THREADS 2" in d.frame
        assert "╰ 3 replies, 2 new builder 14:02" in d.frame
        d.deck.go_into(d.deck.rail)
        d.deck.rail.go_to("thread:7")
        await d.press("enter")
        assert ("show", "thread:7") in d.source.asked


async def test_the_list_of_threads_opens_one() -> None:
    async with desk() as d:
        await perform(d, "threads")
        await d.press("enter")
        assert ("show", "thread:7") in d.source.asked


async def test_a_sheet_says_who_read_it_who_reacted_and_what_it_said_before() -> None:
    async with desk() as d:
        await perform(d, "about")
        for said in (
            "READ BY",
            "builder           answered",
            "docs              queued",
            "builder, you",
            "by you 14:02",
            "what it said",
        ):
            assert said in d.frame


async def test_Y_copies_as_what_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    async with desk() as d:
        copied: list[str] = []
        monkeypatch.setattr(d.app, "copy_to_clipboard", copied.append)
        await d.press("Y", "down", "enter")
        assert copied == ["9"]
        assert "copied: its id" in d.frame


def turn() -> TurnView:
    entries = tuple(
        TranscriptEntry(n, n, "assistant", kind, text)  # type: ignore[arg-type]
        for n, (kind, text) in enumerate([("read", "a.py"), ("got", "Please include it"), ("text", "Done.")])
    )
    return TurnView("9", "12", "tester", entries, ("14:00", "14:03", "14:04"), 1, (("12", "tester"),), "sam")


async def test_b_goes_to_the_turn_of_a_message_and_back() -> None:
    async with desk(source=SampleSource(turns=turn())) as d:
        await d.press("b")
        assert "in the transcript of  tester" in d.frame
        assert "Please include it" in d.frame
        await d.press("b")
        assert d.app.screen is d.deck
        d.source.turns = None
        await d.press("b")
        assert "Nobody has it in its transcript yet." in d.frame


async def test_b_on_a_transcript_goes_to_the_message_that_came_in_last() -> None:
    async with desk((160, 48)) as d:
        d.deck.go_into(d.deck.transcripts)
        await d.press("j", "b")
        assert d.deck.home == "conversation"
        assert d.deck.conversation.cursor == "7"


async def test_muting_archiving_leaving_and_members_have_their_way_back() -> None:
    async with desk() as d:
        d.deck.go_into(d.deck.conversation)
        await perform(d, "mute")
        await d.press("u")
        await perform(d, "archive")
        await d.press("enter", "u")
        await perform(d, "leave")
        await d.press("enter", "u")
        await perform(d, "invite")
        await d.press("enter", "u")
        await perform(d, "role")
        await d.press("enter", "u")
        assert d.source.asked == [
            ("mute", "102", True), ("mute", "102", False),
            ("archive", "102", True), ("archive", "102", False),
            ("leave", "102", ""), ("join", "102", ""),
            ("join", "102", "15"), ("leave", "102", "15"),
            ("role", "102", "10", "member"), ("role", "102", "10", "owner"),
        ]  # fmt: skip


async def test_a_channel_is_made_and_its_topic_set_in_a_small_form() -> None:
    async with desk() as d:
        d.deck.go_into(d.deck.conversation)
        await perform(d, "topic")
        assert "Topic of #planning" in d.frame
        await d.type(" now")
        await d.press("enter")
        await d.worked("form")
        await d.press("u")
        assert d.source.asked == [("topic", "102", "shape the release now"), ("topic", "102", "shape the release")]
        await perform(d, "new_channel")
        await d.type("#new")
        d.source.refusal = "#new exists already."
        await d.press("enter")
        await d.worked("form")
        assert "#new exists already." in d.frame
        d.source.refusal = ""
        await d.press("enter")
        await d.worked("form")
        assert d.source.asked[-2:] == [("create", "new", ""), ("show", "105")]


async def test_verbs_on_a_channel_are_about_the_one_under_the_rails_cursor() -> None:
    async with desk() as d:
        d.source.standing.id, d.source.standing.name = "103", "release"
        d.deck.go_into(d.deck.rail)
        d.deck.rail.go_to("channel:103")
        await perform(d, "mute")
        assert d.source.asked == [("mute", "103", True)]
        assert "#release is muted" in d.frame


async def test_what_the_footer_and_the_title_name_can_be_clicked() -> None:
    async with desk() as d:
        footer = d.frame.splitlines()[-1]
        await d.pilot.click("#footer", offset=(footer.index("t thread"), 0))
        await d.settle()
        assert ("show", "thread:9") in d.source.asked
    source = SampleSource()
    source.view.conversation.pinned = 2
    source.view.conversation.right = "6 members · 2 pinned · 2 threads"
    async with desk(source=source) as d:
        title = d.frame.splitlines()[1][30:]
        for word, seen in (
            ("pinned", "what is pinned here"),
            ("threads", "a thread"),
            ("members", "who is in #planning"),
        ):
            await d.pilot.click("#title", offset=(title.index(word), 0))
            await d.settle()
            assert seen in d.frame
            await d.press("escape")
        await d.pilot.click("#title", offset=(3, 0))
        await d.settle()
        assert "a verb, a channel, an agent" in d.frame


async def test_the_palette_says_which_message_and_which_channel_a_verb_is_about() -> None:
    async with desk() as d:
        d.deck.go_into(d.deck.conversation)
        d.deck.conversation.go_to("8")
        await d.press("ctrl+p", *"delete")
        line = next(line for line in d.frame.splitlines() if "message: delete" in line)
        assert "builder 14:02" in line
        await d.press("escape", "ctrl+p", *"topic")
        line = next(line for line in d.frame.splitlines() if "channel: topic" in line)
        assert "#planning" in line


async def test_the_inspector_says_who_reacted() -> None:
    view = ladder_view()
    view.reactions = [("👀", ["builder", "you"]), ("🎉", ["tester"])]
    source = SampleSource()

    async def ladder(message_id: str, agent_id: str = "") -> LadderView:
        return view

    source.ladder = ladder
    async with desk(source=source) as d:
        await d.press("i")
        assert "👀  builder, you" in d.frame
        assert "🎉  tester" in d.frame
