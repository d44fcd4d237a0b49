"""What is asked about now does not read what is long past: counted in steps of SQLite's machine, not in time."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiosqlite
import pytest

from relay_tui.core import commands as c
from relay_tui.core.log.store import read_only
from relay_tui.core.model import Caller
from relay_tui.core.views.queries import Queries

from ..conftest import Desk

STEP = 50
"""Instructions between two counts."""
QUESTIONS: dict[str, Callable[[Queries, str, str, str], Awaitable[object]]] = {
    "newest page": lambda ask, _, channel, __: ask.messages(channel, limit=20),
    "the page before": lambda ask, _, channel, newest: ask.messages(channel, before=newest, limit=20),
    "what came since": lambda ask, _, channel, newest: ask.messages(channel, after=newest, limit=20),
    "unread": lambda ask, agent, _, __: ask.unread(agent),
    "mentions": lambda ask, agent, _, __: ask.mentions(agent),
    "pending": lambda ask, agent, _, __: ask.pending(agent),
    "undelivered": lambda ask, _, __, ___: ask.undelivered(),
    "undelivered, of one": lambda ask, agent, _, __: ask.undelivered(sender_id=agent),
    "undelivered, count": lambda ask, _, __, ___: ask.undelivered_count(),
    "undelivered with data": lambda ask, _, __, ___: ask.undelivered_with_data(),
    "ladder": lambda ask, _, __, newest: ask.deliveries([newest]),
    "inbox": lambda ask, agent, _, __: ask.inbox(agent),
    "conversations": lambda ask, agent, _, __: ask.conversations(agent),
    "readers": lambda ask, _, __, newest: ask.readers(newest),
}


class Town:
    """Two agents talk; all but the newest ten messages are read and handed over."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.one, self.two = desk.join("one"), desk.join("two")
        self.newest = ""

    def talk(self, count: int) -> None:
        said = [(c.SendMessage(to="#general", text=f"@two {n}"), self.one) for n in range(count)]
        for first in range(0, count, 500):
            items = self.desk.together(*said[first : first + 500])
            self.newest = items[-1].answer.id
        read = self.desk.rows("SELECT id FROM messages ORDER BY seq DESC LIMIT 1 OFFSET 10")
        self.desk.do(c.MarkRead(channel_id=self.desk.general, message_id=str(read[0][0])), self.two)
        self.desk.db.execute("UPDATE deliveries SET open = 0 WHERE message_id <= ?", read[0])
        self.desk.db.execute("UPDATE members SET dispatched_seq = read_seq")


async def steps(path: Path, town: Town) -> dict[str, int]:
    found: dict[str, int] = {}
    count = 0

    def step() -> None:
        nonlocal count
        count += 1

    def connect() -> sqlite3.Connection:
        db = sqlite3.connect(read_only(path), uri=True, check_same_thread=False)
        db.set_progress_handler(step, STEP)
        return db

    async with aiosqlite.Connection(connect, 64) as db:
        for name, question in QUESTIONS.items():
            count = 0
            await question(Queries(db), town.two.agent_id, town.desk.general, town.newest)
            found[name] = count
    return found


async def test_nothing_costs_more_because_more_was_said_before(desk: Desk) -> None:
    town = Town(desk)
    town.talk(300)
    few = await steps(desk.path, town)
    town.talk(3_000)
    many = await steps(desk.path, town)
    grown = {name: (few[name], count) for name, count in many.items() if count > 1.5 * few[name] + 2}
    assert grown == {}


@pytest.mark.parametrize("mark", [5, 295])
async def test_a_read_mark_leaves_the_mentions_behind_it(desk: Desk, mark: int) -> None:
    one, two = desk.join("one"), desk.join("two")
    texts = ["@two" if n % 3 else "no" for n in range(300)]
    said = [item.answer for item in desk.together(*((c.SendMessage(to="#general", text=text), one) for text in texts))]
    desk.do(c.DeleteMessage(message_id=said[298].id), one)
    desk.together(
        (c.DeleteMessage(message_id=said[296].id), one),
        (c.EditMessage(message_id=said[297].id, text="@two after all"), one),
        (c.MarkRead(channel_id=desk.general, message_id=said[mark].id), two),
    )
    expected = sum(1 for n in range(mark + 1, 300) if (n % 3 or n == 297) and n not in (296, 298))
    assert unread_mentions(desk, two) == expected


def unread_mentions(desk: Desk, by: Caller) -> int:
    return int(desk.rows("SELECT unread_mentions FROM members WHERE agent_id = ?", by.agent_id)[0][0])
