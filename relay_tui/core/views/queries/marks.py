"""What is known of messages beyond their text: reactions, pins, readers, earlier versions, expected replies, files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from relay_tui.core.model_talk import (
    Expectation,
    Pin,
    Reaction,
    ReactionCount,
    Revision,
    Scheduled,
    StoredFile,
)
from relay_tui.core.views import rows
from relay_tui.core.views.queries.base import Reader, marks


class MarkQueries(Reader):
    async def reactions(self, message_ids: Sequence[str]) -> dict[str, list[ReactionCount]]:
        """By message id, in the order in which each emoji first came; only messages that have any."""
        found: dict[str, dict[str, ReactionCount]] = {}
        where = f"WHERE message_id IN ({marks(message_ids)}) AND removed_at IS NULL ORDER BY seq"
        for reaction in await self._all(rows.REACTIONS, where, message_ids) if message_ids else ():
            of_message = found.setdefault(reaction.message_id, {})
            of_message.setdefault(reaction.emoji, ReactionCount(reaction.emoji)).agent_ids.append(reaction.agent_id)
        return {message_id: list(counts.values()) for message_id, counts in found.items()}

    async def reactions_to(self, agent_id: str, limit: int = 20) -> list[Reaction]:
        """Others' reactions to what the agent said, newest first."""
        where = "WHERE to_id = ? AND removed_at IS NULL AND agent_id <> to_id ORDER BY seq DESC LIMIT ?"
        return await self._all(rows.REACTIONS, where, (agent_id, limit))

    async def pins(self, channel_id: str) -> list[Pin]:
        """Newest first."""
        where = "WHERE channel_id = ? AND unpinned_at IS NULL ORDER BY pinned_at DESC, message_id DESC"
        return await self._all(rows.PINS, where, (channel_id,))

    async def readers(self, message_id: str) -> list[str]:
        """Ids of the members (of a reply: participants) whose read mark is at or behind the message, but its sender."""
        query = (
            "SELECT m.agent_id FROM messages AS t JOIN members AS m ON m.channel_id = t.channel_id"
            " AND m.left_seq IS NULL AND m.read_seq >= t.channel_seq"
            " WHERE t.id = ?1 AND t.channel_seq > 0 AND m.agent_id <> t.sender_id"
            " UNION ALL SELECT r.agent_id FROM messages AS t JOIN thread_reads AS r ON r.root_id = t.thread_id"
            " AND r.read_replies >="
            " (SELECT count(*) FROM messages WHERE thread_id = t.thread_id AND seq <= t.seq AND deleted_at IS NULL)"
            " WHERE t.id = ?1 AND t.thread_id IS NOT NULL AND r.agent_id <> t.sender_id ORDER BY 1"
        )
        return [str(agent_id) for (agent_id,) in await self._rows(query, (message_id,))]

    async def history(self, message_id: str) -> list[Revision]:
        """What the message said before, oldest first, out of the log. Empty: it says what it always said."""
        query = (
            "SELECT l.at, l.actor, l.type, l.data FROM log AS l WHERE l.seq IN (SELECT seq FROM messages WHERE id = ?1"
            " UNION ALL SELECT seq FROM edits WHERE message_id = ?1) ORDER BY l.seq"
        )
        found: list[Revision] = []
        for at, actor, kind, data in await self._rows(query, (message_id,)):
            if found:
                found[-1].until = at
            if kind != "message.deleted":
                said: dict[str, Any] = orjson.loads(data)
                by = said.get("sender_id") or str(actor)
                found.append(Revision(said.get("text") or "", at, by, 0, said.get("blocks")))
        return [revision for revision in found if revision.until]

    async def overdue(self, at: int, *, sender_id: str | None = None, limit: int = 200) -> list[Expectation]:
        """Expected replies whose deadline is before `at` (milliseconds, UTC), the most overdue first."""
        mine, values = ("", (at, limit)) if sender_id is None else (" AND sender_id = ?3", (at, limit, sender_id))
        where = f"WHERE closed_at IS NULL AND reply_by < ?1{mine} ORDER BY reply_by LIMIT ?2"
        return await self._all(rows.EXPECTATIONS, where, values)

    async def expected(self, *, sender_id: str | None = None, limit: int = 200) -> list[Expectation]:
        """Open expectations, those with the nearest deadline first."""
        mine, values = ("", (limit,)) if sender_id is None else (" AND sender_id = ?2", (limit, sender_id))
        where = f"WHERE closed_at IS NULL{mine} ORDER BY reply_by IS NULL, reply_by, message_id LIMIT ?1"
        return await self._all(rows.EXPECTATIONS, where, values)

    async def owed(self, agent_id: str, limit: int = 100) -> list[Expectation]:
        """Open expectations that wait on this agent by name, those with the nearest deadline first."""
        where = (
            "WHERE closed_at IS NULL AND EXISTS (SELECT 1 FROM json_each(waiting_on) WHERE value = ?)"
            " ORDER BY reply_by IS NULL, reply_by, message_id LIMIT ?"
        )
        return await self._all(rows.EXPECTATIONS, where, (agent_id, limit))

    async def expectation(self, message_id: str) -> Expectation | None:
        return await self._one(rows.EXPECTATIONS, "WHERE message_id = ?", (message_id,))

    async def scheduled(
        self, *, sender_id: str | None = None, waiting: bool = True, limit: int = 200
    ) -> list[Scheduled]:
        """Waiting ones in the order in which they were made; all of them newest first."""
        where = "WHERE ended_at IS NULL" if waiting else "WHERE 1"
        values: tuple[object, ...] = () if sender_id is None else (sender_id,)
        where += "" if sender_id is None else " AND sender_id = ?"
        order = "id" if waiting else "id DESC"
        return await self._all(rows.SCHEDULED, f"{where} ORDER BY {order} LIMIT ?", (*values, limit))

    async def scheduled_message(self, scheduled_id: str) -> Scheduled | None:
        return await self._one(rows.SCHEDULED, "WHERE id = ?", (scheduled_id,))

    async def file(self, file_id: str) -> StoredFile | None:
        """Also one that is not there yet, or was removed."""
        return await self._one(rows.FILES, "WHERE id = ?", (file_id,))

    async def files(self, *, uploaded_by: str | None = None, limit: int = 100) -> list[StoredFile]:
        """Stored and not removed, newest first."""
        values: tuple[object, ...] = () if uploaded_by is None else (uploaded_by,)
        mine = "" if uploaded_by is None else " AND uploaded_by = ?"
        where = f"WHERE sha256 <> '' AND removed_at IS NULL{mine} ORDER BY id DESC LIMIT ?"
        return await self._all(rows.FILES, where, (*values, limit))

    async def file_hash_used(self, sha256: str) -> bool:
        """Some file that was not removed has these bytes."""
        return await self._one(rows.FILES, "WHERE sha256 = ? AND removed_at IS NULL", (sha256,)) is not None

    async def file_channels(self, file_id: str, limit: int = 50) -> list[str]:
        """Ids of channels in which the file was sent. Reads every message that has attachments."""
        query = (
            "SELECT DISTINCT t.channel_id FROM messages AS t, json_each(t.attachments) AS a"
            " WHERE t.attachments IS NOT NULL AND json_extract(a.value, '$.file_id') = ? LIMIT ?"
        )
        return [str(channel_id) for (channel_id,) in await self._rows(query, (file_id, limit))]
