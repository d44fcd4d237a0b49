"""What was said."""

from __future__ import annotations

from collections.abc import Sequence

from relay_tui.core.model import Message
from relay_tui.core.views import rows
from relay_tui.core.views.queries.base import Reader, marks


class MessageQueries(Reader):
    async def messages(
        self,
        channel_id: str,
        *,
        before: str | None = None,
        after: str | None = None,
        limit: int = 100,
        top_level: bool = True,
    ) -> list[Message]:
        """A page of a channel, oldest first: the newest, or those next to `before` or `after` (message ids)."""
        where = ["channel_id = ?"]
        values: list[object] = [channel_id]
        for bound, compare in ((before, "<"), (after, ">")):
            if bound is not None:
                where.append(f"{'channel_seq' if top_level else 'seq'} {compare} ?")
                values.append(await self._position(channel_id, bound, top_level, compare == "<"))
        if top_level:  # behind `after`: the first lower bound is the one that is sought
            where.append("channel_seq > 0")
        order = "channel_seq" if top_level else "seq"
        direction = "ASC" if after is not None and before is None else "DESC"
        clause = f"WHERE {' AND '.join(where)} ORDER BY {order} {direction} LIMIT ?"
        found = await self._all(rows.MESSAGES, clause, (*values, limit))
        return await self._with_threads(found if direction == "ASC" else found[::-1])

    async def thread_mentions(self, agent_id: str, limit: int = 50) -> list[Message]:
        """Unread replies that mention the agent, newest first."""
        where = (
            "WHERE seq IN (SELECT m.seq FROM thread_reads AS r"
            " CROSS JOIN threads AS t ON t.root_id = r.root_id AND t.reply_count > r.read_replies"
            " CROSS JOIN messages AS m ON m.thread_id = t.root_id AND m.deleted_at IS NULL"
            " CROSS JOIN mentions AS n ON n.message_id = m.id AND n.agent_id = r.agent_id"
            " WHERE r.agent_id = ? AND r.read_replies <"
            " (SELECT count(*) FROM messages AS x"
            " WHERE x.thread_id = t.root_id AND x.seq <= m.seq AND x.deleted_at IS NULL))"
            " ORDER BY seq DESC LIMIT ?"
        )
        return await self._all(rows.MESSAGES, where, (agent_id, limit))

    async def messages_at(self, channel_id: str, positions: Sequence[int]) -> dict[int, str]:
        """Ids of the top-level messages at these places of the channel, by `channel_seq`."""
        wanted = sorted({position for position in positions if position > 0})
        query = (
            "SELECT channel_seq, id FROM messages WHERE channel_id = ? AND channel_seq > 0"
            f" AND channel_seq IN ({marks(wanted)})"
        )
        found = await self._rows(query, (channel_id, *wanted)) if wanted else ()
        return {position: str(message_id) for position, message_id in found}

    async def message(self, message_id: str) -> Message | None:
        found = await self._all(rows.MESSAGES, "WHERE id = ?", (message_id,))
        return (await self._with_threads(found))[0] if found else None

    async def messages_of(self, message_ids: Sequence[str]) -> list[Message]:
        """Those of the ids that there are, in no order; without the state of their threads."""
        return await self._all(rows.MESSAGES, *_among("id", message_ids)) if message_ids else []

    async def senders_of(self, message_ids: Sequence[str]) -> dict[str, str]:
        """Who said each of them, by message id."""
        where, values = _among("id", message_ids)
        found = await self._rows(f"SELECT id, sender_id FROM messages {where}", values) if message_ids else []
        return {str(message_id): str(sender_id) for message_id, sender_id in found}

    async def replies(self, message_id: str, *, limit: int = 200) -> list[Message]:
        """The newest replies of a thread, oldest first."""
        where = "WHERE thread_id = ? ORDER BY seq DESC LIMIT ?"
        return (await self._all(rows.MESSAGES, where, (message_id, limit)))[::-1]

    async def mentions(self, agent_id: str, limit: int = 50) -> list[Message]:
        """Unread top-level messages that mention the agent, newest first, out of the newest 500 of each channel."""
        where = (
            "WHERE seq IN (SELECT t.seq FROM members AS m CROSS JOIN channels AS c ON c.id = m.channel_id"
            " CROSS JOIN messages AS t ON t.channel_id = c.id"
            " AND t.channel_seq > max(m.read_seq, c.last_seq - 500) AND t.channel_seq > 0"  # sought by the first bound
            " CROSS JOIN mentions AS n ON n.message_id = t.id AND n.agent_id = m.agent_id"
            " WHERE m.agent_id = ? AND m.unread_mentions > 0 AND m.left_seq IS NULL AND t.deleted_at IS NULL)"
            " ORDER BY seq DESC LIMIT ?"
        )
        return await self._all(rows.MESSAGES, where, (agent_id, limit))

    async def _position(self, channel_id: str, message_id: str, top_level: bool, before: bool) -> int:
        """Where a message stands in the channel; an id that is not in it stands where it would by its age."""
        column, place = ("channel_seq", "AND channel_seq > 0") if top_level else ("seq", "")
        query = f"SELECT {column} FROM messages WHERE channel_id = ? {place} AND id"
        if found := await self._rows(f"{query} = ?", (channel_id, message_id)):
            return int(found[0][0])
        nearest = await self._rows(f"{query} < ? ORDER BY id DESC LIMIT 1", (channel_id, message_id))
        return (int(nearest[0][0]) if nearest else 0) + before

    async def _with_threads(self, messages: list[Message]) -> list[Message]:
        ids = [message.id for message in messages if message.thread_id is None]
        if ids:
            threads = {t.root_id: t for t in await self._all(rows.THREADS, *_among("root_id", ids))}
            for message in messages:
                if (thread := threads.get(message.id)) is not None:
                    message.reply_count = thread.reply_count
                    message.last_reply_at = thread.last_reply_at
                    message.last_reply_by = thread.last_reply_by
        return messages


def _among(column: str, ids: Sequence[str]) -> tuple[str, Sequence[str]]:
    return f"WHERE {column} IN ({marks(ids)})", ids
