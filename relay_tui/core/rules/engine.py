"""Runs stored rules: hears the log and the signals, and has each match decided once, in the order of their causes.

Matching is pure and done as entries are committed; running is a command, decided by the log together with what it does.
What was committed and not yet looked at when the relay stopped is looked at when it starts again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from relay_tui.core import commands as c
from relay_tui.core import events as e
from relay_tui.core.clock import Clock
from relay_tui.core.decide.rules import cause_of, is_cause
from relay_tui.core.errors import Refused, RelayError
from relay_tui.core.model import Caller, Json, Source
from relay_tui.core.predicates.compiled import Test, compiled
from relay_tui.core.predicates.happening import Happening, ToolCall, tool_calls
from relay_tui.core.predicates.model import Predicate, hears_signals, is_level, parse_predicate, parts
from relay_tui.core.predicates.resolve import stands
from relay_tui.core.rules.about import about
from relay_tui.core.rules.model import Rule
from relay_tui.core.session import Unsubscribe
from relay_tui.core.signals import Signal
from relay_tui.core.views.queries import Queries

CATCH_UP = 5_000
"""Newest entries that are looked at again at the start: many times what can have been on its way."""
MOST_DUE = 2_000
"""Matches that wait; a rule with more is over its rate long before."""
logger = logging.getLogger(__name__)


class Door(Protocol):
    clock: Clock
    queries: Queries

    @property
    def last_seq(self) -> int: ...
    async def execute(self, command: c.Command, by: Caller | None = None) -> object: ...
    async def entries(self, from_seq: int, limit: int = 1_000) -> list[e.Entry]: ...
    def on_signal(self, handler: Callable[[Signal], None]) -> Unsubscribe: ...


@dataclass(slots=True)
class _Live:
    """A rule that is switched on."""

    rule_id: str
    owner_id: str
    predicate: Predicate
    test: Test
    since_seq: int
    since_at: int
    after_seq: int
    level: bool
    signals: bool


@dataclass(slots=True)
class _Due:
    """`happening` None: to be looked at how things stand."""

    live: _Live
    happening: Happening | None


class Rules:
    def __init__(self, door: Door, system: Caller) -> None:
        self._door = door
        self._system = system
        self._live: dict[str, _Live] = {}
        self._stored: dict[str, tuple[str, Json]] = {}
        """Owner and predicate of every rule, also of those that are off."""
        self._due: deque[_Due] = deque()
        self._news = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None
        self._unlisten: Unsubscribe | None = None

    async def recover(self) -> None:
        """Take up the rules, and what was on its way to them."""
        for rule in await self._door.queries.rules():
            self._stored[rule.id] = (rule.owner_id, rule.when)
            if rule.enabled:
                live = self._begin(rule.id, rule.since_seq, rule.since_at)
                live.after_seq = max(live.after_seq, rule.after_seq)
                self._look(live, rule)
        if self._live:
            seq = max(1, self._door.last_seq - CATCH_UP + 1)
            while batch := await self._door.entries(seq):
                self._match(batch)
                seq = batch[-1].seq + 1
        self._unlisten = self._door.on_signal(self._heard)

    async def close(self) -> None:
        if self._unlisten is not None:
            self._unlisten()
            self._unlisten = None
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)

    def committed(self, entries: Sequence[e.Entry]) -> None:
        if self._live:
            self._match(entries)

    HEARD = frozenset({e.RuleCreated, e.RuleChanged, e.RuleSwitched, e.RuleRemoved, e.RuleRan})
    """What `changed` listens to, after `committed`."""

    def changed(self, entries: Sequence[e.Entry]) -> None:
        for entry in entries:
            self._changed(entry)

    def _changed(self, entry: e.Entry) -> None:
        event = entry.event
        match event:
            case e.RuleCreated():
                self._stored[event.rule_id] = (entry.actor, event.when)
                if event.enabled:
                    self._look(self._begin(event.rule_id, entry.seq, entry.at))
            case e.RuleChanged():
                self._stored[event.rule_id] = (self._stored[event.rule_id][0], event.when)
                if event.rule_id in self._live:
                    self._look(self._begin(event.rule_id, entry.seq, entry.at))
            case e.RuleSwitched():
                self._live.pop(event.rule_id, None)
                if event.enabled:
                    self._look(self._begin(event.rule_id, entry.seq, entry.at))
            case e.RuleRemoved():
                self._live.pop(event.rule_id, None)
                self._stored.pop(event.rule_id, None)
            case e.RuleRan():
                live = self._live.get(event.rule_id)
                if live is not None and event.after_seq is not None:
                    live.after_seq = max(live.after_seq, event.after_seq)
            case _:
                pass

    def _begin(self, rule_id: str, seq: int, at: int) -> _Live:
        owner_id, when = self._stored[rule_id]
        predicate = parse_predicate(when)
        level = any(is_level(part) for part in parts(predicate))
        live = _Live(rule_id, owner_id, predicate, compiled(predicate), seq, at, seq, level, hears_signals(predicate))
        self._live[rule_id] = live
        return live

    def _look(self, live: _Live, stored: Rule | None = None) -> None:
        """A rule that says "is" runs at once when it is so. After a restart: unless it has run already."""
        if live.level and (stored is None or stored.runs == 0):
            self._put(_Due(live, None))

    def _match(self, entries: Sequence[e.Entry]) -> None:
        for entry in entries:
            if is_cause(entry.event):
                for live in self._live.values():
                    if entry.seq > live.after_seq and live.test(entry):
                        self._put(_Due(live, entry))

    def _heard(self, signal: Signal) -> None:
        listening = [live for live in self._live.values() if live.signals]
        if not listening:
            return
        for call in tool_calls(signal):
            for live in listening:
                # A transcript that is read again from its beginning tells of calls before the rule's time.
                if call.at >= live.since_at and live.test(call):
                    self._put(_Due(live, call))

    def _put(self, due: _Due) -> None:
        if len(self._due) >= MOST_DUE:
            logger.warning("rule %s: too much sets it off at once; this time it is passed over", due.live.rule_id)
            return
        self._due.append(due)
        self._news.set()
        if self._worker is None:
            self._worker = asyncio.create_task(self._work(), name="rules")

    async def _work(self) -> None:
        while True:
            while self._due:
                due = self._due.popleft()
                if self._live.get(due.live.rule_id) is not due.live:
                    continue  # switched off, removed or changed since
                try:
                    await self._run(due.live, due.happening)
                except RelayError as error:
                    logger.warning("rule %s did not run: %s", due.live.rule_id, error)
            self._news.clear()
            await self._news.wait()

    async def _run(self, live: _Live, happening: Happening | None) -> None:
        parent, after = "", None
        match happening:
            case None:
                if not await stands(live.predicate, self._door.queries):
                    return
                cause, after = f"look.{live.since_seq}", self._door.last_seq
            case ToolCall():
                cause = f"call.{happening.agent_id}.{happening.at}.{happening.n}"
            case _:
                if happening.seq <= live.after_seq:
                    return
                cause, parent = str(happening.seq), happening.causation
        command = c.RunRule(
            rule_id=live.rule_id,
            cause=cause,
            parent=parent,
            about=await about(happening, live.predicate, self._door.queries),
            after_seq=after,
            client_id=cause_of(live.rule_id, cause),
        )
        try:
            await self._door.execute(command, Caller(live.owner_id, Source.RULE))
        except Refused as refusal:
            if refusal.code == "agent_not_found":
                off = c.SwitchRule(rule_id=live.rule_id, enabled=False, reason="its owner was removed")
                await self._door.execute(off, self._system)
            else:
                logger.info("rule %s did not run: %s", live.rule_id, refusal)
