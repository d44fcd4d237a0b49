"""What is left of an entry that is withheld: who, where and when, and nothing of what was said."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from typing import Any

import orjson

from relay_tui.core.events import EntriesWithheld, Entry
from relay_tui.core.log import chain

_SAID: dict[str, dict[str, Any]] = {
    "message.created": {"text": "", "data": None, "attachments": None, "blocks": None},
    "message.edited": {"text": "", "blocks": None},
}
"""By type: the fields that say something, and what they say once it is gone."""
WITHHOLDABLE = tuple(_SAID)


def skeleton(kind: str, data: str) -> str:
    content: dict[str, Any] = orjson.loads(data)
    return orjson.dumps({**content, **_SAID[kind]}).decode()


def bound(skeletons: Sequence[bytes]) -> str:
    """One digest over the digests of what is left of several entries."""
    return hashlib.sha256(b"".join(skeletons)).hexdigest()


def carry_out(db: sqlite3.Connection, entries: Sequence[Entry]) -> None:
    """Do to the log what these entries say was done to it, in the caller's transaction; also to what the past keeps."""
    for entry in entries:
        if isinstance(entry.event, EntriesWithheld):
            _withhold(db, entry.event)


def _withhold(db: sqlite3.Connection, event: EntriesWithheld) -> None:
    db.execute("PRAGMA secure_delete = ON")  # what is gone is not to be found in the file's free space
    marks = ", ".join("?" * len(event.seqs))
    found = db.execute(f"SELECT seq, type, data, at FROM log WHERE seq IN ({marks})", event.seqs).fetchall()
    db.executemany(
        "UPDATE log SET data = ?, withheld = ? WHERE seq = ? AND withheld IS NULL",
        [(skeleton(kind, data), chain.digest(data), seq) for seq, kind, data, _ in found],
    )
    # An older text of an edited message must not outlive it in what is kept for the past.
    emptied = "UPDATE messages_past SET text = '', blocks = NULL WHERE id = ?"
    db.executemany("UPDATE messages_past SET data = NULL, attachments = NULL WHERE id = ?", _each(event.messages))
    db.executemany(f"{emptied} AND edited_at IS NULL", _each(event.messages))
    db.executemany(emptied, _each(event.blank))
    edits = [(orjson.loads(data)["message_id"], at) for _, kind, data, at in found if kind == "message.edited"]
    db.executemany(f"{emptied} AND edited_at = ?", edits)
    db.execute("PRAGMA secure_delete = OFF")


def _each(ids: Sequence[str]) -> list[tuple[str]]:
    return [(value,) for value in ids]
