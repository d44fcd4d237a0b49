"""The relay: one door for everyone. Commands go in, facts come out, and everything else is a view of the facts.

async with Relay.open(path) as relay:
    await relay.execute(SendMessage(to="#general", text="hello"))
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, overload

import aiosqlite

from relay_tui.core import commands as c
from relay_tui.core import events as e
from relay_tui.core import ids, retention
from relay_tui.core.actions import ActionRunner
from relay_tui.core.clock import Clock, system_clock
from relay_tui.core.decide.agents import GENERAL
from relay_tui.core.delivery.deadlines_file import DeadlinesFile
from relay_tui.core.delivery.sessions import Sessions
from relay_tui.core.errors import Refused, RelayError, WorkspaceError
from relay_tui.core.files import Files
from relay_tui.core.log.base import CommitHandler
from relay_tui.core.log.check import BackgroundCheck
from relay_tui.core.log.health import Health
from relay_tui.core.log.owner import OwnerLock
from relay_tui.core.log.sqlite import SqliteLog
from relay_tui.core.log.store import read_only
from relay_tui.core.log.upkeep import backup, bring_up_to_date, quick_check
from relay_tui.core.model import (
    Action,
    Agent,
    Approval,
    Caller,
    Channel,
    Delivery,
    Invocation,
    Json,
    Member,
    Message,
    Session,
    Source,
    Workspace,
)
from relay_tui.core.model_delivery import Dispatched
from relay_tui.core.model_talk import Expectation, Pin, Reaction, Scheduled, StoredFile, ThreadRead
from relay_tui.core.policy.rules import Policy, load
from relay_tui.core.predicates.happening import Found
from relay_tui.core.predicates.model import Predicate, parse_predicate
from relay_tui.core.predicates.watch import Watch
from relay_tui.core.retention import Keeper
from relay_tui.core.rules.engine import Rules
from relay_tui.core.rules.model import Rule, RuleRun
from relay_tui.core.schedule import Schedule
from relay_tui.core.search.index import SearchIndex
from relay_tui.core.search.query import parse
from relay_tui.core.session import Unsubscribe
from relay_tui.core.signals import Signal, Signals
from relay_tui.core.subscription import Subscription
from relay_tui.core.views.queries import PastQueries, Queries

SYSTEM_NAME = "relay"
LOG_NAME = "log.db"
LOCK_NAME = "log.lock"
KEY_NAME = "key"
POLICY_NAME = "policy.toml"
RETENTION_NAME = "retention.toml"
DEADLINES_NAME = "delivery.toml"
SEARCH_NAME = "search.db"
FILES_NAME = "files"
MOST_FOUND = 1_000
"""Messages that one search answers with at most."""


class Relay:
    """Made by `Relay.open`; every method must be called on the loop that opened it."""

    def __init__(
        self, path: Path, log: SqliteLog, queries: Queries, workspace: Workspace, system: Caller, clock: Clock
    ) -> None:
        self.workspace = workspace
        self.system = system
        self.clock = clock
        self.queries = queries
        self._log = log
        self._signals = Signals()
        self._subscriptions: set[Subscription] = set()
        self.deadlines = DeadlinesFile(path / DEADLINES_NAME)
        self.sessions = Sessions(self, self._signals, system, self.deadlines.current)
        log.writer.along = self.sessions.ready.along
        self.actions = ActionRunner(self, system)
        self.schedule = Schedule(self, system)
        self.rules = Rules(self, system)
        self.files = Files(path / FILES_NAME, self)
        self._index = SearchIndex(path / SEARCH_NAME, path / LOG_NAME)
        policy = retention.load(path / RETENTION_NAME)
        self.health = Health(self.signal)
        self._check = BackgroundCheck(path / LOG_NAME, self.health.damaged)
        self.keeper = Keeper(self, policy, path / LOG_NAME, forgotten=self._index.forget)

    @classmethod
    @asynccontextmanager
    async def open(
        cls, path: Path, *, name: str = "workspace", clock: Clock = system_clock, policy: Policy | None = None
    ) -> AsyncGenerator[Relay, None]:
        """Open the workspace whose state folder is `path`, or make it. Raises `WorkspaceError`.

        The folder holds the log, its lock, the workspace key (made with it, 0600) and `policy.toml` if there is one.
        """
        try:
            await asyncio.to_thread(path.mkdir, 0o700, True, True)
            lock = OwnerLock(path / LOCK_NAME)
            lock.take()
        except OSError as error:
            raise WorkspaceError(
                "workspace_unreadable",
                f"The workspace folder {path} cannot be used: {error.strerror}.",
                "Check what is there, and its permissions.",
            ) from error
        try:
            await asyncio.to_thread(bring_up_to_date, path / LOG_NAME)
            log = SqliteLog(path / LOG_NAME, clock=clock, policy=policy or load(path / POLICY_NAME))
            try:
                workspace, system = _begin(log, path, name)
                await log.start()
                async with aiosqlite.connect(read_only(path / LOG_NAME), uri=True) as db:
                    relay = cls(path, log, Queries(db), workspace, system, clock)
                    log.follow(relay.sessions.committed)
                    log.follow(relay.actions.committed, ActionRunner.HEARD)
                    log.follow(relay.schedule.committed, Schedule.HEARD)
                    log.follow(relay.rules.committed)
                    log.follow(relay.rules.changed, Rules.HEARD)
                    log.follow(lambda _: relay._index.wake())
                    relay._index.start()
                    await relay.files.sweep()
                    await relay.actions.recover()
                    await relay.rules.recover()
                    await relay.schedule.recover()
                    relay.keeper.start()
                    relay._check.start()
                    relay.deadlines.start(relay.sessions.rule)
                    try:
                        yield relay
                    finally:
                        await relay._close()
            finally:
                await log.close()
        finally:
            lock.release()

    @property
    def last_seq(self) -> int:
        """The newest entry of the log."""
        return self._log.last_seq

    # What each command answers
    @overload
    async def execute(
        self, command: c.SendMessage | c.Reply | c.EditMessage | c.DeleteMessage, by: Caller | None = None
    ) -> Message: ...
    @overload
    async def execute(self, command: c.AddReaction | c.RemoveReaction, by: Caller | None = None) -> Reaction: ...
    @overload
    async def execute(self, command: c.PinMessage | c.UnpinMessage, by: Caller | None = None) -> Pin: ...
    @overload
    async def execute(self, command: c.WaiveReply, by: Caller | None = None) -> Expectation: ...
    @overload
    async def execute(self, command: c.MarkThreadRead, by: Caller | None = None) -> ThreadRead: ...
    @overload
    async def execute(
        self, command: c.ScheduleMessage | c.CancelScheduled | c.SendScheduled, by: Caller | None = None
    ) -> Scheduled: ...
    @overload
    async def execute(
        self, command: c.BeginUpload | c.CompleteUpload | c.RemoveFile, by: Caller | None = None
    ) -> StoredFile: ...
    @overload
    async def execute(
        self,
        command: c.RegisterAgent | c.UpdateAgent | c.RemoveAgent | c.SetToken | c.AckWire,
        by: Caller | None = None,
    ) -> Agent: ...
    @overload
    async def execute(
        self,
        command: c.CreateChannel
        | c.UpdateChannel
        | c.ArchiveChannel
        | c.UnarchiveChannel
        | c.LeaveChannel
        | c.OpenGroup,
        by: Caller | None = None,
    ) -> Channel: ...
    @overload
    async def execute(
        self, command: c.JoinChannel | c.MarkRead | c.SetRole | c.MuteChannel, by: Caller | None = None
    ) -> Member: ...
    @overload
    async def execute(self, command: c.StartSession | c.RecordState, by: Caller | None = None) -> Session: ...
    @overload
    async def execute(self, command: c.RaiseDelivery | c.SettleDelivery, by: Caller | None = None) -> Delivery: ...
    @overload
    async def execute(self, command: c.DispatchDelivery, by: Caller | None = None) -> Dispatched: ...
    @overload
    async def execute(self, command: c.RegisterAction, by: Caller | None = None) -> Action: ...
    @overload
    async def execute(
        self, command: c.InvokeAction | c.StartInvocation | c.FinishInvocation, by: Caller | None = None
    ) -> Invocation: ...
    @overload
    async def execute(self, command: c.DecideApproval | c.ExpireApproval, by: Caller | None = None) -> Approval: ...
    @overload
    async def execute(
        self, command: c.CreateRule | c.ChangeRule | c.SwitchRule | c.RemoveRule, by: Caller | None = None
    ) -> Rule: ...
    @overload
    async def execute(self, command: c.RunRule, by: Caller | None = None) -> RuleRun: ...
    @overload
    async def execute(self, command: c.Command, by: Caller | None = None) -> Any: ...
    async def execute(self, command: c.Command, by: Caller | None = None) -> Any:
        """Carry the command out as `by` (None: the relay itself), and answer once it is on disk.

        Raises `Refused` when it is not carried out, `RelayError` when it could not be written.
        """
        try:
            answer = await self._log.execute(command, by or self.system)
        except RelayError as error:
            self.health.failed(error)
            raise
        if self.health.refused is not None:
            self.health.wrote()
        return answer

    def subscribe(self, from_seq: int | None = None, *, limit: int = 1_000) -> Subscription:
        """Batches of entries from `from_seq` on (None: only new ones). At most `limit` are kept in memory."""
        subscription = Subscription(self._log, from_seq, limit, self._subscriptions.discard)
        self._subscriptions.add(subscription)
        return subscription

    @asynccontextmanager
    async def watch(self, predicate: Predicate | Json, from_seq: int | None = None) -> AsyncGenerator[Watch, None]:
        """What the predicate says, each time, as `Found`: from entry `from_seq` on, or from now.

        From now on, what may be so already (`"is"`) is found at once when it is. Raises `Refused`."""
        watch = await Watch.begin(self, parse_predicate(predicate), from_seq)
        try:
            yield watch
        finally:
            await watch.aclose()

    async def wait_for(
        self, predicate: Predicate | Json, *, timeout: float | None = None, from_seq: int | None = None
    ) -> Found:
        """The first of what `watch` finds. `timeout`: seconds; None: for ever.

        Raises `TimeoutError`, `Refused`, and `RelayError` (relay_closed)."""
        async with asyncio.timeout(timeout), self.watch(predicate, from_seq) as watch:
            async for found in watch:
                return found
        raise RelayError("relay_closed", "The relay is closing.", "Ask its successor.")

    async def entries(self, from_seq: int, limit: int = 1_000) -> list[e.Entry]:
        return await self._log.read(from_seq, limit)

    @asynccontextmanager
    async def at(self, seq: int) -> AsyncGenerator[PastQueries, None]:
        """Everything that can be asked, as of entry `seq`; reading only. Raises `Refused` (seq_not_found)."""
        if not 0 <= seq <= self.last_seq:
            raise Refused("seq_not_found", f"The log has no entry {seq}.", f"It has 1 to {self.last_seq}.")
        async with PastQueries.open(self._log.path, seq) as past:
            yield past

    async def backup(self, target: Path) -> int:
        """Copy the log as it is now into a new file, while work goes on; gives the newest `seq` in it."""
        return await asyncio.to_thread(backup, self._log.path, target)

    async def withhold(self, before: int, reason: str) -> int:
        """Take out what was said before that moment (milliseconds, UTC), for good; gives how many entries said it."""
        return await self.keeper.withhold(before, reason)

    async def check(self) -> list[str]:
        """What is wrong with the file, in SQLite's words; empty: nothing. Reads all of it, in the background."""
        return await asyncio.to_thread(quick_check, self._log.path)

    def on_commit(self, handler: CommitHandler) -> Unsubscribe:
        """Call `handler` on the loop with each commit's entries. It must be cheap; it is for marking things dirty."""
        return self._log.follow(handler)

    def on_signal(self, handler: Callable[[Signal], None]) -> Unsubscribe:
        return self._signals.listen(handler)

    async def search(
        self,
        text: str,
        limit: int = 50,
        before_seq: int | None = None,
        *,
        reader_id: str | None = None,
        patience: float | None = None,
    ) -> list[Message]:
        """Messages that match what a person types (`core/search/query.py`), newest first; everything said before this
        call can be found. `before_seq`: go on behind an earlier page. `reader_id`: only what this agent may read.
        `patience`: seconds to wait for the index, then search what there is (`indexed`); None: as long as it takes.

        Raises `Refused` (invalid_search)."""
        query = parse(text)
        try:
            async with asyncio.timeout(patience):
                await self._index.caught_up(self.last_seq)
        except TimeoutError:
            if patience is None:
                raise
        limit = max(1, min(limit, MOST_FOUND))
        return await self._index.search(query, limit=limit, before_seq=before_seq, reader_id=reader_id)

    @property
    def policy(self) -> Policy:
        """What decides on actions since this relay has started."""
        return self._log.writer.policy

    @property
    def indexed(self) -> int:
        """Up to which entry of the log `search` finds what was said."""
        return self._index.indexed

    def signal(self, signal: Signal) -> None:
        self._signals.send(signal)

    async def _close(self) -> None:
        for subscription in tuple(self._subscriptions):
            await subscription.aclose()
        await self.rules.close()
        await self.deadlines.close()
        await self.sessions.close()
        await self.actions.close()
        await self.schedule.close()
        await self.keeper.close()
        await self._check.close()
        await self._index.close()


def _begin(log: SqliteLog, path: Path, name: str) -> tuple[Workspace, Caller]:
    """The workspace and its own agent, made when the log is new."""
    writer = log.writer
    if writer.state.workspace is None:
        key = ids.new_token("workspace")
        key_file = path / KEY_NAME
        key_file.touch(mode=0o600)
        key_file.write_text(key + "\n", "utf-8")
        system_id = writer.new_id()
        events = [
            e.WorkspaceCreated(writer.new_id(), name, ids.token_hash(key)),
            e.AgentRegistered(system_id, SYSTEM_NAME, "system", "", {}, ""),
            e.ChannelCreated(writer.new_id(), "channel", GENERAL, "", {}),
        ]
        writer.bootstrap(events, system_id)
    workspace = writer.state.workspace
    assert workspace is not None, "a log begins with its workspace"
    system = next(a for a in writer.state.agents.values() if a.type == "system")
    return workspace, Caller(system.id, Source.SYSTEM)
