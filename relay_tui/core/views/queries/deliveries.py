"""How far each message has come. A delivery without a row is implied by membership and read as queued."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from relay_tui.core.model import Delivery, Disposition, Message
from relay_tui.core.views import rows
from relay_tui.core.views.queries.base import Reader, marks

_IMPLIED = (
    "SELECT t.id, m.agent_id, t.channel_id, t.created_at, a.removed_at FROM members AS m"
    " JOIN messages AS t ON t.channel_id = m.channel_id AND t.channel_seq > m.joined_seq"
    " AND (m.left_seq IS NULL OR t.channel_seq <= m.left_seq) AND t.sender_id <> m.agent_id"
    " JOIN agents AS a ON a.id = m.agent_id AND a.type = 'agent'"
    " WHERE NOT EXISTS (SELECT 1 FROM deliveries AS d WHERE d.message_id = t.id AND d.agent_id = m.agent_id)"
)
_LAGGING = f"{_IMPLIED} AND a.removed_at IS NULL AND t.channel_seq > m.dispatched_seq"

_WORST = {
    Disposition.FAILED: 0,
    Disposition.DEAD: 0,
    Disposition.EXPIRED: 1,
    Disposition.UNCERTAIN: 2,
    Disposition.DEFERRED: 4,
    Disposition.HELD: 4,
}


class DeliveryQueries(Reader):
    async def deliveries(self, message_ids: Sequence[str]) -> dict[str, list[Delivery]]:
        """Every delivery of each message to agents, by message id. People read; they have no deliveries."""
        found: dict[str, list[Delivery]] = {message_id: [] for message_id in message_ids}
        if not message_ids:
            return found
        among = f"IN ({marks(message_ids)})"
        stored = await self._all(rows.DELIVERIES, f"WHERE message_id {among}", message_ids)
        implied = await self._rows(f"{_IMPLIED} AND t.id {among}", message_ids)
        for delivery in (*stored, *map(_implied, implied)):
            found[delivery.message_id].append(delivery)
        return found

    async def delivery(self, message_id: str, agent_id: str) -> Delivery | None:
        of_message = await self.deliveries([message_id])
        return next((d for d in of_message[message_id] if d.agent_id == agent_id), None)

    async def pending(self, agent_id: str, limit: int = 100) -> list[Delivery]:
        """What is still due to the agent, oldest first."""
        where = "WHERE agent_id = ? AND open = 1 ORDER BY message_id LIMIT ?"
        stored = await self._all(rows.DELIVERIES, where, (agent_id, limit))
        query = f"{_LAGGING} AND m.agent_id = ? ORDER BY t.id LIMIT ?"
        implied = [_implied(row) for row in await self._rows(query, (agent_id, limit))]
        return sorted((*stored, *implied), key=lambda d: int(d.message_id))[:limit]

    async def undelivered(self, *, sender_id: str | None = None, limit: int = 200) -> list[tuple[Message, Delivery]]:
        """Open, failed, uncertain and unverified deliveries with their messages, worst first, then oldest."""
        by_sender = "" if sender_id is None else " AND t.sender_id = ?"
        values: tuple[Any, ...] = (limit,) if sender_id is None else (sender_id, limit)
        columns = ", ".join(f"d.{c.strip()}" for c in rows.DELIVERIES.columns.split(","))
        stored: list[Delivery] = []
        for flag in ("open", "fault"):
            query = (
                f"SELECT {columns} FROM deliveries AS d JOIN messages AS t ON t.id = d.message_id"
                f" WHERE d.{flag} = 1{by_sender} ORDER BY d.message_id LIMIT ?"
            )
            stored += [rows.DELIVERIES.read(row) for row in await self._rows(query, values)]
        query = f"{_LAGGING}{by_sender} ORDER BY t.id LIMIT ?"
        stored += [_implied(row) for row in await self._rows(query, values)]
        unique = {(d.message_id, d.agent_id): d for d in stored}
        chosen = sorted(unique.values(), key=lambda d: (_rank(d), int(d.message_id)))[:limit]
        ids = list({d.message_id for d in chosen})
        found = await self._all(rows.MESSAGES, f"WHERE id IN ({marks(ids)})", ids) if ids else []
        messages = {message.id: message for message in found}
        return [(messages[d.message_id], d) for d in chosen]

    async def undelivered_count(self, limit: int = 1_000) -> int:
        """How many deliveries are short of delivered, or unverified; counting stops at `limit`."""
        query = (
            "SELECT (SELECT count(*) FROM (SELECT 1 FROM deliveries WHERE open = 1 LIMIT ?1))"
            " + (SELECT count(*) FROM (SELECT 1 FROM deliveries WHERE fault = 1 AND open = 0 LIMIT ?1))"
            f" + (SELECT count(*) FROM ({_LAGGING} LIMIT ?1))"
        )
        return int((await self._rows(query, (limit,)))[0][0])

    async def delivery_counts(self) -> dict[str, int]:
        """How many deliveries stand where, by the word that is shown. Reads every row."""
        counts: dict[str, int] = {}
        for delivery in await self._all(rows.DELIVERIES):
            counts[delivery.word] = counts.get(delivery.word, 0) + 1
        implied = int((await self._rows(f"SELECT count(*) FROM ({_LAGGING})"))[0][0])
        if implied:
            counts["queued"] = counts.get("queued", 0) + implied
        return counts


def _implied(row: Sequence[Any]) -> Delivery:
    message_id, agent_id, channel_id, created_at, removed_at = row
    delivery = Delivery(
        str(message_id), str(agent_id), str(channel_id), queued_at=created_at, updated_at=removed_at or created_at
    )
    if removed_at is not None:
        delivery.disposition = Disposition.CANCELLED
        delivery.reason = "the agent was removed"
    return delivery


def _rank(delivery: Delivery) -> int:
    return 3 if delivery.unverified else _WORST.get(delivery.disposition, 5)
