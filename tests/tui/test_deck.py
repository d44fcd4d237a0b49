"""The deck by keys and as text: layouts, focus, the rail, the conversation, reading and following."""

from __future__ import annotations

import pytest

from relay_tui.agents.tmux.backend import check_version
from relay_tui.agents.tmux.errors import TmuxMissing
from relay_tui.tui.app import RelayApp
from relay_tui.tui.screens.modal import Modal
from relay_tui.tui.screens.pick import Pick
from relay_tui.tui.terminal.textual_private import frame_text
from relay_tui.tui.view.deck import ConversationView, DeckView
from relay_tui.tui.view.entry import Entry
from relay_tui.tui.widgets.lineview import LineView
from tests.tui.deck_sample import message
from tests.tui.frames import desk
from tests.tui.source_sample import SampleSource


async def test_two_columns_show_what_needs_you_the_conversation_and_the_card() -> None:
    async with desk((120, 36)) as d:
        frame = d.frame.splitlines()
        assert frame[0].startswith(" tagger ~/proj")
        assert frame[0].endswith("○ 1 idle   14:04")
        assert frame[1].startswith(" NEEDS YOU 4        oldest 6m  #planning  shape the 0.9 release")
        assert "▎▲ builder  approve       40s" in frame[2]
        assert "        tester   ━━──  delivered  14:01  transcript, turn 31" in d.frame
        assert "docs     ×───  queued        4m  exited 1; goes when it restarts            w why" in d.frame
        assert " yours, open  tester unverified 50s   docs queued 4m" in d.frame
        assert "▌ ▲ approve?  builder runs a command" in d.frame
        assert frame[-1].startswith("  DECK  n next need  m message")


async def test_three_columns_put_the_card_over_the_transcripts() -> None:
    async with desk((160, 48)) as d:
        lines = d.frame.splitlines()
        assert "▌ ▲ approve?  builder runs a command" in lines[1]
        assert any("● planner claude  working 12s" in line for line in lines)
        assert any("14:03  edit  docs/plan.md" in line and line.endswith("+12 −3") for line in lines)


async def test_one_column_has_a_roster_and_the_card_in_the_place_of_the_composer() -> None:
    async with desk((80, 24)) as d:
        assert d.frame.splitlines()[1].startswith(" ● planner  ▲ builder  ◆ tester  × docs")
        assert "▌ ▲ approve?" in d.frame
        assert "m to type" not in d.frame
        await d.press("m")
        assert "▌ ▲ approve?" not in d.frame
        assert "TYPING" in d.frame


async def test_tab_shows_the_rail_over_a_narrow_screen_and_esc_takes_it_away() -> None:
    async with desk((80, 24)) as d:
        await d.press("shift+tab")
        assert "NEEDS YOU 4" in d.frame
        await d.press("escape")
        assert "NEEDS YOU 4" not in d.frame


@pytest.mark.parametrize("size", [(160, 48), (120, 36), (80, 24)])
async def test_every_line_is_exactly_as_wide_as_the_screen(size: tuple[int, int]) -> None:
    async with desk(size) as d:
        strips = d.app.screen._compositor.render_strips()
        assert {sum(segment.cell_length for segment in strip) for strip in strips} == {size[0]}
        assert len(strips) == size[1]


@pytest.mark.parametrize("size", [(40, 10), (20, 5), (59, 40), (100, 14)])
async def test_a_terminal_that_is_too_small_says_so_in_a_sentence(size: tuple[int, int]) -> None:
    async with desk(size) as d:
        assert "relay-tui needs 60×15 cells" in " ".join(d.frame.split())
        assert "NEEDS YOU" not in d.frame


@pytest.mark.parametrize("home", ["rail", "conversation", "card", "transcripts"])
async def test_resizing_keeps_the_focus(home: str) -> None:
    async with desk((160, 48)) as d:
        d.deck.go_into(d.deck.query_one(f"#{home}", LineView))
        await d.settle()
        for size in ((120, 36), (80, 24), (40, 10), (160, 48)):
            await d.pilot.resize_terminal(*size)
            await d.settle()
        assert d.app.focused is not None
        assert d.app.focused.id == home


