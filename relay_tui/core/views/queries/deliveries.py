"""How far each message has come. A delivery without a row is implied by membership and read as queued."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import orjson

from relay_tui.core.model import Delivery, Disposition, Evidence, Message, Reached
from relay_tui.core.views import rows
from relay_tui.core.views.queries.attempts import AttemptQueries
from relay_tui.core.views.queries.base import marks
from relay_tui.core.views.queries.holds import HoldQueries


def _implied() -> dict[str, str]:
    """The columns of a delivery as they are while it has no row: `t` the message, `m` the member, `a` its agent."""
    blank = Delivery("", "", "")
    known = {
        "message_id": "t.id",
        "agent_id": "m.agent_id",
        "channel_id": "t.channel_id",
        "disposition": "CASE WHEN a.removed_at IS NULL THEN 'active' ELSE 'cancelled' END",
        "reason": "CASE WHEN a.removed_at IS NULL THEN '' ELSE 'the agent was removed' END",
        "queued_at": "t.created_at",
        "updated_at": "coalesce(a.removed_at, t.created_at)",
    }
    return {f.name: known.get(f.name) or _literal(getattr(blank, f.name)) for f in fields(Delivery)}


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    return str(int(value)) if isinstance(value, int) else f"'{value}'"


def _array(columns: dict[str, str]) -> str:
    """A delivery as JSON, without the ids that all deliveries of a message share: those are filled in afterwards."""
    shared = ("message_id", "channel_id")
    return f"json_array({', '.join('0' if name in shared else column for name, column in columns.items())})"


# Stored and implied deliveries are read by one statement: between two, a delivery could get its row and be in neither.
# CROSS JOIN keeps the order of the loops; `channel_seq > 0` lets the index of top-level messages be used. Of several
# lower bounds SQLite seeks by the first that is written: the tightest goes first, and `+` keeps others out of it.
_STORED = f"SELECT {rows.DELIVERIES.columns} FROM deliveries"
IMPLIED = f"SELECT {', '.join(_implied().values())}"
_STAY = (
    "t.channel_id = m.channel_id AND t.channel_seq > 0 AND +t.channel_seq > m.joined_seq"
    " AND (m.left_seq IS NULL OR t.channel_seq <= m.left_seq) AND t.sender_id <> m.agent_id AND m.muted = 0"
)
_ROWLESS = "NOT EXISTS (SELECT 1 FROM deliveries AS d WHERE d.message_id = t.id AND d.agent_id = m.agent_id)"
DUE = f"t.channel_seq > m.dispatched_seq AND {_STAY} AND {_ROWLESS}"
_RECIPIENT = "a.id = m.agent_id AND a.type = 'agent'"
PRESENT = f"{_RECIPIENT} AND a.removed_at IS NULL"

# By message, its deliveries as JSON text: a thousand cost little more than half of what rows of Python values do. The
# stored ones are asked for by their ids and not from the message: at a past point that would read every one there is.
_OF_MESSAGES = (
    f"SELECT d.message_id, d.channel_id, group_concat({_array({f.name: f'd.{f.name}' for f in fields(Delivery)})})"
    f" FROM deliveries AS d WHERE d.message_id IN ({{ids}}) GROUP BY d.message_id"
    f" UNION ALL SELECT t.id, t.channel_id, (SELECT group_concat({_array(_implied())}) FROM members AS m"
    f" CROSS JOIN agents AS a WHERE {DUE} AND {_RECIPIENT}) FROM messages AS t WHERE t.id IN ({{ids}})"
)
_PENDING = (
    f"SELECT * FROM ({_STORED} WHERE agent_id = ?1 AND open = 1 ORDER BY message_id LIMIT ?2)"
    f" UNION ALL {IMPLIED} FROM members AS m CROSS JOIN agents AS a CROSS JOIN messages AS t"
    f" WHERE m.agent_id = ?1 AND {PRESENT} AND t.seq IN"
    f" (SELECT t.seq FROM messages AS t WHERE {DUE} ORDER BY t.channel_seq LIMIT ?2)"
    " ORDER BY 1 LIMIT ?2"
)
# The oldest messages that somebody has no row for yet, found channel by channel above the slowest member's cursor;
# then, message by message, the members that it is due to.
_LAGGING = (
    "SELECT t.seq FROM (SELECT m.channel_id AS id, min(m.dispatched_seq) AS slowest FROM members AS m"
    f" CROSS JOIN agents AS a WHERE {PRESENT} AND m.muted = 0 GROUP BY 1) AS f"
    " CROSS JOIN channels AS c ON c.id = f.id AND c.last_seq > f.slowest"
    " CROSS JOIN messages AS t WHERE t.seq IN (SELECT t.seq FROM messages AS t"
    "  WHERE t.channel_id = f.id AND t.channel_seq > f.slowest AND t.channel_seq > 0{by_sender}"
    f"  AND EXISTS (SELECT 1 FROM members AS m CROSS JOIN agents AS a WHERE {DUE} AND {PRESENT})"
    "  ORDER BY t.channel_seq LIMIT ?1) ORDER BY t.seq LIMIT ?1"
)
_UNDELIVERED = (
    f"SELECT * FROM ({_STORED} AS d INDEXED BY deliveries_open WHERE open = 1{{stored_by_sender}}"
    " ORDER BY message_id LIMIT ?1)"
    f" UNION ALL SELECT * FROM ({_STORED} AS d WHERE fault = 1 AND open = 0{{stored_by_sender}}"
    " ORDER BY message_id LIMIT ?1)"
    f" UNION ALL SELECT * FROM ({IMPLIED} FROM messages AS t CROSS JOIN members AS m CROSS JOIN agents AS a"
    f" WHERE t.seq IN ({_LAGGING}) AND {DUE} AND {PRESENT} ORDER BY t.seq LIMIT ?1)"
)
_UNDELIVERED_WITH_DATA = (
    f"SELECT {', '.join(f't.{column.strip()}' for column in rows.MESSAGES.columns.split(','))} FROM messages AS t"
    " WHERE t.data IS NOT NULL"
    " AND t.id IN (SELECT message_id FROM deliveries INDEXED BY deliveries_open WHERE open = 1)"
    f" OR t.seq IN ({_LAGGING.format(by_sender=' AND t.data IS NOT NULL')}) ORDER BY t.seq LIMIT ?1"
)
_EVERY_DUE = (
    "SELECT 1 FROM members AS m CROSS JOIN agents AS a CROSS JOIN channels AS c CROSS JOIN messages AS t"
    f" WHERE {PRESENT} AND c.id = m.channel_id AND c.last_seq > m.dispatched_seq AND {DUE}"
)

_WORST = {
    Disposition.FAILED: 0,
    Disposition.DEAD: 0,
    Disposition.EXPIRED: 1,
    Disposition.UNCERTAIN: 2,
    Disposition.DEFERRED: 4,
    Disposition.HELD: 4,
}


class DeliveryQueries(HoldQueries, AttemptQueries):
    async def deliveries(self, message_ids: Sequence[str]) -> dict[str, list[Delivery]]:
        """Every delivery of each message to agents, by message id. People read; they have no deliveries."""
        found: dict[str, list[Delivery]] = {message_id: [] for message_id in message_ids}
        if not message_ids:
            return found
        query = _OF_MESSAGES.format(ids=marks(message_ids))
        for message_id, channel_id, joined in await self._rows(query, (*message_ids, *message_ids)):
            every: list[list[Any]] = orjson.loads(f"[{joined or ''}]")
            shared = str(message_id), str(channel_id)
            for row in every:
                row[0], row[2] = shared
            found[shared[0]] += map(rows.DELIVERIES.take, every)
        return found

    async def delivery(self, message_id: str, agent_id: str) -> Delivery | None:
        of_message = await self.deliveries([message_id])
        return next((d for d in of_message[message_id] if d.agent_id == agent_id), None)

    async def pending(self, agent_id: str, limit: int = 100) -> list[Delivery]:
        """What is still due to the agent, oldest first."""
        return [rows.DELIVERIES.read(row) for row in await self._rows(_PENDING, (agent_id, limit))]

    async def undelivered(self, *, sender_id: str | None = None, limit: int = 200) -> list[tuple[Message, Delivery]]:
        """Open, failed, uncertain and unverified deliveries with their messages, worst first, then oldest."""
        values: tuple[Any, ...] = (limit,) if sender_id is None else (limit, sender_id)
        query = _UNDELIVERED.format(
            by_sender="" if sender_id is None else " AND t.sender_id = ?2",
            stored_by_sender=""
            if sender_id is None
            else " AND EXISTS (SELECT 1 FROM messages AS t WHERE t.id = d.message_id AND t.sender_id = ?2)",
        )
        found = [rows.DELIVERIES.read(row) for row in await self._rows(query, values)]
        chosen = sorted(found, key=lambda d: (_rank(d), int(d.message_id)))[:limit]
        ids = list({d.message_id for d in chosen})
        said = await self._all(rows.MESSAGES, f"WHERE id IN ({marks(ids)})", ids) if ids else []
        messages = {message.id: message for message in said}
        return [(messages[d.message_id], d) for d in chosen]

    async def doubtful(self, agent_id: str, limit: int = 200) -> list[Delivery]:
        """What was handed over to the agent and was never proven, whatever became of it since; newest first."""
        where = "WHERE fault = 1 AND agent_id = ? AND attempts > 0 ORDER BY message_id DESC LIMIT ?"
        return await self._all(rows.DELIVERIES, where, (agent_id, limit))

    async def undelivered_with_data(self, limit: int = 10_000) -> list[Message]:
        """Messages that carry data and are still due to somebody, oldest first."""
        return [rows.MESSAGES.read(row) for row in await self._rows(_UNDELIVERED_WITH_DATA, (limit,))]

    async def undelivered_count(self, limit: int = 1_000) -> int:
        """How many deliveries are short of delivered, or unverified; counting stops at `limit` of each kind."""
        query = (
            "SELECT"
            " (SELECT count(*) FROM (SELECT 1 FROM deliveries INDEXED BY deliveries_open WHERE open = 1 LIMIT ?1))"
            " + (SELECT count(*) FROM (SELECT 1 FROM deliveries WHERE fault = 1 AND open = 0 LIMIT ?1))"
            f" + (SELECT count(*) FROM ({_EVERY_DUE} LIMIT ?1))"
        )
        return int((await self._rows(query, (limit,)))[0][0])

    async def delivery_counts(self) -> dict[str, int]:
        """How many deliveries stand where, by the word that is shown. Reads every row."""
        counts: dict[str, int] = {}
        query = (
            "SELECT reached, disposition, evidence, count(*) FROM deliveries GROUP BY 1, 2, 3"
            f" UNION ALL SELECT 0, 'active', 'commit', count(*) FROM ({_EVERY_DUE})"
        )
        for reached, disposition, evidence, count in await self._rows(query):
            like = Delivery("", "", "", Reached(reached), Disposition(disposition), evidence=Evidence(evidence))
            if count:
                counts[like.word] = counts.get(like.word, 0) + count
        return counts


def _rank(delivery: Delivery) -> int:
    return 3 if delivery.unverified else _WORST.get(delivery.disposition, 5)
