"""What is left of an entry that is withheld: who, where and when, and nothing of what was said."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from typing import Any

import orjson

from relay_tui.core.events import EntriesWithheld, Entry
from relay_tui.core.log import chain

MESSAGES: dict[str, dict[str, Any]] = {
    "message.created": {"text": "", "data": None, "attachments": None, "blocks": None},
    "message.edited": {"text": "", "blocks": None},
    "schedule.created": {"content": {"text": ""}},
}
"""By type: the fields that say something, and what they say once it is gone."""
ACTIONS: dict[str, dict[str, Any]] = {
    "action.invoked": {"input": {}},
    "action.finished": {"output": None, "error": ""},
    "approval.requested": {"request": {}},
    "approval.decided": {"words": ""},
}
STEPS: dict[str, dict[str, Any]] = {"delivery.raised": {"steps": []}, "delivery.settled": {"steps": []}}
_SAID = {**MESSAGES, **ACTIONS, **STEPS}
WITHHOLDABLE = tuple(_SAID)
_EMPTIED = {
    "scheduled": """UPDATE scheduled_past SET content = '{"text":""}' WHERE id = ? AND gone = 0""",
    "input": "UPDATE invocations_past SET input = '{}' WHERE id = ? AND gone = 0",
    "output": "UPDATE invocations_past SET output = NULL, error = '' WHERE id = ? AND gone = 0",
    "request": "UPDATE approvals_past SET request = '{}' WHERE id = ? AND gone = 0",
    "words": "UPDATE approvals_past SET words = '' WHERE id = ? AND gone = 0",
}
"""What the past keeps of the records that an entry names, by what of them is empty from now on."""


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
    found = db.execute(f"SELECT seq, type, data FROM log WHERE seq IN ({marks})", event.seqs).fetchall()
    db.executemany(
        "UPDATE log SET data = ?, withheld = ? WHERE seq = ? AND withheld IS NULL",
        [(skeleton(kind, data), chain.digest(data), seq) for seq, kind, data in found],
    )
    # An older text of an edited message must not outlive it in what is kept for the past.
    emptied = "UPDATE messages_past SET text = '', blocks = NULL WHERE id = ?"
    db.executemany("UPDATE messages_past SET data = NULL, attachments = NULL WHERE id = ?", _each(event.messages))
    db.executemany(f"{emptied} AND edited_at IS NULL", _each(event.messages))
    edits = [(orjson.loads(data)["message_id"], seq) for seq, kind, data in found if kind == "message.edited"]
    made_by = "(SELECT max(seq) FROM edits WHERE message_id = id AND seq <= kept_at)"
    db.executemany(f"{emptied} AND {made_by} = ?", edits)
    for part, ids in event.emptied.items():
        db.executemany(_EMPTIED[part], _each(ids))
    db.execute("PRAGMA secure_delete = OFF")


def _each(ids: Sequence[str]) -> list[tuple[str]]:
    return [(value,) for value in ids]