async def test_resizing_while_typing_keeps_the_text_and_the_focus() -> None:
    async with desk((160, 48)) as d:
        await d.press("m")
        await d.type("half a thought")
        for size in ((80, 24), (40, 10), (120, 36)):
            await d.pilot.resize_terminal(*size)
            await d.settle()
        assert "half a thought" in d.frame
        assert d.app.focused is d.deck.composer.editor


async def test_the_conversation_follows_its_end() -> None:
    async with desk() as d:
        d.source.view.conversation.rows.append(message("10", "14:05", "docs", "#planning", "back again", ""))
        await d.show()
        assert "back again" in d.frame


async def test_a_reader_is_not_moved_by_what_arrives() -> None:
    async with desk() as d:
        d.deck.go_into(d.deck.conversation)
        d.deck.conversation.scroll_by(-12)
        await d.settle()
        before = [line[31:] for line in d.frame.splitlines()[2:20]]
        for n in range(10, 40):
            d.source.view.conversation.rows.append(message(str(n), "14:05", "docs", "#planning", f"line {n}", ""))
        await d.show()
        assert [line[31:] for line in d.frame.splitlines()[2:20]] == before
        await d.press("G")
        assert "line 39" in d.frame


async def test_a_reader_is_not_moved_by_what_is_loaded_above() -> None:
    async with desk() as d:
        d.deck.go_into(d.deck.conversation)
        d.deck.conversation.scroll_by(-8)
        await d.settle()
        before = [line[31:] for line in d.frame.splitlines()[2:20]]
        older = [message(str(-n), "12:00", "docs", "#planning", f"old {n}", "") for n in range(20, 0, -1)]
        d.source.view.conversation.rows[:0] = older
        await d.show()
        assert [line[31:] for line in d.frame.splitlines()[2:20]] == before


async def test_the_cursor_stays_on_its_row_when_rows_come_and_go() -> None:
    async with desk() as d:
        await d.press("j", "j")
        assert d.deck.rail.cursor == "need:agent:13"
        del d.source.view.needs[0]
        await d.show()
        assert d.deck.rail.cursor == "need:agent:13"


async def test_enter_on_a_channel_opens_it_and_minus_goes_back() -> None:
    async with desk() as d:
        d.deck.rail.go_to("channel:101")
        await d.press("enter")
        assert ("show", "101") in d.source.asked
        assert d.app.focused is d.deck.conversation
        await d.press("minus")
        assert d.source.asked[-1] == ("show", "102")


async def test_the_ladder_stands_upright_and_esc_comes_back() -> None:
    async with desk() as d:
        await d.press("i")
        assert "┃  accepted      14:03:11.391  +187 ms  typed into its pane, echo seen, one Enter" in d.frame
        assert "┇  delivered     not proven" in d.frame
        assert "ATTEMPTS" in d.frame
        await d.press("escape")
        assert d.app.screen is d.deck


async def test_why_names_signals_rule_and_one_next_action() -> None:
    async with desk() as d:
        await d.press("j", "w")
        assert "SIGNALS" in d.frame
        assert "rule      terminal: question open" in d.frame
        assert "next      m  answer it" in d.frame
        await d.press("m")
        await d.settle()
        assert "TYPING" in d.frame


async def test_the_keys_screen_lists_what_the_registry_holds() -> None:
    async with desk() as d:
        await d.press("question_mark")
        assert "approve once" in d.frame
        assert "open its pane" in d.frame
        await d.press("question_mark")
        assert d.app.screen is d.deck


async def test_the_palette_finds_a_verb_and_a_place() -> None:
    async with desk() as d:
        await d.press("ctrl+p")
        await d.type("gen")
        await d.press("enter")
        await d.settle()
        assert ("show", "101") in d.source.asked


async def test_the_palette_finds_words_in_any_order() -> None:
    async with desk() as d:
        await d.press("ctrl+p")
        await d.type("new channel")
        assert "channel: make a new one" in d.frame
        await d.type("zz")
        assert "channel: make a new one" not in d.frame


async def test_quitting_says_what_goes_on_and_asks_once() -> None:
    async with desk() as d:
        await d.press("ctrl+q")
        assert "7 agents go on in their panes." in d.frame
        await d.press("escape")
        assert d.app.is_running
        await d.press("ctrl+q", "ctrl+q")
        await d.settle()
    assert d.app.return_code == 0


