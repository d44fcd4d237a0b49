"""Random lives of a workspace: what is asked about them is answered as a look at every row would."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import aiosqlite
from hypothesis import given

from relay_tui.core.model import Delivery, Message
from relay_tui.core.views import rows
from relay_tui.core.views.queries import Queries, Unread, mail
from relay_tui.core.views.queries.mail import FAULTS, OPEN, STUCK_STATES, WORDS, MailFilter, MailPlace

from ...conftest import in_memory
from ..conftest import Desk, Hands
from .life import POLICY, Deed, Life, lives

Found = list[tuple[str, str]]


@dataclass
class Looked:
    """Every row, read one after the other; what has no row is implied by who was a member when it was said."""

    db: sqlite3.Connection

    def __post_init__(self) -> None:
        self.agents = {a.id: a for a in self.every(rows.AGENTS)}
        self.sessions = {s.agent_id: s for s in self.every(rows.SESSIONS)}
        self.messages: dict[str, Message] = {m.id: m for m in self.every(rows.MESSAGES)}
        self.members = self.every(rows.MEMBERS)
        self.deliveries: dict[tuple[str, str], Delivery] = {
            (d.message_id, d.agent_id): d for d in self.every(rows.DELIVERIES)
        }
        self.stored = set(self.deliveries)
        for member in self.members:
            if member.muted or self.agents[member.agent_id].type != "agent":
                continue
            for message in self.messages.values():
                key = (message.id, member.agent_id)
                until = message.channel_seq if member.left_seq is None else member.left_seq
                said_then = member.joined_seq < message.channel_seq <= until
                if message.channel_id != member.channel_id or not said_then or message.sender_id == member.agent_id:
                    continue
                self.deliveries.setdefault(key, Delivery(*key, message.channel_id, queued_at=message.created_at))

    def every(self, table: Any) -> list[Any]:
        return [table.read(row) for row in self.db.execute(f"SELECT {table.columns} FROM {table.name}")]

    def due(self) -> list[Delivery]:
        """Without what is implied of agents that were removed: that is nobody's any more."""
        return [
            d for key, d in sorted(self.deliveries.items(), key=lambda item: (int(item[0][0]), int(item[0][1])))
            if key in self.stored or self.agents[key[1]].removed_at is None
        ]  # fmt: skip

    def stuck(self, agent_id: str) -> bool:
        session = self.sessions.get(agent_id)
        return self.agents[agent_id].type == "agent" and (session is None or session.state in STUCK_STATES)

    def unread(self, agent_id: str) -> dict[str, Unread]:
        found: dict[str, Unread] = {}
        for member in self.members:
            if member.agent_id != agent_id or member.left_seq is not None:
                continue
            new = [m for m in self.messages.values() if m.channel_id == member.channel_id
                   and m.channel_seq > member.read_seq and m.sender_id != agent_id]  # fmt: skip
            named = [m for m in new if agent_id in m.mentions and m.deleted_at is None]
            if new:
                found[member.channel_id] = Unread(len(new), len(named))
        return found


def ids(found: list[Delivery]) -> Found:
    return [(d.message_id, d.agent_id) for d in found]


async def paged(ask: Queries, wanted: MailFilter) -> Found:
    found: Found = []
    place: MailPlace | None = None
    while True:
        page = await ask.mail(wanted, place, 5)
        found = ids([d for _, d in page.rows]) + found
        if page.older is None:
            return found
        assert place is None or page.older < place
        place = page.older


async def assert_answers(path: Path, looked: Looked) -> None:
    due = looked.due()
    async with aiosqlite.connect(path) as db:
        ask = Queries(db)
        worth = [d for d in due if d.open or d.fault]
        assert sorted(ids([d for _, d in await ask.undelivered(limit=1_000)])) == sorted(ids(worth))
        assert await ask.undelivered_count() == len(worth)
        counts: dict[str, int] = {}
        for delivery in due:
            counts[delivery.word] = counts.get(delivery.word, 0) + 1
        assert await ask.delivery_counts() == counts
        known = await ask.deliveries(list(looked.messages))
        assert {key for of in known.values() for key in ids(of)} == {*looked.deliveries}
        for agent_id in looked.agents:
            assert ids(await ask.pending(agent_id, 1_000)) == ids([d for d in due if d.agent_id == agent_id and d.open])
            assert await ask.unread(agent_id) == looked.unread(agent_id)
        for word in ("", OPEN, FAULTS, *WORDS):
            wanted = MailFilter(word)
            right = [d for d in due if wanted.takes(looked.messages[d.message_id], d, looked.stuck(d.agent_id))]
            assert await paged(ask, wanted) == ids(right), word


@given(lives)
def test_whatever_happened_every_question_is_answered_as_a_look_at_each_row_would(deeds: list[list[Deed]]) -> None:
    small = (patch.object(mail, "STRETCH", 7), patch.object(mail, "STRETCHES", 2))
    with tempfile.TemporaryDirectory(dir=in_memory()) as name, small[0], small[1]:
        desk = Desk(Path(name) / "log.db", Hands(), POLICY)
        Life(desk).live(deeds)
        asyncio.run(assert_answers(desk.path, Looked(desk.db)))
        desk.db.close()
