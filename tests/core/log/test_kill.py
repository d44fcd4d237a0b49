"""kill -9 of a real writer, again and again, on one log. The oracle is what the killed process said it had stored."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import sys
from collections import Counter
from pathlib import Path

import pytest

ROUNDS = 20
SENDERS = 8
SWARM = Path(__file__).with_name("swarm.py")


async def one_round(folder: Path, firsts: list[int], enough: int) -> list[tuple[str, int, str]]:
    """Acknowledged messages as (sender, number, id), from a start until a kill at some moment after `enough`."""
    program = await asyncio.create_subprocess_exec(
        sys.executable, str(SWARM), str(folder), ",".join(map(str, firsts)), stdout=asyncio.subprocess.PIPE
    )
    assert program.stdout is not None
    lines: list[bytes] = []
    async with asyncio.timeout(30):
        while len(lines) < enough:
            line = await program.stdout.readline()
            assert line, "the writer ended by itself"
            lines.append(line)
        program.kill()
        lines += (await program.stdout.read()).splitlines(keepends=True)
        await program.wait()
    said = [line.decode().split() for line in lines if line.endswith(b"\n")]
    return [(name, int(n), message_id) for name, n, message_id in said]


@pytest.mark.timeout(120)
async def test_twenty_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    chance = random.Random(7)
    folder = tmp_path / "state"
    acknowledged: dict[tuple[str, int], str] = {}
    firsts = [0] * SENDERS
    for _ in range(ROUNDS):
        for name, n, message_id in await one_round(folder, firsts, chance.randint(1, 400)):
            assert acknowledged.setdefault((name, n), message_id) == message_id, "a repeat got another answer"
            index = int(name.removeprefix("sender"))
            firsts[index] = max(firsts[index], n + 1)
    db = sqlite3.connect(folder / "log.db")
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    stored = dict(db.execute("SELECT id, text FROM messages"))
    for (name, n), message_id in acknowledged.items():
        assert stored[int(message_id)] == f"{name} says {n} to @sender1"
    texts = Counter(stored.values())
    assert [text for text, count in texts.items() if count > 1] == []
    count, newest = db.execute("SELECT count(*), max(seq) FROM log").fetchone()
    assert count == newest
    assert db.execute("SELECT count(*) FROM log WHERE type = 'message.created'").fetchone()[0] == len(stored)
    whole = (
        "SELECT count(*) FROM channels AS c WHERE last_seq <> (SELECT count(*) FROM messages WHERE channel_id = c.id)"
    )
    assert db.execute(whole).fetchone()[0] == 0
    no_mention = (  # a conversation names nobody who is not in it
        "SELECT count(*) FROM messages WHERE id NOT IN (SELECT message_id FROM mentions) AND sender_id <> ?"
        " AND channel_id IN (SELECT id FROM channels WHERE kind = 'channel')"
    )
    mentioned = db.execute("SELECT id FROM agents WHERE name = 'sender1'").fetchone()
    assert db.execute(no_mention, mentioned).fetchone()[0] == 0
    db.close()