async def test_o_opens_the_pane_of_the_agent_under_the_cursor() -> None:
    async with desk() as d:
        d.deck.rail.go_to("agent:15")
        await d.press("o")
        await d.worked("pane")
        assert ("pane", "15") in d.source.asked


async def test_a_pane_that_cannot_be_opened_says_why() -> None:
    source = SampleSource()
    async with desk(source=source) as d:
        source.refusal = "There is no pane behind that agent."
        await d.press("o")
        await d.worked("pane")
        await d.settle()
        assert "There is no pane behind that agent." in d.frame


async def test_a_click_focuses_and_selects() -> None:
    async with desk() as d:
        await d.pilot.click("#rail", offset=(5, 4))
        await d.settle()
        assert d.app.focused is d.deck.rail
        assert d.deck.rail.cursor == "need:agent:12"


async def test_an_empty_workspace_teaches() -> None:
    teach = ("", "No agents yet. Three ways to get one:", "", "`relay-tui demo`  shows a swarm at work")
    view = DeckView(conversation=ConversationView("1", "#general", teach=teach))
    async with desk(source=SampleSource(view)) as d:
        assert "relay-tui demo  shows a swarm at work" in d.frame
        assert "NEEDS YOU" not in d.frame


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (160, 48)])
@pytest.mark.parametrize("busy", [True, False])
async def test_a_missing_tmux_is_said_whole_with_its_remedy(size: tuple[int, int], busy: bool) -> None:
    try:
        check_version("tmux 2.9a")
    except TmuxMissing as error:
        notice = f"{error}\n{error.hint}"
    source = SampleSource() if busy else SampleSource(DeckView())
    async with desk(size, source) as d:
        source.view.notice = notice
        await d.show()
        assert [word for word in notice.split() if word not in d.frame] == []
        assert "`apt install tmux` or `brew install tmux`." in d.frame
        assert not busy or size[1] < 30 or "yours, open" in d.frame
        d.deck.flash("copied")
        await d.settle()
        assert "copied" in d.frame
        assert "3.2 or newer" in d.frame
        source.view.notice = ""
        await d.show()
        assert "brew" not in d.frame


async def test_ascii_draws_nothing_of_ours_outside_ascii() -> None:
    async with desk((80, 24), ascii_only=True) as d:
        assert d.frame.isascii()
        assert "tester   #~..  unverified" in d.frame


async def test_p_swaps_the_lower_half_of_the_conversation_for_transcripts() -> None:
    async with desk((120, 36)) as d:
        assert "planner claude" not in d.frame
        await d.press("p")
        await d.settle()
        assert "● planner claude  working 12s" in d.frame
        await d.press("p")
        await d.settle()
        assert "planner claude" not in d.frame


async def test_a_long_message_is_cut_in_the_conversation_and_whole_in_its_thread() -> None:
    text = "\n".join(f"row {n}" for n in range(100))
    source = SampleSource()
    source.view.conversation.rows = [message("1", "13:31", "docs", "#planning", text, "answered", "####")]
    source.view.conversation.new_from = ""
    async with desk((120, 60), source) as d:
        assert "row 39" in d.frame
        assert "row 40" not in d.frame
        assert "t shows more of this message" in d.frame
        source.view.conversation.id = "thread:1"
        await d.show()
        assert "row 99" in d.frame


async def test_a_message_of_a_million_characters_does_not_stop_the_screen() -> None:
    source = SampleSource()
    source.view.conversation.rows = [message("1", "13:31", "docs", "#planning", "x" * 1_000_000, "answered", "####")]
    source.view.conversation.new_from, source.view.conversation.id = "", "thread:1"
    async with desk((120, 36), source) as d:
        assert "1,000,000 characters" in d.frame


@pytest.mark.parametrize("theme", ["relay-light", "nord", "ansi-dark", "solarized-light"])
async def test_other_themes_work_too(theme: str) -> None:
    async with desk() as d:
        d.app.theme = theme
        await d.settle()
        assert "NEEDS YOU 4" in d.frame


