"""The mail screen: what it shows at each width, and what its keys do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from relay_tui.core.views.queries.mail import FAULTS
from relay_tui.tui.actions import ACTS, GROUPS
from relay_tui.tui.drawing.glyphs import ASCII
from relay_tui.tui.rooms import PLACES
from relay_tui.tui.screens.deck import Deck
from relay_tui.tui.screens.mail import MailScreen
from relay_tui.tui.screens.palette import Palette
from relay_tui.tui.screens.verbs.deliveries import SURE_MS, Delivering
from relay_tui.tui.view.deck import CardView, LadderView
from relay_tui.tui.widgets.mail_lines import spark
from relay_tui.tui.widgets.mail_table import COLUMNS, plan

from .deck_sample import ladder_view
from .frames import Desk, desk
from .mail_sample import row, rows
from .source_sample import SampleSource
from .test_describing import Described


async def to(d: Desk, key: str) -> MailScreen:
    """The mail screen with the cursor on the row of this key."""
    await d.press("3")
    await d.worked("mail")
    screen = d.app.screen
    assert isinstance(screen, MailScreen)
    screen.table.go_to(key)
    await d.settle()
    return screen


async def test_digits_choose_the_screens_that_there_are_and_no_others() -> None:
    async with desk((160, 40)) as d:
        assert "1:deck  3:mail" in d.frame
        for key in "2456789":
            await d.press(key)
            assert isinstance(d.app.screen, Deck)
        await d.press("3")
        assert isinstance(d.app.screen, MailScreen)
        await d.press("1")
        assert isinstance(d.app.screen, Deck)
    assert [place.number for place in PLACES] == [1, 3]


@pytest.mark.parametrize(
    ("width", "there", "gone"),
    [
        (160, ("route", "evidence", "tries", "next try", "reason"), ()),
        (120, ("reason",), ("route", "evidence", "next try")),
        (80, ("from", "to", "message", "state", "since"), ("reason", "next try", "tries", "route", "evidence")),
    ],
)
async def test_columns_go_whole_where_there_is_little_room(
    width: int, there: tuple[str, ...], gone: tuple[str, ...]
) -> None:
    async with desk((width, 24)) as d:
        await d.press("3")
        await d.worked("mail")
        head = next(line for line in d.frame.splitlines() if "since" in line)
        assert [name for name in there if name not in head] == []
        assert [name for name in gone if name in head] == []
        assert "unverified" in d.frame
        assert "half within 320 ms" in d.frame or width == 80


@pytest.mark.parametrize("width", range(40, 200, 7))
def test_the_columns_fill_their_screen_and_never_more(width: int) -> None:
    shown = plan(width)
    taken = sum(size for _, size in shown) + 2 * (len(shown) - 1)
    assert taken <= width - 2 or len(shown) == 1
    assert {"name", "word"} <= {column.id for column, _ in shown} or width < 60
    assert len(plan(200)) == len(COLUMNS)


async def test_f_shows_the_faults_only_and_says_so_and_esc_everything_again() -> None:
    async with desk() as d:
        screen = await to(d, "")
        await d.press("f")
        await d.worked("mail")
        assert d.source.mail.filter.word == FAULTS
        assert "mail  faults only" in d.frame
        assert "13:47" not in d.frame
        await d.press("escape")
        await d.worked("mail")
        assert "every delivery" in d.frame
        await d.press("escape")
        assert screen is not d.app.screen


async def test_what_failed_is_tried_again_with_one_key_and_what_is_under_way_is_not() -> None:
    async with desk() as d:
        await to(d, "21:16")
        await d.press("R")
        assert d.source.asked == [("retry", "21", "16")]
        assert "the message to scout: tried again" in d.frame
        await to(d, "22:10")
        await d.press("R")
        assert d.source.asked == [("retry", "21", "16")]


async def test_what_may_be_there_already_is_tried_again_at_the_second_press_only() -> None:
    async with desk() as d:
        await to(d, "9:12")
        await d.press("R")
        assert d.source.asked == []
        assert "R again tries it again: it may arrive twice" in d.frame
        await d.press("R")
        assert d.source.asked == [("retry", "9", "12")]


async def test_cancelling_takes_a_second_press_about_the_same_row_soon_after_the_first() -> None:
    async with desk() as d:
        screen = await to(d, "22:10")
        await d.press("x")
        assert "x again cancels the message to planner" in d.frame
        screen.table.go_to("20:15")
        await d.press("x")
        d.source.clock.advance(SURE_MS)
        await d.press("x")
        assert d.source.asked == []
        await d.press("x")
        assert d.source.asked == [("drop", "20", "15")]


async def test_redirecting_asks_to_whom_and_leaves_out_who_has_it() -> None:
    async with desk() as d:
        await to(d, "21:16")
        await d.press("greater_than_sign")
        assert "redirect the message to scout to" in d.frame
        assert isinstance(d.app.screen, Palette)
        assert [entry.id for entry in d.app.screen.entries if entry.id == "scout"] == []
        await d.type("plan")
        await d.press("enter")
        assert d.source.asked == [("redirect", "21", "16", "planner")]


async def test_many_are_marked_and_each_gets_what_fits_it() -> None:
    async with desk() as d:
        screen = await to(d, "20:15")
        await d.press("space")
        screen.table.go_to("22:10")
        await d.press("space")
        assert "2 marked" in d.frame
        await d.press("x", "x")
        assert d.source.asked == [("drop", "20", "15"), ("drop", "22", "10")]
        await d.press("asterisk", "R")
        assert d.source.asked[2:] == []
        await d.press("R")
        assert d.source.asked[2:] == [("retry", "9", "12"), ("retry", "21", "16")]
        await d.press("escape")
        assert "marked" not in d.frame


async def test_dropping_has_no_key_and_asks_first() -> None:
    async with desk() as d:
        screen = await to(d, "21:16")
        await screen.perform("drop")
        await d.settle()
        assert "Drop the message to scout?" in d.frame
        await d.press("escape")
        assert d.source.asked == []
        await screen.perform("drop")
        await d.settle()
        await d.press("enter")
        assert d.source.asked == [("drop", "21", "16")]


async def test_a_refusal_is_said_where_the_operator_looks() -> None:
    source = SampleSource()
    source.reins.refusal = "That message is delivered already."
    async with desk(source=source) as d:
        await to(d, "21:16")
        await d.press("R")
        assert "That message is delivered already." in d.frame


async def test_an_agent_is_held_and_let_go_again_by_undo() -> None:
    async with desk() as d:
        await to(d, "9:12")
        await d.press("H")
        assert "held: tester; what is due waits, u undoes it" in d.frame
        await d.press("u")
        assert d.source.asked == [("hold", "12"), ("flush", "12")]
        assert "undone: the hold on tester" in d.frame


async def test_agents_are_held_and_flushed_on_the_deck_also_several_that_are_marked() -> None:
    async with desk() as d:
        d.deck.rail.go_to("agent:15")
        d.deck.go_into(d.deck.rail)
        await d.press("F", "space")
        d.deck.rail.go_to("agent:10")
        await d.press("space", "H")
        assert d.source.asked == [("flush", "15"), ("hold", "10"), ("hold", "15")]
        assert "held: planner, porter" in d.frame
        await d.press("u")
        assert d.source.asked[3:] == [("flush", "10"), ("flush", "15")]


async def test_a_message_that_has_failed_is_tried_again_from_its_card() -> None:
    async with desk() as d:
        d.source.view.card = CardView(
            "delivery:21:16", "delivery", "gone", "fault", "failed", "scout", "has not your message", "12s", "",
            agent_id="16", message_id="21", mine=True, state="failed",
        )  # fmt: skip
        await d.show()
        d.deck.go_into(d.deck.card)
        await d.settle()
        assert "R retry" in d.frame
        await d.press("R")
        assert d.source.asked == [("retry", "21", "16")]


async def test_interrupting_takes_a_second_press_and_says_whether_it_was_seen() -> None:
    source = SampleSource()
    source.reins.seen = False
    async with desk(source=source) as d:
        await to(d, "6:10")
        await d.press("I")
        assert d.source.asked == []
        await d.press("I")
        await d.worked("interrupt")
        assert d.source.asked == [("interrupt", "10")]
        assert "planner was told to stop, and not seen to yet" in d.frame


async def test_new_rows_below_do_not_move_the_row_that_is_chosen() -> None:
    async with desk((120, 14)) as d:
        screen = await to(d, "7:13")
        before = d.frame.splitlines()
        d.source.mail.view.rows = [
            *rows(),
            *(
                row(str(n), "11", "14:05", "you", "builder", "more", "....", "muted", "queued", "1s")
                for n in range(30, 60)
            ),
        ]
        d.source.mail.fresh = True
        await d.app.tick()
        await d.settle()
        assert screen.table.cursor == "7:13"
        place = next(i for i, line in enumerate(before) if "docs" in line and "queued" in line)
        assert "docs" in d.frame.splitlines()[place]
        assert "newer below, G follows" in d.frame
        await d.press("G")
        assert "newer below" not in d.frame
        assert "more" in d.frame


async def test_the_top_loads_what_is_older() -> None:
    async with desk() as d:
        d.source.mail.pages = [
            [row("1", "11", "13:01", "you", "builder", "the first of all", "##..", "ok", "delivered", "13:01")]
        ]
        await to(d, "4:14")
        assert "k here loads older" in d.frame
        await d.press("k")
        await d.worked("older")
        assert "the first of all" in d.frame


async def test_the_graph_shows_each_agent_and_enter_goes_to_its_deliveries() -> None:
    async with desk() as d:
        screen = await to(d, "")
        await d.press("z")
        assert "p50" in d.frame
        assert "half within 240 ms" in d.frame
        screen.tracks.go_to("11")
        await d.press("enter")
        await d.worked("mail")
        assert d.source.mail.filter.agent_id == "11"
        assert "since" in d.frame


async def test_looking_ends_with_the_screen() -> None:
    async with desk() as d:
        await to(d, "")
        assert d.source.mail.looking
        await d.press("1")
        await d.settle()
        assert not d.source.mail.looking


@pytest.mark.parametrize("size", [(120, 60), (80, 90)])
async def test_the_keys_screen_shows_every_group_at_every_width(size: tuple[int, int]) -> None:
    async with desk(size) as d:
        await d.press("question_mark")
        keyed = {act.group for act in ACTS if act.keys}
        assert [GROUPS[group] for group in keyed if GROUPS[group].upper() not in d.frame] == []


@pytest.mark.parametrize("opened", [("3", "k"), ("3", "k", "i")], ids=["mail", "ladder"])
async def test_every_verb_that_is_offered_there_does_something_there(opened: tuple[str, ...]) -> None:
    async with desk() as d:
        await d.press(*opened)
        await d.settle()
        room = d.app.screen
        assert isinstance(room, Delivering)
        offered = [act.id for act in ACTS if act.check(room.now())]
        bound = {binding.action for bindings in room._bindings.key_to_bindings.values() for binding in bindings}
        keyed = [id for id in offered if any(f"'{id}'" in action for action in bound)]
        dead = [id for id in keyed if room.verb(id) is None and not hasattr(d.app, f"do_{id}")]
        assert dead == []
        assert {"retry", "hold"} & set(keyed)


async def test_what_ends_a_program_from_the_inspector_is_about_its_recipient() -> None:
    async with desk() as d:
        await d.press("3", "k", "i")
        await d.settle()
        room = d.app.screen
        assert isinstance(room, Delivering)
        await room.perform("restart")
        await d.settle()
        assert "Restart tester?" in d.frame
        await d.press("enter")
        await d.worked("program")
        assert d.source.asked == [("restart", "12")]


async def test_slash_narrows_the_list_to_what_is_chosen() -> None:
    async with desk() as d:
        await to(d, "")
        await d.press("slash")
        await d.type("in: #rele")
        await d.press("enter")
        await d.worked("mail")
        assert d.source.mail.filter.channel_id == "103"


async def test_recipients_keep_their_places_while_one_goes_through_them() -> None:
    async with desk() as d:
        everyone = [("12", "tester"), ("11", "builder"), ("13", "docs")]

        async def ladder(message_id: str, agent_id: str = "") -> LadderView:
            """Whoever is asked for is in most trouble."""
            chosen = next((other for other in everyone if other[0] == agent_id), everyone[0])
            others = [chosen, *(other for other in everyone if other != chosen)]
            return replace(ladder_view(), agent_id=chosen[0], name=chosen[1], others=others)

        d.source.ladder = ladder
        await d.press("3", "k", "i")
        for name, key in (("builder", "j"), ("docs", "j"), ("tester", "j"), ("docs", "k")):
            await d.press(key)
            await d.worked("ladder")
            assert "to  tester  builder  docs" in d.frame
            assert f"you → {name}" in d.frame


def test_bars_are_as_many_as_there_is_room_for_and_keep_their_newest_at_the_right() -> None:
    def drawn(values: list[int], width: int, together: Callable[[Sequence[int]], int] = sum) -> str:
        return "".join(span.text for span in spark(values, (), width, ASCII, together))

    assert drawn([0, 0, 0, 8], 4) == "___#"
    assert drawn([4, 4, 1, 1, 0, 0], 3) == "#,_"
    assert drawn([4, 4, 6, 0], 2, max) == "|#"
    assert drawn([], 3) == "   "
    bad = spark([1, 1, 1], [0, 1, 0], 3, ASCII)
    assert [span.role for span in bad] == ["muted", "need", "muted"]


async def test_an_ascii_terminal_gets_nothing_else_from_the_mail_screen() -> None:
    async with desk((80, 24), ascii_only=True) as d:
        await d.press("3", "k")
        assert d.frame.isascii()
        await d.press("z")
        assert d.frame.isascii()
        await d.press("ctrl+g")
        assert d.frame.isascii()


async def test_no_verb_reaches_a_row_that_the_graph_hides() -> None:
    async with desk() as d:
        await to(d, "21:16")
        await d.press("z", "R", "x", "x", "greater_than_sign")
        assert d.source.asked == []
        await d.press("z", "R")
        assert d.source.asked == [("retry", "21", "16")]


async def test_what_the_palette_says_of_the_row_under_the_cursor_is_done_to_that_agent() -> None:
    source = Described()
    async with desk(source=source) as d:
        screen = await to(d, "7:11")
        there = next(agent for agent in source.view.agents if agent.id == screen.agent_id())
        for id, asked in (
            ("groups", f"Groups of {there.name}"),
            ("doorbell", f"words of other agents reach {there.name}"),
            ("remove_agent", f"Take {there.name} out?"),
        ):
            await d.app._chosen(screen, f"act:{id}")
            await d.settle()
            assert asked in d.frame
            await d.press("escape")
            assert d.app.screen is screen


@pytest.mark.parametrize("opened", [("3", "k"), ("3", "k", "i")], ids=["mail", "ladder"])
async def test_what_is_done_on_the_deck_is_done_where_it_can_be_seen(opened: tuple[str, ...]) -> None:
    async with desk() as d:
        await d.press(*opened)
        room = d.app.screen
        assert isinstance(room, Delivering)
        await d.app._chosen(room, "act:new_channel")
        await d.settle()
        assert "Make a channel" in d.frame
        await d.press("escape")
        assert d.app.screen is d.deck
        await d.press(*opened)
        await d.app._chosen(d.deck, "go:general")
        assert d.app.screen is d.deck


async def test_a_message_of_ones_own_that_has_not_left_is_edited_from_its_row() -> None:
    async with desk() as d:
        screen = await to(d, "6:10")
        assert not screen.now().talk.mine
        mine = replace(screen.table.row(), word="queued")
        d.source.mail.view.rows = [mine]
        screen.draw()
        assert screen.now().talk.mine
        await d.press("e")
        await d.settle()
        assert ("show message", mine.message_id) in d.source.asked
        assert d.app.screen is d.deck
