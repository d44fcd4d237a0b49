"""The floor of a durable send: the very rows that the relay writes, built beforehand, by bare SQLite.

No decision, no ids, no hand-over between threads: what is left is the disk and SQLite.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from time import perf_counter
from typing import Any

import aiosqlite
import orjson

from relay_tui.core import events as e
from relay_tui.core import ids
from relay_tui.core.log import codec
from relay_tui.core.log.store import open_store
from relay_tui.core.model import Channel, Member, Message, Mode
from relay_tui.core.views import bulk, history, rows

TEXT = ("word " * 200 + "@recipient0 please look")[:1_024]
"""About 1 KB, one mention."""
PAST = "INSERT OR IGNORE INTO {0}_past ({1}, kept_at, gone) VALUES ({2}, ?, ?)"
INSERT_KEYFRAME = "INSERT INTO keyframes (seq, message_id) VALUES (?, ?)"
INSERT_KEY = "INSERT INTO idempotency (client_id, actor, scope, payload, result) VALUES (?, ?, ?, ?, ?)"
AT = 1_795_000_000_000


@dataclass(slots=True)
class Rows:
    """Of one batch, by the statement that writes them."""

    log: list[rows.Row] = field(default_factory=list[rows.Row])
    messages: list[rows.Row] = field(default_factory=list[rows.Row])
    mentions: list[rows.Row] = field(default_factory=list[rows.Row])
    past_channels: list[rows.Row] = field(default_factory=list[rows.Row])
    channels: list[rows.Row] = field(default_factory=list[rows.Row])
    past_members: list[rows.Row] = field(default_factory=list[rows.Row])
    members: list[rows.Row] = field(default_factory=list[rows.Row])
    keys: list[rows.Row] = field(default_factory=list[rows.Row])
    keyframes: list[rows.Row] = field(default_factory=list[rows.Row])


def _marks(table: rows.Table[Any]) -> str:
    return ", ".join("?" * (table.columns.count(",") + 1))


def _past(table: rows.Table[Any]) -> str:
    return PAST.format(table.name, table.columns, _marks(table))


def _whole(table: rows.Table[Any]) -> str:
    return f"INSERT OR REPLACE INTO {table.name} ({table.columns}) VALUES ({_marks(table)})"


def _row(table: rows.Table[Any], record: object) -> rows.Row:
    values = [getattr(record, column.strip('"')) for column in table.columns.split(", ")]
    return [orjson.dumps(v).decode() if isinstance(v, list | tuple | dict) else v for v in values]


STATEMENTS = {
    "log": codec.INSERT,
    "messages": _whole(rows.MESSAGES),
    "mentions": rows.INSERT_MENTION,
    "past_channels": _past(rows.CHANNELS),
    "channels": _whole(rows.CHANNELS),
    "past_members": _past(rows.MEMBERS),
    "members": _whole(rows.MEMBERS),
    "keys": INSERT_KEY,
    "keyframes": INSERT_KEYFRAME,
}
assert list(STATEMENTS) == [kind.name for kind in fields(Rows)]


def batches(count: int, senders: int, after: int = 0, last_id: int = 0) -> Iterator[Rows]:
    """`count` messages of `senders` senders to one channel, a batch of one from each at a time.

    `after`, `last_id`: the newest entry and identifier that are there already."""
    made = ids.Snowflakes(last_id)
    keyframe, kept = after, False
    channel = Channel(made.next(AT), "channel", "room", AT, made.next(AT))
    agents = [made.next(AT) for _ in range(senders)]
    named = made.next(AT)
    stays = [Member(channel.id, agent, "member", AT, 0) for agent in agents]
    message_id = ""
    for first in range(0, count, senders):
        batch = Rows()
        if not kept:  # what is overwritten for the first time since the keyframe is put aside
            batch.past_channels = [(*_row(rows.CHANNELS, channel), keyframe, 0)]
            batch.past_members = [(*_row(rows.MEMBERS, stay), keyframe, 0) for stay in stays]
            kept = True
        for n, (agent, stay) in enumerate(zip(agents, stays, strict=True)):
            turn = first + n + 1
            seq = after + turn
            message_id = made.next(AT)
            event = e.MessageCreated(message_id, channel.id, turn, agent, TEXT, None, Mode.ON_IDLE, [named], [])
            entry = e.Entry(seq, ids.event_id(AT), AT, agent, "sdk", f"key-{seq:09}", event)
            message = Message(message_id, seq, channel.id, turn, agent, TEXT, AT, mentions=(named,))
            stay.read_seq = stay.dispatched_seq = channel.last_seq = turn
            batch.log += codec.to_rows([entry], [codec.encode(event)])
            batch.messages.append(_row(rows.MESSAGES, message))
            batch.mentions.append((message_id, named))
            batch.keys.append(
                (f"key-{seq:09}", agent, "SendMessage:#room", b"0123456789abcdef", f'["message",["{message_id}"]]')
            )
            batch.members.append(_row(rows.MEMBERS, stay))
        batch.channels.append(_row(rows.CHANNELS, channel))
        newest = after + first + senders
        if newest - keyframe >= history.EVERY:
            batch.keyframes.append((newest, message_id))
            keyframe, kept = newest, False
        yield batch


Statements = list[tuple[str, list[rows.Row]]]


def _tight(batch: Rows) -> Statements:
    """The same rows without columns that none has, of plain values only: what costs the least to hand to sqlite3."""
    found: Statements = []
    for kind, statement in STATEMENTS.items():
        if not (plain := [[_plain(value) for value in row] for row in getattr(batch, kind)]):
            continue
        table = next((t for t in (rows.MESSAGES, rows.CHANNELS, rows.MEMBERS) if t.name == kind), None)
        if table is not None:
            kept = [i for i in range(len(plain[0])) if any(row[i] is not None for row in plain)]
            named = [column for i, column in enumerate(table.columns.split(", ")) if i in kept]
            marks = ", ".join("?" * len(named))
            statement = f"INSERT OR REPLACE INTO {kind} ({', '.join(named)}) VALUES ({marks})"
            plain = [[row[i] for i in kept] for row in plain]
        found.append((statement, list(plain)))
    return found


def _plain(value: Any) -> Any:
    match value:
        case bytes():
            return bytearray(value)
        case int():
            return int(value)
        case str():
            return str.__str__(value)
        case _:
            return value


def write(db: sqlite3.Connection, batch: Rows) -> None:
    db.execute("BEGIN IMMEDIATE")
    for kind, statement in STATEMENTS.items():
        db.executemany(statement, getattr(batch, kind))
    db.execute("COMMIT")


def measure(path: Path, count: int, senders: int) -> tuple[list[float], float]:
    """Milliseconds of each transaction, and messages per second. A file that is there is added to."""
    db = open_store(path)
    last = db.execute("SELECT coalesce(max(seq), 0), (SELECT coalesce(max(id), 0) FROM messages) FROM log").fetchone()
    prepared = list(batches(count, senders, *last))
    took: list[float] = []
    begun = perf_counter()
    for batch in prepared:
        before = perf_counter()
        write(db, batch)
        took.append((perf_counter() - before) * 1_000)
    seconds = perf_counter() - begun
    db.close()
    return took, len(prepared) * senders / seconds


def measure_tight(path: Path, count: int, senders: int) -> float:
    """Messages per second, the same rows in the cheapest way known: plain values, 64 rows to a statement."""
    db = open_store(path)
    prepared = [_tight(batch) for batch in batches(count, senders)]
    begun = perf_counter()
    for batch in prepared:
        db.execute("BEGIN IMMEDIATE")
        for statement, values in batch:
            bulk.insert(db, statement, values)
        db.execute("COMMIT")
    seconds = perf_counter() - begun
    db.close()
    return len(prepared) * senders / seconds


async def awaited(path: Path, count: int, senders: int) -> float:
    """Messages per second of as many senders who await each statement of a transaction of their own, by aiosqlite."""
    open_store(path).close()
    prepared: list[Sequence[tuple[str, rows.Row]]] = []
    for batch in batches(count, 1):
        prepared.append([(statement, row) for kind, statement in STATEMENTS.items() for row in getattr(batch, kind)])
    async with aiosqlite.connect(path, isolation_level=None) as db:
        await db.execute("PRAGMA synchronous = FULL")
        turn = asyncio.Lock()

        async def one() -> None:
            while prepared:
                async with turn:
                    if not prepared:
                        return
                    statements = prepared.pop(0)
                    await db.execute("BEGIN IMMEDIATE")
                    for statement, row in statements:
                        await db.execute(statement, row)
                    await db.execute("COMMIT")

        begun = perf_counter()
        await asyncio.gather(*(one() for _ in range(senders)))
        return count / (perf_counter() - begun)