async def test_tab_passes_over_the_card_without_arming_it() -> None:
    async with desk() as d:
        await d.press("tab", "tab")
        assert d.deck.home == "card"
        d.source.clock.advance(1_000)
        await d.press("a")
        assert d.source.asked == []
        await d.press("enter")
        d.source.clock.advance(1_000)
        await d.press("a")
        assert d.source.asked == [("decide", "approval:1", True, "")]


async def test_ctrl_c_twice_with_nothing_selected_quits() -> None:
    async with desk() as d:
        await d.press("ctrl+c")
        assert "ctrl+c again quits" in d.frame
        await d.press("ctrl+c")
        await d.settle()
    assert d.app.return_code == 0


async def test_a_need_that_arrives_does_not_take_the_focus_from_typing() -> None:
    source = SampleSource()
    card, source.view.card, source.view.needs = source.view.card, None, []
    async with desk(source=source) as d:
        await d.press("m", "a")
        source.view.card, source.view.needs = card, SampleSource().view.needs
        await d.show()
        await d.press("b")
        assert d.deck.composer.editor.text == "ab"
        assert source.asked == []


async def test_a_restart_says_which_agent_and_asks_where_one_is_running() -> None:
    async with desk() as d:
        d.deck.rail.go_to("agent:15")
        await d.press("ctrl+p")
        await d.type("restart")
        assert "porter" in d.frame
        await d.press("enter")
        await d.settle()
        assert "Restart porter?" in d.frame
        await d.press("enter")
        await d.worked("program")
        assert d.source.asked == [("restart", "15")]


async def test_a_stopped_agent_is_restarted_from_the_palette_without_a_question() -> None:
    async with desk() as d:
        await d.press("ctrl+p")
        await d.type("restart docs")
        await d.press("enter")
        await d.worked("program")
        assert d.source.asked == [("restart", "13")]
        assert "docs is restarted" in d.frame


@pytest.mark.parametrize("keys", [("i",), ("w",), ("question_mark",), ("ctrl+p",), ("ctrl+q",), ("m", "at")])
async def test_no_screen_dies_of_a_tiny_terminal(keys: tuple[str, ...]) -> None:
    async with desk() as d:
        await d.press(*keys)
        for size in ((20, 5), (1, 1), (120, 36)):
            await d.pilot.resize_terminal(*size)
            await d.settle()
        assert d.app.is_running
        assert "tagger" in d.frame


async def test_the_footer_of_one_column_says_where_tab_leads() -> None:
    async with desk((80, 24)) as d:
        for where in ("card", "agents", "messages", "card"):
            assert f"tab {where}" in d.frame.splitlines()[-1]
            await d.press("tab")
            await d.settle()


async def test_what_a_list_says_of_its_lines_never_takes_their_names_away() -> None:
    async with desk((80, 24), ascii_only=True) as d:
        await d.app.push_screen(Pick("copy as", [Entry("1", "its text", note="word " * 40)]))
        await d.settle()
        row = next(line for line in d.frame.splitlines() if "word word" in line)
        assert "its text" in row
        assert row.rstrip().endswith("~")
        assert d.frame.isascii()


async def test_news_on_a_sheet_are_seen_there_also_on_an_ascii_terminal() -> None:
    app = RelayApp(SampleSource(), ascii_only=True)
    async with app.run_test(size=(80, 24), notifications=True, tooltips=False) as pilot:
        await pilot.press("f1", "ctrl+c")
        await pilot.pause()
        await pilot.pause()
        frame = frame_text(app)
        assert "KEYS" in frame
        assert "nothing is selected" in frame
        assert frame.isascii()


@pytest.mark.parametrize("verb", ["palette", "find", "stop", "create", "threads", "release", "redirect"])
async def test_ctrl_q_quits_also_from_what_lies_over_the_screen(verb: str) -> None:
    async with desk() as d:
        await d.press("3", "k")
        await d.app._chosen(d.app.screen, f"act:{verb}")  # type: ignore[arg-type]
        await d.settle()
        assert isinstance(d.app.screen, Modal)
        await d.press("ctrl+q")
        await d.settle()
        assert "Quit?" in d.frame
        assert d.source.asked == []
        await d.press("ctrl+q")
        assert d.app.return_code == 0
