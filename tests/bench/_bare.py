"""The floor of a durable send: the very rows that the relay writes, built beforehand, by bare SQLite.

No decision, no ids, no hand-over between threads: what is left is the disk and SQLite.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from relay_tui.core import events as e
from relay_tui.core import ids
from relay_tui.core.log import codec
from relay_tui.core.log.store import open_store
from relay_tui.core.model import Channel, Member, Message, Mode
from relay_tui.core.views import rows

TEXT = ("word " * 200 + "@recipient0 please look")[:1_024]
"""About 1 KB, one mention."""
INSERT_KEY = "INSERT INTO idempotency (client_id, actor, scope, payload, result) VALUES (?, ?, ?, ?, ?)"
AT = 1_795_000_000_000


@dataclass(slots=True)
class Rows:
    """Of one batch, by the statement that writes them."""

    log: list[rows.Row]
    messages: list[rows.Row]
    mentions: list[rows.Row]
    keys: list[rows.Row]
    channels: list[rows.Row]
    members: list[rows.Row]


def batches(count: int, senders: int) -> Iterator[Rows]:
    """`count` messages of `senders` senders to one channel, a batch of one from each at a time."""
    made = ids.Snowflakes()
    channel = Channel(made.next(AT), "channel", "room", AT, made.next(AT))
    agents = [made.next(AT) for _ in range(senders)]
    named = made.next(AT)
    stays = [Member(channel.id, agent, "member", AT, 0) for agent in agents]
    for first in range(0, count, senders):
        batch = Rows([], [], [], [], [], [])
        for n, (agent, stay) in enumerate(zip(agents, stays, strict=True)):
            seq = first + n + 1
            message_id = made.next(AT)
            event = e.MessageCreated(message_id, channel.id, seq, agent, TEXT, None, Mode.ON_IDLE, [named], [])
            entry = e.Entry(seq, ids.event_id(AT), AT, agent, "sdk", f"key-{seq:09}", event)
            message = Message(message_id, seq, channel.id, seq, agent, TEXT, AT, mentions=(named,))
            stay.read_seq = stay.dispatched_seq = channel.last_seq = seq
            batch.log += codec.to_rows([entry], [codec.encode(event)])
            batch.messages.append(rows.MESSAGES.row(message))
            batch.mentions.append((message_id, named))
            batch.keys.append(
                (f"key-{seq:09}", agent, "SendMessage:#room", b"0123456789abcdef", f'["message",["{message_id}"]]')
            )
            batch.members.append(rows.MEMBERS.row(stay))
        batch.channels.append(rows.CHANNELS.row(channel))
        yield batch


def write(db: sqlite3.Connection, batch: Rows) -> None:
    db.execute("BEGIN IMMEDIATE")
    db.executemany(codec.INSERT, batch.log)
    db.executemany(rows.MESSAGES.write, batch.messages)
    db.executemany(rows.INSERT_MENTION, batch.mentions)
    db.executemany(rows.CHANNELS.write, batch.channels)
    db.executemany(rows.MEMBERS.write, batch.members)
    db.executemany(INSERT_KEY, batch.keys)
    db.execute("COMMIT")


def measure(path: Path, count: int, senders: int) -> tuple[list[float], float]:
    """Milliseconds of each transaction, and messages per second, on a new file."""
    prepared = list(batches(count, senders))
    db = open_store(path)
    took: list[float] = []
    begun = perf_counter()
    for batch in prepared:
        before = perf_counter()
        write(db, batch)
        took.append((perf_counter() - before) * 1_000)
    seconds = perf_counter() - begun
    db.close()
    return took, len(prepared) * senders / seconds
