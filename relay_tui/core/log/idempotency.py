"""A command that named itself is done once: the same caller, command, target and `client_id` gets its first answer."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable

import orjson

from relay_tui.core import commands as c
from relay_tui.core.decide.context import Ref
from relay_tui.core.errors import Refused
from relay_tui.core.views import bulk

Key = tuple[str, str, str]
"""`client_id`, caller, command and target."""
_TARGETS: dict[type[c.Command], str] = {
    c.SendMessage: "to",
    c.Reply: "message_id",
    c.InvokeAction: "action",
    **dict.fromkeys((c.EditMessage, c.DeleteMessage, c.AddReaction, c.RemoveReaction), "message_id"),
    **dict.fromkeys((c.PinMessage, c.UnpinMessage, c.WaiveReply, c.MarkThreadRead), "message_id"),
    **dict.fromkeys((c.SetRole, c.MuteChannel, c.UnarchiveChannel), "channel_id"),
    **dict.fromkeys((c.CompleteUpload, c.RemoveFile), "file_id"),
    c.ScheduleMessage: "to",
    c.CancelScheduled: "scheduled_id",
}
"""The field that names what a command is about: the same key for another target is another request."""
_INSERT = "INSERT INTO idempotency (client_id, actor, scope, payload, result) VALUES (?, ?, ?, ?, ?)"
# One statement for any number of names, so that it is prepared once.
_SELECT = (
    "SELECT client_id, actor, scope, payload, result FROM idempotency"
    " WHERE client_id IN (SELECT value FROM json_each(?))"
)


class Idempotency:
    """Used by the writer thread only. What a batch adds is visible to the rest of that batch, and lost with it."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._stored: dict[Key, tuple[bytes, Ref]] = {}
        """Of this batch's keys, those that are on disk."""
        self._fresh: dict[Key, tuple[bytes, Ref]] = {}

    def look_up(self, asked: Iterable[c.Command]) -> None:
        """Read what is known of a batch's commands in one go, before any of them is decided."""
        names = [command.client_id for command in asked if command.client_id is not None]
        self._stored = {}
        if names:
            for client_id, actor, scope, payload, result in self._db.execute(_SELECT, (orjson.dumps(names).decode(),)):
                self._stored[client_id, str(actor), scope] = payload, _ref(result)

    def earlier(self, key: Key, command: c.Command) -> Ref | None:
        """What the first run answered, or None when this is the first. Refused when the payload is another one."""
        found = self._fresh.get(key) or self._stored.get(key)
        if found is None:
            return None
        payload, ref = found
        if payload != _payload(command):
            raise Refused(
                "idempotency_key_reused",
                "That idempotency key was used before with another content.",
                "Use a new key for a new request.",
            )
        return ref

    def remember(self, key: Key, command: c.Command, ref: Ref) -> None:
        self._fresh[key] = (_payload(command), ref)

    @property
    def pending(self) -> bool:
        return bool(self._fresh)

    def flush(self) -> None:
        if self._fresh:
            rows = [
                (*key, payload, orjson.dumps((ref.kind, ref.key)).decode())
                for key, (payload, ref) in self._fresh.items()
            ]
            bulk.insert(self._db, _INSERT, rows)

    def settle(self) -> None:
        """After commit, and after a roll-back alike: what was fresh is on disk, or never happened."""
        self._fresh.clear()


def key_of(command: c.Command, actor: str) -> Key | None:
    """None: the command did not name itself, so that every repeat is another one."""
    if command.client_id is None:
        return None
    kind = type(command)
    named = _TARGETS.get(kind)
    target: str = "" if named is None else getattr(command, named)
    return command.client_id, actor, f"{kind.__name__}:{target}"


def _payload(command: c.Command) -> bytes:
    """A digest of the fields as they are, the `client_id` included: it is the same in every repeat."""
    return hashlib.sha256(orjson.dumps(vars(command), option=orjson.OPT_SORT_KEYS)).digest()[:16]


def _ref(stored: str) -> Ref:
    kind, key = orjson.loads(stored)
    return Ref(kind, tuple(key))
