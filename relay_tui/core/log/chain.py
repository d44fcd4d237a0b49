"""The hash chain: each entry is bound to everything before it, and the binding outlives what is withheld.

An entry's hash covers the hash before it, its envelope, and the digest of its data; so the data can be withheld later
(its digest stays) and the chain still verifies.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from relay_tui.core.log.store import read_only

GENESIS = bytes(32)
"""What stands before the first entry."""
STEP = 5_000


@dataclass(slots=True, frozen=True)
class Verdict:
    """What a look at the whole chain found. `ok`: nothing was changed, removed, inserted or put into another order."""

    entries: int
    head: str
    """Hex hash of the newest entry that verified. Kept elsewhere, it also shows a log cut short at its end."""
    withheld: int
    """Entries whose data is gone on purpose; their envelopes verify."""
    bad_seq: int | None = None
    """The first entry that is not what it was, or is missing; None: all are."""
    reason: str = ""

    @property
    def ok(self) -> bool:
        return self.bad_seq is None


def digest(data: str | bytes) -> bytes:
    """`data`: as it is written, or as UTF-8."""
    return hashlib.sha256(data if isinstance(data, bytes) else data.encode()).digest()


def link(previous: bytes, envelope: Sequence[Any], of_data: bytes) -> bytes:
    """`envelope`: seq, id, at, actor, source, causation, type, v; `of_data`: the digest of the data."""
    return hashlib.sha256(previous + of_data + orjson.dumps(envelope)).digest()


def verify(path: Path) -> Verdict:
    """Read the whole log and compute every hash again. Raises `sqlite3.DatabaseError` when it cannot be read."""
    db = sqlite3.connect(read_only(path), uri=True)
    try:
        return _verify(db)
    finally:
        db.close()


def _verify(db: sqlite3.Connection) -> Verdict:
    seq, previous, withheld = 0, GENESIS, 0
    skeletons: dict[int, bytes] = {}
    cursor = db.execute(
        "SELECT seq, id, at, actor, source, causation, type, v, data, hash, withheld FROM log ORDER BY seq"
    )
    while rows := cursor.fetchmany(STEP):
        for row in rows:
            *envelope, data, stored, gone = row
            if row[0] != seq + 1:
                return Verdict(seq, previous.hex(), withheld, seq + 1, "it is missing")
            envelope[3] = str(envelope[3])
            of_data = digest(data)
            if gone is not None:
                skeletons[row[0]] = of_data
                withheld += 1
                of_data = gone
            found = link(previous, envelope, of_data)
            if found != stored:
                return Verdict(seq, previous.hex(), withheld, row[0], "it is not what was written")
            if row[6] == "log.withheld":
                event = orjson.loads(data)
                left = [skeletons.pop(seq, b"") for seq in event["seqs"]]
                if hashlib.sha256(b"".join(left)).hexdigest() != event["left"]:
                    seq = event["seqs"][0]
                    return Verdict(seq - 1, previous.hex(), withheld, seq, f"it is not what entry {row[0]} left of it")
            seq, previous = row[0], found
    if skeletons:
        return Verdict(seq, previous.hex(), withheld, min(skeletons), "it is withheld, and no entry says so")
    return Verdict(seq, previous.hex(), withheld)
