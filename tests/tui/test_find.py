"""Finding: the bar, going to a message in its conversation and back, inbox and activity."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from relay_tui.core import commands as c
from relay_tui.core.errors import Refused, RelayError
from relay_tui.core.search.query import parse
from relay_tui.tui.drawing.ink import Span
from relay_tui.tui.facts.window import PAGE
from relay_tui.tui.screens.find import Find
from relay_tui.tui.store.finding import terms_of
from relay_tui.tui.widgets.hit_list import highlighted, snippet
from relay_tui.tui.widgets.inked import PILL
from relay_tui.tui.words.when import moment
from tests.tui.frames import desk
from tests.tui.test_store import World, texts, world

NOON = 1_795_183_200_000


async def said(w: World, count: int, text: str = "message {}", to: str = "#general") -> list[str]:
    ids: list[str] = []
    for n in range(count):
        message = await w.relay.execute(c.SendMessage(to=to, text=text.format(n)), w.caller("builder"))
        ids.append(message.id)
    return ids


async def test_the_bar_finds_while_typing_and_enter_goes_to_the_message() -> None:
    async with desk() as d:
        await d.press("/")
        assert '"a phrase"' in d.frame
        await d.type("parse")
        await d.settle()
        assert d.source.asked[-1] == ("find", "parse", None)
        frame = d.frame
        assert frame.index("ELSEWHERE") < frame.index("HERE"), "the newest of here stands next to what is typed"
        await d.press("up", "enter")
        await d.settle()
        assert ("show message", "7") in d.source.asked
        assert d.deck.conversation.cursor == "7"
        assert d.deck.conversation.terms == ("parse",)


async def test_esc_leads_back_to_where_one_was() -> None:
    async with desk() as d:
        await d.press("/", "escape")
        assert d.source.asked == []
        await d.press("/")
        await d.type("parse")
        await d.press("up", "enter")
        await d.settle()
        await d.press("escape")
        assert d.deck.conversation.cursor == ""
        assert d.deck.conversation.following
        assert d.deck.conversation.terms == ()


async def test_the_bar_opens_with_what_was_found_last() -> None:
    async with desk() as d:
        await d.press("/")
        await d.type("parse")
        await d.press("up", "enter")
        await d.settle()
        await d.press("/")
        await d.settle()
        screen = d.app.screen
        assert isinstance(screen, Find)
        assert (screen.text, screen.matches.hit().id) == ("parse", "message:7")


async def test_going_up_past_the_oldest_asks_for_the_page_behind_it() -> None:
    async with desk() as d:
        await d.press("/")
        await d.type("parse")
        await d.settle()
        await d.press("up", "up", "up")
        await d.worked("find")
        assert d.source.asked[-1] == ("find", "parse", 1)


async def test_a_search_that_cannot_be_read_says_so_in_a_sentence() -> None:
    async with desk() as d:
        d.source.refusal = "'x' is not a day."
        await d.press("/")
        await d.type("before:x")
        await d.settle()
        assert "'x' is not a day." in d.frame


@pytest.mark.parametrize("act", ["inbox", "activity"])
async def test_inbox_and_activity_are_lists_that_lead_to_what_they_name(act: str) -> None:
    async with desk() as d:
        await d.deck.perform(act)
        await d.settle()
        assert act.upper() in d.frame
        assert "#planning thread" in d.frame
        await d.press("j", "enter")
        await d.settle()
        assert ("show message", "7") in d.source.asked


async def test_what_is_found_from_a_sheet_leads_to_the_deck() -> None:
    async with desk() as d:
        await d.deck.perform("inbox")
        await d.settle()
        await d.press("ctrl+p")
        await d.type("find:")
        await d.press("enter")
        await d.settle()
        await d.type("parse")
        await d.press("enter")
        await d.settle()
        assert d.app.screen is d.deck
        assert d.deck.conversation.cursor == "8"


async def test_colon_asks_where_to_go() -> None:
    async with desk() as d:
        await d.press(":")
        await d.type("gener")
        await d.press("enter")
        assert ("show", "101") in d.source.asked


async def test_here_comes_first_and_then_everywhere_with_the_operators_of_the_core(tmp_path: Path) -> None:
    async with world(tmp_path, "builder") as w:
        ops = await w.relay.execute(c.CreateChannel(name="ops"), w.store.host.operator)
        await w.relay.execute(c.JoinChannel(channel_id=ops.id), w.caller("builder"))
        here = await said(w, 2, "alpha {}")
        [there] = await said(w, 1, "alpha of ops", "#ops")
        await w.store.show(next(row.id for row in w.store.view.channels if row.name == "general"))
        found = await w.store.find("alph* from:builder")
        assert [(section.title, [hit.id for hit in section.hits]) for section in found.sections] == [
            ("here", [f"message:{id}" for id in reversed(here)]),
            ("elsewhere", [f"message:{there}"]),
        ]
        assert found.note == ""
        assert [s.title for s in (await w.store.find("alpha in:#ops")).sections] == ["everywhere"]
        assert (await w.store.find("")).sections == []
        with pytest.raises(Refused) as refused:
            await w.store.find("has:nothing")
        assert refused.value.code == "invalid_search"


async def test_what_agents_say_to_each_other_is_found_and_shown_as_to_a_script(tmp_path: Path) -> None:
    async with world(tmp_path, "builder", "docs") as w:
        [between] = await said(w, 1, "psst {}", "@docs")
        found = await w.store.find("psst")
        [hit] = found.sections[0].hits
        assert (hit.id, hit.place) == (f"message:{between}", "@builder, docs")
        assert (await w.store.activity()).sections[0].hits[0].id == hit.id
        await w.store.show_message(between)
        assert texts(w) == ["psst 0"]
        w.store.at_end(True)
        await w.up_to_date()
        assert w.store.view.notice_role != "need"


async def test_an_index_that_is_behind_says_how_far_it_has_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, "builder") as w:
        await said(w, 1)
        await w.store.find("message")

        async def never(seq: int) -> None:
            await asyncio.Event().wait()

        monkeypatch.setattr(w.relay._index, "caught_up", never)
        monkeypatch.setattr("relay_tui.tui.store.finding.PATIENCE", 0.01)
        monkeypatch.setattr(type(w.relay._index), "indexed", property(lambda _: 2))
        found = await w.store.find("message")
        assert found.note.startswith("indexed up to entry 2 of ")


async def test_a_message_far_up_is_shown_in_its_place_and_pages_load_below_it(tmp_path: Path) -> None:
    async with world(tmp_path, "builder") as w:
        ids = await said(w, 4 * PAGE)
        await w.store.show(w.store.view.channels[0].id)
        await w.store.show_message(ids[PAGE])
        view = w.store.view.conversation
        assert view.newer
        assert view.older
        assert [row.id for row in view.rows] == ids[PAGE - PAGE // 2 : PAGE + PAGE // 2 + 1]
        assert view.right == "not the newest · G goes there"
        await said(w, 1, "meanwhile")
        await w.up_to_date()
        assert texts(w)[-1] == f"message {PAGE + PAGE // 2}", "what is said now is not put behind a gap"
        w.store.at_end(True)
        assert w.store.window is not None
        assert w.store.window.read_to == ""
        while await w.store.newer():
            pass
        assert [row.id for row in w.store.view.conversation.rows][:-1] == ids[PAGE - PAGE // 2 :]
        assert texts(w)[-1] == "meanwhile"
        assert not w.store.view.conversation.newer
        await w.store.show_message(ids[0])
        await w.store.newest()
        assert texts(w)[-1] == "meanwhile"
        assert not w.store.view.conversation.newer


async def test_a_reply_is_shown_in_its_thread_and_what_is_gone_is_refused(tmp_path: Path) -> None:
    async with world(tmp_path, "builder") as w:
        [root] = await said(w, 1)
        reply = await w.relay.execute(c.Reply(message_id=root, text="in there"), w.caller("builder"))
        await w.store.show_message(reply.id)
        assert w.store.view.conversation.id == f"thread:{root}"
        with pytest.raises(RelayError):
            await w.store.show_message("1")


async def test_the_inbox_has_what_waits_and_what_is_unread(tmp_path: Path) -> None:
    async with world(tmp_path, "builder") as w:
        me = w.store.host.operator
        mine = await w.relay.execute(c.SendMessage(to="#general", text="what do you think?"), me)
        await w.relay.execute(c.AddReaction(message_id=mine.id, emoji="👍"), w.caller("builder"))
        await w.relay.execute(c.Reply(message_id=mine.id, text="fine"), w.caller("builder"))
        asked = await w.relay.execute(c.SendMessage(to="@sam", text="ship?", expects_reply=True), w.caller("builder"))
        named = await w.relay.execute(c.SendMessage(to="#general", text="@sam look"), w.caller("builder"))
        await w.up_to_date()
        found = {section.title: [hit.id for hit in section.hits] for section in (await w.store.inbox()).sections}
        assert found["replies"] == [f"message:{asked.id}"]
        assert found["mentions"] == [f"message:{named.id}"]
        assert found["direct"] == [asked.channel_id]
        assert found["channels"] == [named.channel_id]
        assert found["threads"] == [f"thread:{mine.id}"]
        assert found["reactions to yours"] == [f"message:{mine.id}"]
        newest = (await w.store.activity()).sections[0].hits
        assert [hit.id for hit in newest[:2]] == [f"message:{named.id}", f"message:{asked.id}"]
        behind = (await w.store.activity(newest[1].seq)).sections[0].hits
        assert behind[0].id == newest[2].id


def test_matches_are_marked_wherever_they_stand_and_whatever_their_case() -> None:
    terms = terms_of(parse('pars* "two BOMs" from:x -not'))
    assert terms == ("pars", "two boms")
    spans = highlighted([Span("The Parser takes two BOMs.", "muted"), Span("[x](y)*", "faint")], terms)
    assert [span.text for span in spans if span.role == PILL] == ["Pars", "two BOMs"]
    assert "".join(span.text for span in spans) == "The Parser takes two BOMs.[x](y)*"
    assert highlighted([Span("a")], ("",)) == [Span("a")]


def test_a_snippet_begins_a_little_before_the_first_match() -> None:
    text = "x " * 100 + "needle\x1b[2J\n\nand more"
    shown = snippet(text, ("needle",), 50, "…")
    assert shown.startswith("…")
    assert "needle" in shown
    assert "\x1b" not in shown
    assert len(shown) <= 50
    assert snippet("short", (), 50, "…") == "short"


def test_moments_are_as_short_as_they_can_be() -> None:
    day = 86_400_000
    assert [moment(NOON - ago, NOON) for ago in (60_000, 2 * day, 400 * day)] == ["13:59", "18 Nov", "2025-10-16"]


async def test_find_begins_with_what_was_found_and_what_is_typed_takes_its_place() -> None:
    async with desk() as d:
        await d.press("/")
        await d.type("handshake")
        await d.press("escape", "/")
        find = d.app.screen
        assert isinstance(find, Find)
        assert find.text == "handshake"
        await d.type("lf")
        assert find.text == "lf"
