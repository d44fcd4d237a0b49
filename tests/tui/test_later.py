"""When a message is shown, when it is said at all, and by when a reply is wanted."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from relay_tui.core import commands as c
from relay_tui.core import events as e
from relay_tui.core.model import Mode, State
from relay_tui.core.model_talk import ScheduleStatus
from relay_tui.tui.view.deck import ComposerView, ScheduledRow
from relay_tui.tui.view.letter import Later, Letter, ReplyWanted
from relay_tui.tui.words.arrivals import at_boundary
from relay_tui.tui.words.moments import moment, moment_words, until_words
from relay_tui.tui.writing.enclosing import enclose_large
from tests.tui.frames import desk
from tests.tui.source_sample import SampleSource
from tests.tui.test_store import world

NOON = int(datetime(2026, 11, 20, 12, 0).timestamp() * 1000)
MINUTE = 60_000
HOUR = 60 * MINUTE


@pytest.mark.parametrize(
    ("typed", "after"),
    [
        ("20m", 20 * MINUTE),
        ("+20m", 20 * MINUTE),
        ("1h30m", 90 * MINUTE),
        ("90s", 90_000),
        ("2d", 48 * HOUR),
        ("14:30", 150 * MINUTE),
        ("9:00", 21 * HOUR),
        ("today 14.30", 150 * MINUTE),
        ("tomorrow 9:00", 21 * HOUR),
        ("2026-11-21 09:00", 21 * HOUR),
        ("today 9:00", None),
        ("25:00", None),
        ("2026-11-19 09:00", None),
        ("2026-11-21", None),
        ("0m", None),
        ("999d", None),
        ("soon", None),
        ("m", None),
        ("", None),
    ],
)
def test_a_moment_is_what_was_typed_and_always_to_come(typed: str, after: int | None) -> None:
    found = moment(typed, NOON)
    assert (None if found is None else found - NOON) == after


def test_a_moment_is_said_as_near_as_is_clear() -> None:
    assert moment_words(NOON + HOUR, NOON) == "13:00"
    assert moment_words(NOON + 21 * HOUR, NOON) == "tomorrow 09:00"
    assert moment_words(NOON + 69 * HOUR, NOON) == "Mon 23 Nov 09:00"
    assert [until_words(ms) for ms in (20 * MINUTE, 200 * MINUTE, 49 * HOUR)] == ["in 20m", "in 3h 20m", "in 2d"]


@pytest.mark.parametrize(
    ("mode", "offered", "words"),
    [
        (Mode.IMMEDIATE, {Mode.ON_IDLE, Mode.IMMEDIATE}, "now, interrupting"),
        (Mode.NEXT_TOOL_CALL, {Mode.ON_IDLE}, "when idle, the nearest it can"),
        (Mode.NEXT_MESSAGE, set(Mode), "after its message"),
        (Mode.MANUAL, {Mode.ON_IDLE}, "once you flush it"),
    ],
)
def test_a_boundary_is_said_as_the_program_can_honour_it(mode: Mode, offered: set[Mode], words: str) -> None:
    assert at_boundary(mode, offered) == words


async def test_all_five_boundaries_are_there_to_choose() -> None:
    async with desk() as d:
        await d.press("m", "ctrl+t")
        for words in (
            "when idle",
            "after its message",
            "at its next tool call",
            "now, interrupting",
            "once you flush it",
        ):
            assert f"shown: {words}" in d.frame
        await d.type("flush")
        await d.press("enter", "x", "enter")
        assert d.source.letters[-1].mode is Mode.MANUAL


async def test_a_typed_time_says_it_later() -> None:
    async with desk() as d:
        await d.press("m", "ctrl+t")
        await d.type("20m")
        assert "said later: 14:24" in d.frame
        await d.press("enter")
        assert "said 14:24 ^t" in d.frame
        assert "said 14:24, then  ▲ builder" in d.frame
        await d.press("x", "enter")
        assert d.source.letters[-1].later == Later(d.source.clock() + 20 * MINUTE)
        assert "said 14:24; the palette has what waits" in d.frame
        await d.press("y", "enter")
        assert d.source.letters[-1].later is None, "the next one is said now again"


async def test_a_reply_is_wanted_by_a_time_that_was_typed() -> None:
    async with desk() as d:
        await d.press("m", "ctrl+r")
        await d.type("14:30")
        await d.press("enter")
        assert "reply by 14:30 ^r" in d.frame
        await d.press("ctrl+r", "ctrl+r", "enter")
        assert "reply by" in d.frame
        await d.press("ctrl+r", "escape", "x", "enter")
        assert isinstance(d.source.letters[-1].reply, ReplyWanted)


async def test_the_first_line_may_command_the_composer() -> None:
    async with desk() as d:
        await d.press("m")
        d.deck.composer.editor.insert("/later 20m\n/reply-by 14:30\nrebase")
        await d.press("enter", "enter")
        assert d.source.asked == []
        assert d.deck.composer.editor.text == "rebase"
        assert "reply by 14:30 ^r  said 14:24 ^t" in d.frame
        d.deck.composer.replace_text("/later yesterday")
        await d.press("enter")
        assert "/later needs a time that is to come" in d.frame
        assert d.deck.composer.editor.text == "/later yesterday"


async def test_commands_and_emoji_are_completed() -> None:
    async with desk() as d:
        await d.press("m", "slash")
        assert "/later  say it later: 20m, 14:30" in d.frame
        await d.type("re")
        await d.press("tab")
        assert d.deck.composer.editor.text == "/reply-by "
        d.deck.composer.replace_text("well ")
        await d.press("colon")
        await d.type("eyes")
        assert ":eyes:" in d.frame
        await d.press("tab")
        assert d.deck.composer.editor.text == "well 👀 "


def waiting() -> ScheduledRow:
    where = ComposerView("@docs", "@docs", recipients=("13",))
    return ScheduledRow("77", "@docs", "14:30", Letter("rebase", later=Later(5), replaces="77"), where)


async def test_what_waits_is_listed_and_edited_and_replaced_only_when_it_is_sent() -> None:
    async with desk(source=SampleSource(waiting=[waiting()])) as d:
        await d.deck.perform("scheduled")
        await d.settle()
        assert "@docs: rebase" in d.frame
        await d.press("enter", "enter")
        assert "to @docs" in d.frame
        assert d.deck.composer.editor.text == "rebase"
        assert d.source.asked == []
        await d.press("!", "enter")
        assert d.source.letters[-1] == Letter("rebase!", later=Later(5), replaces="77")


async def test_what_waits_is_said_now_or_never() -> None:
    async with desk(source=SampleSource(waiting=[waiting()])) as d:
        for verb in ("now", "never"):
            await d.deck.perform("scheduled")
            await d.settle()
            await d.press("enter")
            await d.type(verb)
            await d.press("enter")
        assert d.source.letters[-1] == Letter("rebase", replaces="77")
        assert d.source.asked[-1] == ("cancel", "77")


async def test_a_message_for_later_waits_in_the_log_and_can_be_replaced(tmp_path: Path) -> None:
    async with world(tmp_path, "builder") as w:
        view = w.store.composer_to([w.agents["builder"].id])
        at = w.relay.clock() + HOUR
        report = enclose_large("a report\n")
        letter = Letter("rebase", enclosed=(report,), reply=ReplyWanted(at + HOUR), later=Later(at), client_id="a")
        await w.store.send(view, letter)
        (row,) = await w.store.scheduled()
        assert [(one.label, one.size, one.note) for one in row.letter.enclosed] == [("pasted.txt", 9, "text")]
        assert (row.to, row.letter.text, row.letter.later, row.letter.reply) == (
            "@builder",
            "rebase",
            Later(at),
            ReplyWanted(at + HOUR),
        )
        changed = replace(row.letter, text="rebase now", later=Later(at + 1), client_id="b")
        await w.store.send(row.where, changed)
        assert [one.letter.text for one in await w.store.scheduled()] == ["rebase now"]
        ended = await w.relay.queries.scheduled_message(row.id)
        assert ended is not None
        assert ended.status is ScheduleStatus.CANCELLED


async def test_a_message_that_waits_for_idleness_is_said_then(tmp_path: Path) -> None:
    async with world(tmp_path, "builder") as w:
        await w.state("builder", State.WORKING)
        view = w.store.composer_to([w.agents["builder"].id])
        await w.store.send(view, Letter("rebase", later=Later(idle_of="builder"), client_id="a"))
        (row,) = await w.store.scheduled()
        assert row.when == "once builder is idle"
        news = w.relay.subscribe()
        idle = c.RecordState(agent_id=w.agents["builder"].id, generation=1, state=State.IDLE, evidence="pane")
        await w.relay.execute(idle)
        async for entries in news:
            if any(isinstance(entry.event, e.ScheduleEnded) for entry in entries):
                break
        assert await w.store.scheduled() == []


async def test_a_wanted_reply_is_under_its_message_and_among_what_is_open_until_it_came(tmp_path: Path) -> None:
    async with world(tmp_path, "builder") as w:
        view = w.store.composer_to([w.agents["builder"].id])
        by = w.relay.clock() + HOUR
        await w.store.send(view, Letter("which one?", reply=ReplyWanted(by), client_id="a"))
        await w.store.show(f"agent:{w.agents['builder'].id}")
        await w.up_to_date()
        (row,) = w.store.view.conversation.rows
        assert row.wants == f"wants a reply by {moment_words(by, w.relay.clock())}"
        open_rows = [one for one in w.store.view.mine if one.word.startswith("reply")]
        assert [one.message_id for one in open_rows] in ([], [row.id])
        await w.relay.execute(c.Reply(message_id=row.id, text="this one"), w.caller("builder"))
        w.store.waiting.asked_at = 0
        await w.up_to_date()
        assert w.store.view.conversation.rows[0].wants == ""
