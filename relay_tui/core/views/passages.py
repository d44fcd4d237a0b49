"""What the writer looks up on disk and in the batch that is being decided: stretches of channels, threads and the log.

A batch is not on disk yet: each answer is what the file has, with what the batch says of it laid over.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from relay_tui.core.model import Member, Message
from relay_tui.core.model_talk import Scheduled
from relay_tui.core.views import rows
from relay_tui.core.views.rows import Table


class Passages:
    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._dirty: defaultdict[Table[Any], dict[Any, Any]] = defaultdict(dict)
        self._inserts: dict[str, list[tuple[Any, ...]]] = {}
        self._unwritten: list[Message] = []
        """Messages of this batch, which no statement finds yet."""
        self.withheld: set[int] = set()
        """Entries that this batch withholds."""

    def channel_messages(self, channel_id: str, above: int, below: int) -> Iterator[Message]:
        """Top-level messages with `above < channel_seq < below`, in order, read as far as they are asked for."""
        where = "WHERE channel_id = ? AND channel_seq > ? AND channel_seq < ? AND channel_seq > 0 ORDER BY channel_seq"
        limit = 1  # most who ask stop at the first
        while below - above > 1 and (
            page := self._all(rows.MESSAGES, f"{where} LIMIT ?", channel_id, above, below, limit)
        ):
            yield from page
            above, limit = page[-1].channel_seq, min(64, limit * 4)
        for message in self._unwritten:
            if message.channel_id == channel_id and above < message.channel_seq < below:
                yield message

    def namings(self, member: Member, above: int, up_to: int) -> int:
        """How many messages of the channel with `above < channel_seq <= up_to` name the member, deleted ones aside."""
        replaced: Iterable[Message] = self._dirty.get(rows.MESSAGES, {}).values()
        changed = {m.id: m for m in (*self._unwritten, *replaced)}
        query = (
            "SELECT t.id FROM messages AS t CROSS JOIN mentions AS n ON n.message_id = t.id AND n.agent_id = ?"
            " WHERE t.channel_id = ? AND t.channel_seq BETWEEN ? AND ? AND t.channel_seq > 0 AND t.deleted_at IS NULL"
        )
        stored = self._db.execute(query, (member.agent_id, member.channel_id, above + 1, up_to))
        return sum(str(row[0]) not in changed for row in stored) + sum(
            above < m.channel_seq <= up_to and m.deleted_at is None and member.agent_id in m.mentions
            for m in changed.values()
            if m.channel_id == member.channel_id
        )

    def sayings_of(self, member: Member, above: int, up_to: int) -> int:
        """How many messages of the channel with `above < channel_seq <= up_to` the member said."""
        query = (
            "SELECT count(*) FROM messages WHERE channel_id = ? AND channel_seq BETWEEN ? AND ? AND channel_seq > 0"
            " AND sender_id = ?"
        )
        ((stored,),) = self._db.execute(query, (member.channel_id, above + 1, up_to, member.agent_id))
        return stored + sum(
            m.channel_id == member.channel_id and m.sender_id == member.agent_id and above < m.channel_seq <= up_to
            for m in self._unwritten
        )

    def sayings(self, seqs: Sequence[int], kinds: Sequence[str]) -> list[tuple[int, str, str]]:
        """Of these entries those of these types that said something and still do: seq, type, data."""
        still = [seq for seq in seqs if seq not in self.withheld]
        where = f"seq IN ({', '.join('?' * len(still))}) AND type IN ({', '.join('?' * len(kinds))})"
        query = f"SELECT seq, type, data FROM log WHERE {where} AND withheld IS NULL ORDER BY seq"
        return self._db.execute(query, (*still, *kinds)).fetchall()

    def newest_edit(self, message_id: str) -> int | None:
        """The entry of its newest edit that is on disk."""
        return self._db.execute("SELECT max(seq) FROM edits WHERE message_id = ?", (message_id,)).fetchone()[0]

    def last_id(self) -> int:
        """The highest identifier in use, from which new ones go on."""
        tables = ("messages", "agents", "channels", "invocations", "approvals", "scheduled", "files", "rules")
        return max(int(self._db.execute(f"SELECT coalesce(max(id), 0) FROM {t}").fetchone()[0]) for t in tables)

    def replies_up_to(self, root_id: str, seq: int) -> int:
        """How many replies of a thread, without deleted ones, stand at or before an entry of the log."""
        query = "SELECT count(*) FROM messages WHERE thread_id = ? AND seq <= ? AND deleted_at IS NULL"
        stored = int(self._db.execute(query, (root_id, seq)).fetchone()[0])
        changed: Iterable[Message] = self._dirty.get(rows.MESSAGES, {}).values()
        gone = [m.id for m in changed if m.deleted_at is not None and m.thread_id == root_id and m.seq <= seq]
        if gone:
            query = f"SELECT count(*) FROM messages WHERE id IN ({', '.join('?' * len(gone))}) AND deleted_at IS NULL"
            stored -= int(self._db.execute(query, gone).fetchone()[0])
        fresh = (m for m in self._unwritten if m.thread_id == root_id and m.seq <= seq)
        return stored + sum(m.deleted_at is None for m in fresh)

    def waiting_from(self, sender_id: str) -> int:
        """How many scheduled messages of this sender wait."""
        query = "SELECT id FROM scheduled WHERE ended_at IS NULL AND sender_id = ?"
        changed: dict[str, Scheduled] = self._dirty.get(rows.SCHEDULED, {})
        stored = {str(row[0]) for row in self._db.execute(query, (sender_id,))} - changed.keys()
        return len(stored) + sum(s.sender_id == sender_id and s.ended_at is None for s in changed.values())

    def put(self, table: Table[Any], key: Any, record: Any) -> None:
        """The record is new or was changed: it is written with this batch."""
        self._dirty[table][key] = record

    def insert(self, statement: str, row: tuple[Any, ...]) -> None:
        """A row that never changes."""
        self._inserts.setdefault(statement, []).append(row)

    def _find(self, table: Table[Any], key: Any, where: str) -> Any:
        """A record that is not kept: as it was changed in this batch, else from disk."""
        found = self._dirty.get(table, {}).get(key)
        values: Any = key if isinstance(key, tuple) else (key,)  # pyright: ignore[reportUnknownVariableType]
        return self._one(table, where, *values) if found is None else found

    def _all(self, table: Table[Any], where: str, *values: Any) -> list[Any]:
        cursor: Iterable[Any] = self._db.execute(f"SELECT {table.columns} FROM {table.name} {where}", values)
        return [table.read(row) for row in cursor]

    def _one(self, table: Table[Any], where: str, *values: Any) -> Any:
        row = self._db.execute(f"SELECT {table.columns} FROM {table.name} {where}", values).fetchone()
        return None if row is None else table.read(row)
