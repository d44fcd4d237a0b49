"""Calling the operator: for what is new, once, not in storms, never with an agent's control characters."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from relay_tui.core import commands as c
from relay_tui.core.model import State
from relay_tui.tui.facts.news import RING_EVERY_MS, TOAST_EVERY_MS, Newness, Ringer
from relay_tui.tui.screens.ladder import LadderScreen
from relay_tui.tui.terminal.textual_private import desktop_notice
from relay_tui.tui.view.deck import CardView
from relay_tui.tui.view.news import News
from relay_tui.tui.widgets.lineview import LineView
from relay_tui.tui.words.need import Need
from tests.tui.deck_sample import ManualClock, rows
from tests.tui.frames import desk
from tests.tui.test_store import world


def need(key: str, urgency: int = 1) -> Need:
    return Need(key, urgency, 0, "asks", "need", "builder", "asks", "keep it?")


def test_what_was_there_when_the_deck_opened_is_not_news() -> None:
    newness = Newness()
    assert newness.of([need("a")]) == []
    assert [news.title for news in newness.of([need("a"), need("b"), need("c", urgency=5)])] == ["builder"]
    assert newness.of([]) == []
    assert newness.of([need("b")]) == [], "what goes and comes again has been told of"


def test_there_is_one_sound_for_many_and_none_while_it_is_muted() -> None:
    clock = ManualClock()
    ringer = Ringer(clock)
    one = News("need", "builder", "asks: keep it?")
    assert ringer.ring([one]) == "builder asks: keep it?"
    assert ringer.ring([one, one]) == ""
    clock.advance(RING_EVERY_MS)
    assert ringer.ring([]) == "builder asks: keep it?, and 1 more"
    ringer.muted = True
    clock.advance(RING_EVERY_MS)
    assert ringer.ring([one]) == ""
    ringer.muted = False
    clock.advance(RING_EVERY_MS)
    assert ringer.ring([]) == "", "what was muted does not come later"


def test_a_rule_that_notifies_often_is_one_toast_at_a_time_and_says_how_many_more_there_were() -> None:
    clock = ManualClock()
    ringer = Ringer(clock)

    def ships(text: str) -> News:
        return News("notice", "ships", text)

    assert ringer.toasts([News("need", "x", "y")]) == []
    assert ringer.toasts([ships("one"), ships("two")]) == [News("notice", "ships, 2 times", "two")]
    for n in range(12):
        clock.advance(100)
        assert ringer.toasts([ships(str(n))]) == []
    assert ringer.toasts([News("notice", "other", "z")]) == [News("notice", "other", "z")], (
        "another rule waits for none"
    )
    clock.advance(TOAST_EVERY_MS)
    assert ringer.toasts([]) == [News("notice", "12 more from ships", "11")], "nothing that was said is lost"
    clock.advance(TOAST_EVERY_MS)
    assert ringer.toasts([ships("once more")]) == [News("notice", "1 more from ships", "once more")]
    clock.advance(2 * TOAST_EVERY_MS)
    assert ringer.toasts([ships("new")]) == [ships("new")]


def test_many_rules_at_once_are_a_few_toasts_and_the_rest_come_behind_them() -> None:
    clock = ManualClock()
    ringer = Ringer(clock)
    told = ringer.toasts([News("notice", f"rule {n}", "x") for n in range(5)])
    assert [one.title for one in told] == ["rule 0", "rule 1", "rule 2"]
    assert ringer.toasts([]) == []
    clock.advance(TOAST_EVERY_MS)
    assert [one.title for one in ringer.toasts([])] == ["rule 3", "rule 4"]


async def test_the_deck_rings_shows_a_toast_and_m_mutes(monkeypatch: pytest.MonkeyPatch) -> None:
    async with desk() as d:
        rung: list[str] = []
        toasts: list[tuple[str, str]] = []
        monkeypatch.setattr(d.app, "bell", lambda: rung.append("bell"))
        monkeypatch.setattr(d.app, "notify", lambda text, *, title, **_: toasts.append((title, text)))
        d.source.untold = [News("notice", "ships", "[b]it ships[/b]\x1b]9;x\x07")]
        await d.app.tick()
        assert rung == ["bell"]
        assert toasts == [("ships", "[b]it ships[/b]␛]9;x␇")]
        await d.press("M")
        assert d.app.ringer.muted
        d.source.clock.advance(RING_EVERY_MS)
        d.source.untold = [News("need", "builder", "asks")]
        await d.app.tick()
        assert rung == ["bell"]


async def test_while_the_terminal_is_in_a_pane_nothing_is_told_and_nothing_lost() -> None:
    async with desk() as d:
        d.source.untold = [News("need", "builder", "asks")]
        d.app.away = True
        await d.app.tick()
        assert len(d.source.untold) == 1


@pytest.mark.parametrize(("program", "written"), [("iTerm.app", ["\x1b]9;it ships\x07"]), ("tmux", []), ("", [])])
async def test_a_notice_of_the_desktop_goes_only_to_terminals_that_show_one(
    program: str, written: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM_PROGRAM", program)
    monkeypatch.setenv("TERM", "xterm-256color")
    async with desk() as d:
        said: list[str] = []
        monkeypatch.setattr(type(d.app), "is_headless", False)
        monkeypatch.setattr(d.app._driver, "write", said.append)
        desktop_notice(d.app, "it ships")
        desktop_notice(d.app, "it \x1b ships")
        assert said == written


async def test_a_new_need_of_the_store_is_news(tmp_path: Path) -> None:
    async with world(tmp_path, "builder") as w:
        assert w.store.news() == []
        await w.state("builder", State.BLOCKED, "no quota")
        await w.up_to_date()
        assert w.store.news() == [News("need", "builder", "blocked: no quota")]
        assert w.store.news() == []
        rule = c.CreateRule(name="r", when={"kind": "message"}, then={"kind": "notify", "text": "{text}"})
        await w.relay.execute(rule, w.store.host.operator)
        await w.relay.execute(c.SendMessage(to="#general", text="x"), w.store.host.operator)
        await w.relay.wait_for({"kind": "event", "type": "rule.ran"}, timeout=5, from_seq=1)
        await w.up_to_date()
        assert News("notice", "r", "x") in w.store.news()


def reply_card(kind: str) -> CardView:
    view = CardView(f"{kind}:7", kind, "unknown", "need", "no reply", "tester", "did not answer", "5m", "")
    view.message_id, view.literal = "7", (rows()[6].text,)
    return view


@pytest.mark.parametrize("kind", ["reply", "owed", "delivery", "due"])
async def test_enter_on_a_card_goes_to_its_message(kind: str) -> None:
    async with desk() as d:
        d.source.view.card = reply_card(kind)
        await d.show()
        d.deck.go_into(d.deck.card)
        await d.press("enter")
        await d.settle()
        assert ("show message", "7") in d.source.asked
        assert d.deck.conversation.cursor == "7"


async def test_a_card_of_a_dead_letter_offers_to_try_it_again_and_one_of_a_reply_does_not() -> None:
    async with desk() as d:
        for kind, offered in (("delivery", True), ("reply", False)):
            d.source.view.card = reply_card(kind)
            d.source.view.card.state, d.source.view.card.agent_id = "dead", "12"
            await d.show()
            d.deck.go_into(d.deck.card)
            await d.settle()
            assert ("R retry" in d.deck.card.plain()) is offered
            assert "enter open" in d.deck.card.plain()


async def test_w_on_a_card_about_a_delivery_is_its_ladder() -> None:
    async with desk() as d:
        d.source.view.card = reply_card("due")
        await d.show()
        d.deck.go_into(d.deck.card)
        await d.press("w")
        await d.settle()
        assert isinstance(d.app.screen, LadderScreen)


async def test_r_on_a_card_answers_in_the_thread_of_its_message() -> None:
    async with desk() as d:
        d.source.view.card = reply_card("owed")
        await d.show()
        d.deck.go_into(d.deck.card)
        await d.press("r")
        await d.settle()
        assert d.deck.composer.typing
        assert d.deck.composer.view.reply_to == "7"


@pytest.mark.parametrize("home", ["card", "conversation"])
async def test_r_answers_the_card_while_a_conversation_without_messages_is_open(home: str) -> None:
    async with desk() as d:
        d.source.view.card = reply_card("owed")
        d.source.view.conversation = replace(d.source.view.conversation, rows=[])
        await d.show()
        d.deck.go_into(d.deck.query_one(f"#{home}", LineView))
        assert "r reply" in d.deck.card.plain()
        await d.press("r")
        await d.settle()
        assert ("show message", "7") in d.source.asked


async def test_waiting_for_a_reply_no_longer_asks_once() -> None:
    async with desk() as d:
        d.source.view.card = reply_card("reply")
        await d.show()
        d.deck.go_into(d.deck.card)
        await d.deck.perform("waive")
        await d.settle()
        assert ("waive", "7") not in d.source.asked
        await d.press("enter")
        await d.settle()
        assert ("waive", "7") in d.source.asked
