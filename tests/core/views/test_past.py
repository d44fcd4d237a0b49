"""Random lives of a workspace, looked at afterwards: at every entry the past is what a refold up to it gives."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from relay_tui.core import commands as c
from relay_tui.core.model import Message
from relay_tui.core.relay import Relay
from relay_tui.core.views import history
from relay_tui.core.views.history import shapes
from relay_tui.core.views.past import open_past
from relay_tui.core.views.queries import Queries
from relay_tui.core.views.queries.mail import MailFilter
from relay_tui.core.views.refold import refold

from ...conftest import in_memory
from ..conftest import Desk, Hands, newcomer, refused
from .life import POLICY, Deed, Life, lives


def content(db: sqlite3.Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Every table of the views, and the log."""
    names = [shape.name for shape in shapes(db)] + ["log"]
    return {name: sorted(db.execute(f"SELECT * FROM {name}").fetchall(), key=repr) for name in names}


@settings(phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(lives, st.integers(1, 30), st.randoms(use_true_random=False))
def test_the_past_is_what_the_log_said_then(deeds: list[list[Deed]], every: int, chance: Any) -> None:
    with tempfile.TemporaryDirectory(dir=in_memory()) as name, patch.object(history, "EVERY", every):
        folder = Path(name)
        desk = Desk(folder / "log.db", Hands(), POLICY)
        Life(desk).live(deeds)
        newest = desk.writer.last_seq
        for seq in {0, newest, *(chance.randint(0, newest) for _ in range(3))}:
            then = folder / f"{seq}.db"
            refold(folder / "log.db", then, up_to=seq)
            with closing(sqlite3.connect(then)) as told, closing(open_past(folder / "log.db", seq)) as past:
                assert content(past) == content(told), seq
        desk.db.close()


async def test_every_question_is_answered_as_it_was_then(folder: Path) -> None:
    async with Relay.open(folder) as relay:
        by = await newcomer(relay, "builder")
        other = await newcomer(relay, "other")
        said = await relay.execute(c.SendMessage(to="#general", text="first @other", expects_reply=True), by)
        then = relay.last_seq
        answers = await asked(relay.queries, said, other.agent_id)
        await relay.execute(c.EditMessage(message_id=said.id, text="second"), by)
        await relay.execute(c.Reply(message_id=said.id, text="reply"), other)
        await relay.execute(c.MarkRead(channel_id=said.channel_id, message_id=said.id), other)
        await relay.execute(c.UpdateAgent(agent_id=other.agent_id, persona="changed"), other)
        await relay.execute(c.LeaveChannel(channel_id=said.channel_id), other)
        assert await asked(relay.queries, said, other.agent_id) != answers
        async with relay.at(then) as past:
            assert await past.as_of_seq() == then
            assert await asked(past, said, other.agent_id) == answers
            # and goes on answering so while the relay goes on
            await relay.execute(c.EditMessage(message_id=said.id, text="third"), by)
            assert await asked(past, said, other.agent_id) == answers


async def asked(ask: Queries, said: Message, agent_id: str) -> list[Any]:
    channel_id, message_id = said.channel_id, said.id
    return [
        await ask.agents(),
        await ask.channels(),
        await ask.members(channel_id),
        await ask.memberships(agent_id),
        await ask.messages(channel_id),
        await ask.replies(message_id),
        await ask.unread(agent_id),
        await ask.mentions(agent_id),
        await ask.pending(agent_id),
        await ask.deliveries([message_id]),
        await ask.undelivered(),
        await ask.undelivered(sender_id=said.sender_id),
        await ask.mail(MailFilter(sender_id=said.sender_id)),
        await ask.expected(sender_id=said.sender_id),
        await ask.threads(agent_id, unread_only=False),
        await ask.readers(message_id),
        await ask.activity(reader_id=agent_id),
        await ask.undelivered_count(),
        await ask.delivery_counts(),
    ]


async def test_ones_own_words_are_no_more_unread_in_the_past_than_they_were(folder: Path) -> None:
    """Messages of before the newest keyframe are looked up while what is behind it is folded."""
    with patch.object(history, "EVERY", 2):
        async with Relay.open(folder) as relay:
            by, other = await newcomer(relay, "builder"), await newcomer(relay, "other")
            for speaker in (other, by, other, other):
                said = await relay.execute(c.SendMessage(to="#general", text="so"), speaker)
            own = (await relay.queries.messages(said.channel_id))[1]
            await relay.execute(c.MarkRead(channel_id=own.channel_id, message_id=own.id), by)
            async with relay.at(relay.last_seq) as past:
                assert await past.unread(by.agent_id) == await relay.queries.unread(by.agent_id)


async def test_there_is_no_past_before_the_beginning_and_none_after_now(relay: Relay) -> None:
    for seq in (-1, relay.last_seq + 1):
        with refused("seq_not_found"):
            async with relay.at(seq):
                pass
    async with relay.at(0) as past:
        assert await past.agents() == []
        assert await past.workspace() is None


async def test_the_past_cannot_be_written_to(relay: Relay) -> None:
    async with relay.at(relay.last_seq) as past:
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            await past._rows("DELETE FROM main.log")  # pyright: ignore[reportPrivateUsage]
