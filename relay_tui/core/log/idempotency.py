"""A command that named itself is done once: the same caller, command, target and `client_id` gets its first answer."""

from __future__ import annotations

import hashlib
import sqlite3

import orjson

from relay_tui.core import commands as c
from relay_tui.core.decide.context import Ref
from relay_tui.core.errors import Refused

_Key = tuple[str, str, str]
_INSERT = "INSERT INTO idempotency (client_id, actor, scope, payload, result) VALUES (?, ?, ?, ?, ?)"
_SELECT = "SELECT payload, result FROM idempotency WHERE client_id = ? AND actor = ? AND scope = ?"


class Idempotency:
    """Used by the writer thread only. What a batch adds is visible to the rest of that batch, and lost with it."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._fresh: dict[_Key, tuple[bytes, Ref]] = {}
        self._asked: tuple[_Key, bytes] = (("", "", ""), b"")

    def earlier(self, command: c.Command, actor: str) -> Ref | None:
        """What the first run answered, or None when this is the first. Refused when the payload is another one."""
        if command.client_id is None:
            return None
        key = _key(command, actor)
        self._asked = key, _payload(command)
        found = self._fresh.get(key)
        if found is None:
            row = self._db.execute(_SELECT, key).fetchone()
            found = None if row is None else (row[0], _ref(row[1]))
        if found is None:
            return None
        payload, ref = found
        if payload != self._asked[1]:
            raise Refused(
                "idempotency_key_reused",
                "That idempotency key was used before with another content.",
                "Use a new key for a new request.",
            )
        return ref

    def remember(self, command: c.Command, ref: Ref) -> None:
        """What `earlier` was last asked about has this answer."""
        if command.client_id is not None:
            key, payload = self._asked
            self._fresh[key] = payload, ref

    @property
    def pending(self) -> bool:
        return bool(self._fresh)

    def flush(self) -> None:
        if self._fresh:
            rows = [
                (*key, payload, orjson.dumps((ref.kind, ref.key)).decode())
                for key, (payload, ref) in self._fresh.items()
            ]
            self._db.executemany(_INSERT, rows)

    def settle(self) -> None:
        """After commit, and after a roll-back alike: what was fresh is on disk, or never happened."""
        self._fresh.clear()


def _key(command: c.Command, actor: str) -> _Key:
    target = ""
    if isinstance(command, c.SendMessage):
        target = command.to
    elif isinstance(command, c.Reply):
        target = command.message_id
    elif isinstance(command, c.InvokeAction):
        target = command.action
    return command.client_id or "", actor, f"{type(command).__name__}:{target}"


def _payload(command: c.Command) -> bytes:
    try:
        content = orjson.dumps(command.model_dump(mode="python", exclude={"client_id"}), option=orjson.OPT_SORT_KEYS)
    except TypeError as error:
        raise Refused("invalid_request", f"The content cannot be written as JSON: {error}.") from error
    return hashlib.sha256(content).digest()[:16]


def _ref(stored: str) -> Ref:
    kind, key = orjson.loads(stored)
    return Ref(kind, tuple(key))
