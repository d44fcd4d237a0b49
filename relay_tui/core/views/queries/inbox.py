"""What somebody has not seen yet, in one answer; and what goes on everywhere."""

from __future__ import annotations

from dataclasses import field

from relay_tui.core.model import ENDED_STATES, Channel, Message, State
from relay_tui.core.model_talk import Expectation, Reaction, ThreadState
from relay_tui.core.record import record
from relay_tui.core.views import rows
from relay_tui.core.views.queries.marks import MarkQueries
from relay_tui.core.views.queries.messages import MessageQueries
from relay_tui.core.views.queries.people import PeopleQueries, Unread


@record
class Inbox:
    """Reading it marks nothing."""

    channels: list[tuple[Channel, Unread]] = field(default_factory=list[tuple[Channel, Unread]])
    """Named channels with something unread; those with mentions first."""
    direct: list[tuple[Channel, Unread]] = field(default_factory=list[tuple[Channel, Unread]])
    """Conversations of two and groups with something unread."""
    threads: list[ThreadState] = field(default_factory=list[ThreadState])
    mentions: list[Message] = field(default_factory=list[Message])
    """Unread ones, replies among them, newest first."""
    reactions: list[Reaction] = field(default_factory=list[Reaction])
    """Others' newest reactions to what one said."""
    owed: list[Expectation] = field(default_factory=list[Expectation])
    """Replies that others wait for."""


@record
class Presence:
    """What is known of an agent's program, and since when. Its age is the reader's clock less `since`."""

    agent_id: str
    state: State | None
    """None: no program was ever seen, which is all that is known of a person."""
    since: int | None
    evidence: str = ""
    exact: bool = True

    @property
    def here(self) -> bool:
        return self.state is not None and self.state not in ENDED_STATES


class InboxQueries(PeopleQueries, MessageQueries, MarkQueries):
    async def inbox(self, agent_id: str, limit: int = 50) -> Inbox:
        """At most `limit` of each kind."""
        found = Inbox()
        for channel_id, unread in (await self.unread(agent_id)).items():
            channel = await self.channel(channel_id)
            if channel is not None and unread.count and channel.archived_at is None:
                (found.channels if channel.kind == "channel" else found.direct).append((channel, unread))
        for places in (found.channels, found.direct):
            places.sort(key=lambda place: (-place[1].mentions, place[0].name.lower()))
            del places[limit:]
        found.threads = await self.threads(agent_id, limit=limit)
        mentions = [*await self.mentions(agent_id, limit), *await self.thread_mentions(agent_id, limit)]
        found.mentions = sorted(mentions, key=lambda message: -message.seq)[:limit]
        found.reactions = await self.reactions_to(agent_id, min(limit, 20))
        found.owed = await self.owed(agent_id, limit)
        return found

    async def threads(self, agent_id: str, *, unread_only: bool = True, limit: int = 50) -> list[ThreadState]:
        """Threads that the agent takes part in or follows, the one with the newest reply first."""
        query = (
            "SELECT t.root_id, m.channel_id, t.reply_count, t.reply_count - r.read_replies, t.last_reply_at,"
            " t.last_reply_by FROM thread_reads AS r CROSS JOIN threads AS t ON t.root_id = r.root_id"
            " CROSS JOIN messages AS m ON m.id = t.root_id WHERE r.agent_id = ?"
            f"{' AND t.reply_count > r.read_replies' if unread_only else ''} ORDER BY t.last_reply_at DESC LIMIT ?"
        )
        return [
            ThreadState(str(root), str(channel), replies, unread, at, None if by is None else str(by))
            for root, channel, replies, unread, at, by in await self._rows(query, (agent_id, limit))
        ]

    async def thread_unread(self, agent_id: str) -> dict[str, int]:
        """Unread replies by root id, only where there are any."""
        query = (
            "SELECT t.root_id, t.reply_count - r.read_replies FROM thread_reads AS r"
            " CROSS JOIN threads AS t ON t.root_id = r.root_id"
            " WHERE r.agent_id = ? AND t.reply_count > r.read_replies"
        )
        return {str(root): unread for root, unread in await self._rows(query, (agent_id,))}

    async def activity(
        self, *, limit: int = 50, before_seq: int | None = None, reader_id: str | None = None
    ) -> list[Message]:
        """The newest messages everywhere, replies included, newest first; `before_seq` goes on behind a page.

        `reader_id`: only what this agent may read: named channels, and the conversations it is in. None: everything.
        """
        where = ["deleted_at IS NULL"]
        values: list[object] = []
        if before_seq is not None:
            where.append("seq < ?")
            values.append(before_seq)
        if reader_id is not None:
            where.append(
                "channel_id IN (SELECT id FROM channels WHERE kind = 'channel' UNION ALL"
                " SELECT channel_id FROM members WHERE agent_id = ? AND left_seq IS NULL)"
            )
            values.append(reader_id)
        clause = f"WHERE {' AND '.join(where)} ORDER BY seq DESC LIMIT ?"
        return await self._all(rows.MESSAGES, clause, (*values, limit))

    async def presence(self) -> list[Presence]:
        """Everyone who was not removed, by name."""
        sessions = await self.sessions()
        found: list[Presence] = []
        for agent in await self.agents():
            session = sessions.get(agent.id)
            if session is None:
                found.append(Presence(agent.id, None, None))
            else:
                found.append(Presence(agent.id, session.state, session.since, session.evidence, session.exact))
        return found
