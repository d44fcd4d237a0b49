"""Marking several, and one text to all of them: apart, or in one conversation."""

from __future__ import annotations

from pathlib import Path

import pytest

from relay_tui.core import commands as c
from relay_tui.core.errors import Refused
from relay_tui.core.model import State
from relay_tui.tui.screens.verbs.sending import own_command
from relay_tui.tui.view.letter import Letter
from tests.tui.frames import Desk, desk
from tests.tui.test_store import world


async def go_to(d: Desk, key: str) -> None:
    d.deck.go_into(d.deck.rail)
    d.deck.rail.go_to(key)
    await d.settle()


async def marked(d: Desk, *ids: str) -> None:
    for id in ids:
        await go_to(d, f"agent:{id}")
        await d.press("space")


async def test_space_marks_agents_and_m_writes_to_all_of_them() -> None:
    async with desk() as d:
        await marked(d, "11", "13")
        assert sum(line.startswith("▪") for line in d.frame.splitlines()) == 2
        await d.press("m")
        assert "to builder, docs  2 separate messages alt+g" in d.frame
        await d.at_once("alt+g")
        assert "to builder, docs  one group conversation alt+g" in d.frame
        await d.type("rebase")
        await d.press("enter")
        assert d.source.asked[-1][:2] == ("send", "several:11,13")
        assert d.source.letters[-1].group
        assert not d.deck.talking.marks()


async def test_space_on_a_message_marks_who_said_it() -> None:
    async with desk() as d:
        d.source.view.conversation.rows[1].sender_id = "11"
        await d.show()
        d.deck.go_into(d.deck.conversation)
        d.deck.conversation.go_to("2")
        await d.press("space")
        await marked(d, "12")
        await d.press("m")
        assert "to builder, tester  2 separate" in d.frame


async def test_esc_takes_the_marks_away_and_space_takes_one() -> None:
    async with desk() as d:
        await marked(d, "11", "12", "12")
        assert d.deck.talking.marked_agents() == ["11"]
        await d.press("escape")
        assert not d.deck.talking.marks()


async def test_m_on_an_agent_of_the_rail_writes_to_it() -> None:
    async with desk() as d:
        await go_to(d, "agent:13")
        await d.press("m")
        assert "to @docs" in d.frame


async def test_a_need_cannot_be_marked() -> None:
    async with desk() as d:
        await d.press("space")
        assert not d.deck.talking.marks()


async def test_a_message_to_several_goes_to_each_apart_and_is_one_row_of_what_is_open(tmp_path: Path) -> None:
    async with world(tmp_path, "builder", "docs", "tester") as w:
        view = w.store.composer_to([w.agents[name].id for name in ("docs", "builder")])
        assert (view.label, view.several) == ("builder, docs", 2)
        letter = Letter("rebase on main", client_id="once")
        await w.store.send(view, letter)
        await w.store.send(view, letter)
        await w.up_to_date()
        said = [(await w.relay.queries.messages(row.id))[-1].text for row in w.store.view.direct]
        assert said == ["rebase on main"] * 2
        assert sum(channel.last_seq for channel in await w.relay.queries.all_conversations()) == 2
        assert [(row.name, row.open, row.of) for row in w.store.view.mine] == [("several", 2, 2)]


async def test_one_conversation_of_several_is_made_once_and_shown_with_its_names(tmp_path: Path) -> None:
    async with world(tmp_path, "builder", "docs", "tester") as w:
        view = w.store.composer_to([w.agents[name].id for name in ("docs", "builder")])
        await w.store.send(view, Letter("hello", group=True, client_id="a"))
        await w.up_to_date()
        await w.store.send(view, Letter("again", group=True, client_id="b"))
        await w.up_to_date()
        assert [row.title for row in w.store.view.direct] == ["builder, docs"]
        group = w.store.view.direct[0].id
        assert [m.text for m in await w.relay.queries.messages(group)] == ["hello", "again"]
        into = w.store.composer_into(group)
        assert (into.label, set(into.recipients)) == ("@builder, docs", set(view.recipients))


async def test_what_cannot_go_to_one_of_them_goes_to_the_others_and_is_said(tmp_path: Path) -> None:
    async with world(tmp_path, "builder", "docs", "tester") as w:
        view = w.store.composer_to([w.agents[name].id for name in ("docs", "builder", "tester")])
        await w.relay.execute(c.RemoveAgent(agent_id=w.agents["docs"].id))
        letter = Letter("rebase", client_id="once")
        with pytest.raises(Refused, match=r"Not to docs: .* Sent to the other 2"):
            await w.store.send(view, letter)


