"""The one thread that decides and writes.

Commands that wait together are decided in order, each seeing what those before it did, written with one statement per
table and committed together; nobody hears of anything before it is on disk. A batch that cannot be written is rolled
back, forgotten, and tried again in halves, so that one bad command fails alone.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import cache
from operator import attrgetter
from typing import Any

from relay_tui.core import ids
from relay_tui.core.clock import Clock
from relay_tui.core.commands import Command
from relay_tui.core.decide import Asked, Ref, decide
from relay_tui.core.errors import Refused, RelayError
from relay_tui.core.events import Entry, Event
from relay_tui.core.log import chain, codec, skeleton
from relay_tui.core.log.idempotency import Idempotency, key_of
from relay_tui.core.model import Caller, Source
from relay_tui.core.model_delivery import Dispatched
from relay_tui.core.policy.rules import Policy
from relay_tui.core.views import bulk, projector
from relay_tui.core.views.history import Keyframes
from relay_tui.core.views.state import State

Along = Callable[[State, Sequence[Entry]], Sequence[tuple[Command, Caller]]]
"""What is to be decided right behind these entries, in the same transaction, and as whom. Called on the writer's
thread, before anything is written; a batch that fails is asked about again."""
_Head = tuple[int, int, bytes]
"""The newest entry: its seq, its time, its hash."""
logger = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Item:
    """One command on its way through the writer. Exactly one of `answer` and `error` is set at the end."""

    command: Command
    by: Caller
    done: Any
    """The future that waits for it; the writer does not touch it."""
    answer: Any = None
    error: Exception | None = None
    entries: Sequence[Entry] = ()
    encoded: Sequence[bytes] = ()
    """The event of each entry, as it is written."""


class Writer:
    """All methods run on one thread (or before it starts)."""

    def __init__(self, db: sqlite3.Connection, clock: Clock, policy: Policy) -> None:
        """Raises `WorkspaceError` when the log was last written by a newer program."""
        self._db = db
        self._clock = clock
        self.policy = policy
        self.along: Along = lambda state, entries: ()
        self._keyframes = Keyframes(db)
        self.state = State(db, self._keyframes)
        self._unsure = False
        """A failed batch could not be forgotten yet."""
        self._ids = ids.Snowflakes(self.state.last_id())
        self._idempotency = Idempotency(db)
        row = db.execute(f"SELECT {codec.STORED} FROM log ORDER BY seq DESC LIMIT 1").fetchone()
        newest = None if row is None else codec.from_row(row[: codec.HASH])
        self.last_seq, self._last_at = (newest.seq, newest.at) if newest is not None else (0, 0)
        self._last_hash: bytes = chain.GENESIS if row is None else row[codec.HASH]

    def bootstrap(self, events: Sequence[Event], actor: str) -> None:
        """Write facts that no command asks for: the beginning of a workspace."""
        at = self._now()
        item = Item(Command(), Caller(actor, Source.SYSTEM), None)
        self._apply(item, events, at)
        self._commit([item])

    def new_id(self) -> str:
        return self._ids.next(self._now())

    def run(self, batch: Sequence[Item]) -> None:
        """Carry out every command of the batch, or give it its error."""
        before = (self.last_seq, self._last_at, self._last_hash)
        try:
            if self._unsure:
                self._forget(before)
            self._idempotency.look_up(item.command for item in batch)
            for item in batch:
                self._decide(item)
                self._decide_along(item)
            self._commit(batch)
        except Exception as error:  # the writer must outlive any one batch; what failed is told to whom it failed
            for item in batch:
                item.entries, item.encoded = (), ()
                item.answer = item.error = None
            if not self._forgotten(before) or len(batch) == 1:
                for item in batch:
                    item.error = _storage_error(error)
                return
            middle = len(batch) // 2
            self.run(batch[:middle])
            self.run(batch[middle:])

    def _decide(self, item: Item) -> None:
        try:
            key = key_of(item.command, item.by.agent_id)
            ref = None if key is None else self._idempotency.earlier(key, item.command)
            if ref is None:
                actor = self.state.agents.get(item.by.agent_id)
                if actor is None or actor.removed_at is not None:
                    raise Refused("agent_not_found", "The agent that asks is not part of this workspace.")
                at = self._now()
                asked = Asked(item.command, actor, at, self._ids, self.policy)
                events, ref = decide(self.state, asked)
                self._apply(item, events, at)
                if key is not None:
                    self._idempotency.remember(key, item.command, ref)
            item.answer = self._answer(ref)
        except Refused as refusal:
            item.error = refusal

    def _decide_along(self, item: Item) -> None:
        """What its entries bring along is written, and told, with them. A refusal of it concerns nobody else."""
        for command, by in self.along(self.state, item.entries) if item.entries else ():
            more = Item(command, by, None)
            self._decide(more)
            item.entries = [*item.entries, *more.entries]
            item.encoded = [*item.encoded, *more.encoded]

    def _apply(self, item: Item, events: Sequence[Event], at: int) -> None:
        """Put the events into the log and the views. Refused as a whole, before anything changes, or not at all."""
        by, cause = item.by, item.command.client_id or ""
        item.encoded = [codec.encode(event) for event in events]
        item.entries = entries = list[Entry]()
        for event in events:
            self.last_seq += 1
            entry = Entry(self.last_seq, ids.event_id(at), at, by.agent_id, by.source, cause, event)
            projector.apply(self.state, entry)
            entries.append(entry)

    def _commit(self, batch: Sequence[Item]) -> None:
        entries = [entry for item in batch for entry in item.entries]
        if not entries and not self._idempotency.pending:
            return
        rows = codec.to_rows(entries, (data for item in batch for data in item.encoded), self._last_hash)
        self._db.execute("BEGIN IMMEDIATE")
        if rows:
            bulk.insert(self._db, codec.INSERT, rows)
            self._last_hash = bytes(rows[-1][codec.HASH])
        self.state.flush()
        skeleton.carry_out(self._db, entries)
        self._idempotency.flush()
        self._keyframes.mark(self.last_seq)
        self._db.execute("COMMIT")
        self.state.settle()
        self._idempotency.settle()

    def _forget(self, before: _Head) -> None:
        self.last_seq, self._last_at, self._last_hash = before
        self._unsure = True
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")
        self._keyframes = Keyframes(self._db)
        self.state = State(self._db, self._keyframes)
        self._idempotency.settle()
        self._unsure = False

    def _forgotten(self, before: _Head) -> bool:
        """False: the disk cannot even be read, so what is known is not to be trusted until it can."""
        try:
            self._forget(before)
        except sqlite3.Error:
            logger.exception("the log cannot be read after a failure")
        return not self._unsure

    def _now(self) -> int:
        """Never earlier than what is in the log, also when the machine's clock goes back."""
        now = self._clock()
        if now > self._last_at:
            self._last_at = now
        return self._last_at

    def _answer(self, ref: Ref) -> Any:
        """A copy: the writer goes on changing the original."""
        kind, key = ref
        state = self.state
        match kind:
            case "message":
                return state.message(*key)  # replaced when it is edited, never changed: not copied
            case "delivery":
                found = state.delivery(*key)
            case "dispatch":
                said, found = state.message(key[0]), state.delivery(*key)
                return Dispatched(_copied(found), said) if said is not None and found is not None else None
            case "agent":
                found = state.agents.get(*key)
            case "session":
                found = state.sessions.get(*key)
            case "channel":
                found = state.channels.get(*key)
            case "member":
                found = state.members(key[0]).get(key[1]) or state.last_stay(*key)
            case "action":
                found = state.actions.get(*key)
            case "invocation":
                found = state.invocation(*key)
            case "approval":
                found = state.approval(*key)
            case "workspace":
                found = state.workspace
            case "reaction":
                found = state.reaction(*key)
            case "pin":
                found = state.pin(*key)
            case "expectation":
                found = state.expectation(*key)
            case "thread_read":
                found = state.thread_read(*key)
            case "scheduled":
                found = state.scheduled(*key)
            case "file":
                found = state.file(*key)
            case "hold":
                found = state.holds.get(*key)
            case "interrupt":
                found = state.interrupts.get(*key)
            case "doorbell":
                found = state.doorbells.get((key[0], key[1]))
            case "rule":
                found = state.rule(*key)
            case "rule_run":
                found = state.rule_run(*key)
        return None if found is None else _copied(found)


def _copied(record: Any) -> Any:
    """A shallow copy of a record, ten times as fast as `copy.copy`."""
    return record.__class__(*_values_of(record.__class__)(record))


@cache
def _values_of(kind: type) -> Callable[[Any], tuple[Any, ...]]:
    return attrgetter(*(field.name for field in fields(kind)))


def _storage_error(error: Exception) -> RelayError:
    if isinstance(error, sqlite3.OperationalError) and "full" in str(error):
        return RelayError("storage_full", "The disk is full, so nothing was stored.", "Free space, then send it again.")
    if isinstance(error, sqlite3.Error):
        return RelayError("storage_failed", f"The log could not be written: {error}.", "Check the disk.")
    logger.error("a command failed in the writer", exc_info=error)
    return RelayError("internal_error", "The relay failed on this command; nothing was stored.", "Please report it.")