async def test_who_cannot_get_it_by_himself_is_named_first(tmp_path: Path) -> None:
    async with world(tmp_path, "builder", "docs") as w:
        await w.state("builder", State.IDLE)
        await w.state("docs", State.EXITED, "exit 1")
        await w.up_to_date()
        view = w.store.composer_to([w.agents[name].id for name in ("builder", "docs")])
        found = w.store.arrivals(view, Letter(""))
        assert [(arrival.name, arrival.words) for arrival in found] == [("docs", "on restart"), ("builder", "now")]


async def test_who_is_on_hold_gets_it_once_it_is_flushed(tmp_path: Path) -> None:
    async with world(tmp_path, "builder") as w:
        await w.state("builder", State.IDLE)
        await w.relay.execute(c.HoldDeliveries(agent_id=w.agents["builder"].id), w.caller("sam"))
        await w.up_to_date()
        (found,) = w.store.arrivals(w.store.composer_to([w.agents["builder"].id]), Letter(""))
        assert (found.glyph, found.words) == ("held", "held; once you flush it")


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("/compact now", "/compact"),
        ("!ls", "!ls"),
        ("  /mcp:go", "/mcp:go"),
        ("/usr/bin/env is gone", ""),
        ("! wait", ""),
        ("see /compact", ""),
    ],
)
def test_a_command_of_the_agents_own_is_known_by_how_it_begins(text: str, begins: str) -> None:
    assert own_command(text) == begins


async def test_an_agents_own_command_is_refused_for_several_and_asked_about_once_for_one() -> None:
    async with desk() as d:
        await marked(d, "11", "13")
        await d.press("m")
        d.deck.composer.replace_text("/compact")
        await d.press("enter")
        assert "/compact looks like an agent's own command: write that to one agent" in d.frame
        assert d.deck.composer.editor.text == "/compact"
        await d.press("escape", "escape")
        await go_to(d, "agent:13")
        await d.press("m")
        d.deck.composer.replace_text("/compact")
        await d.press("enter")
        await d.settle()
        assert "Send it as text?" in d.frame
        await d.press("escape")
        await d.settle()
        assert d.source.asked == []
        assert d.deck.composer.editor.text == "/compact"
        await d.press("enter")
        await d.settle()
        await d.press("enter")
        await d.settle()
        d.deck.composer.replace_text("!ls")
        await d.press("enter")
        assert [asked[3] for asked in d.source.asked] == ["/compact", "!ls"]


async def test_each_of_an_agents_own_commands_is_asked_about_once_as_it_stands_and_one_for_a_shell_as_that() -> None:
    async with desk() as d:
        await go_to(d, "agent:11")
        await d.press("m")
        d.deck.composer.replace_text("/compact")
        await d.press("enter")
        await d.settle()
        assert "Have builder run it?" in d.frame
        await d.press("escape")
        await d.settle()
        assert d.deck.composer.editor.text == "/compact"
        await d.press("enter")
        await d.settle()
        await d.press("enter")
        await d.worked("send")
        assert "builder took /compact: typed into its pane" in d.frame
        d.deck.composer.replace_text("/compact")
        await d.press("enter")
        await d.worked("send")
        assert d.source.reins.asked == [("command", "11", "/compact")] * 2
        for other, question in (("/compact now", "Have builder run it?"), ("!rm -r .", "run it in a shell?")):
            d.deck.composer.replace_text(other)
            await d.press("enter")
            await d.settle()
            assert question in d.frame
            await d.press("escape")
            await d.settle()
        assert len(d.source.reins.asked) == 2
        d.deck.composer.replace_text("!ls")
        await d.press("enter")
        await d.settle()
        await d.press("enter")
        await d.worked("send")
        assert d.source.reins.asked[2:] == [("command", "11", "!ls")]
        assert d.source.letters == []
        d.deck.composer.replace_text("/compact\nand more")
        await d.press("enter")
        await d.settle()
        assert "Send it as text?" in d.frame


async def test_who_is_in_a_group_can_be_changed(tmp_path: Path) -> None:
    async with world(tmp_path, "builder", "docs", "tester") as w:
        view = w.store.composer_to([w.agents[name].id for name in ("docs", "builder")])
        await w.store.send(view, Letter("hello", group=True, client_id="a"))
        await w.up_to_date()
        group = w.store.view.direct[0].id
        await w.store.places.join(group, w.agents["tester"].id)
        await w.up_to_date()
        assert w.store.view.direct[0].title == "builder, docs, tester"
        await w.store.places.leave(group, w.agents["docs"].id)
        await w.up_to_date()
        assert w.store.view.direct[0].title == "builder, tester"
