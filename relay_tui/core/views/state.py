"""What the writer knows: the records that change, each loaded once and written back once per batch.

Only the log's writer thread touches a `State`. Records that change live here and are replaced whole in their table, the
last version of a batch winning; what never changes (messages, mentions) is only inserted. Dropping a `State` and making
a new one on the same connection is always right: that is how a failed batch is forgotten.
"""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from typing import Any

from relay_tui.core import metadata
from relay_tui.core.model import (
    FINISHED,
    Action,
    Agent,
    Approval,
    Channel,
    ChannelKind,
    Delivery,
    Invocation,
    Member,
    Message,
    Session,
    Thread,
    Workspace,
)
from relay_tui.core.model_delivery import DoorbellRule, Hold, Interrupt
from relay_tui.core.model_talk import Expectation, Pin, Reaction, Scheduled, StoredFile, ThreadRead
from relay_tui.core.rules.model import Rule, RuleRun
from relay_tui.core.views import bulk, rows
from relay_tui.core.views.history import Keyframes
from relay_tui.core.views.passages import Passages

KEPT_MESSAGES = 2_000
KEPT_DELIVERIES = 20_000
"""Clean records kept for look-ups; above it the oldest go."""

DeliveryKey = tuple[str, str]


class State(Passages):
    def __init__(self, db: sqlite3.Connection, keyframes: Keyframes | None = None) -> None:
        """`keyframes`: what is overwritten is put aside there; None: it is not."""
        super().__init__(db)
        self._keyframes = keyframes
        self.workspace: Workspace | None = self._one(rows.WORKSPACE, "")
        self.agents: dict[str, Agent] = {a.id: a for a in self._all(rows.AGENTS, "")}
        self.agent_ids: dict[str, str] = {a.name.lower(): a.id for a in self.agents.values() if a.removed_at is None}
        self.holds: dict[str, Hold] = {h.agent_id: h for h in self._all(rows.HOLDS, "")}
        self.interrupts: dict[str, Interrupt] = {i.agent_id: i for i in self._all(rows.INTERRUPTS, "")}
        self.doorbells: dict[tuple[str, str], DoorbellRule] = {
            (rule.sender_id, rule.agent_id): rule for rule in self._all(rows.DOORBELLS, "")
        }
        self.sessions: dict[str, Session] = {s.agent_id: s for s in self._all(rows.SESSIONS, "")}
        self.channels: dict[str, Channel] = {c.id: c for c in self._all(rows.CHANNELS, "")}
        self.channel_ids: dict[tuple[ChannelKind, str], str] = {
            (c.kind, c.name.lower()): c.id for c in self.channels.values()
        }
        self.actions: dict[str, Action] = {a.name: a for a in self._all(rows.ACTIONS, "")}
        self.rules: dict[str, Rule] = {r.id: r for r in self._all(rows.RULES, "WHERE removed_at IS NULL")}
        self._members: dict[str, dict[str, Member]] = {}
        self._threads: OrderedDict[str, Thread] = OrderedDict()
        self._messages: OrderedDict[str, Message] = OrderedDict()
        self._deliveries: OrderedDict[DeliveryKey, Delivery] = OrderedDict()
        self._absent: set[DeliveryKey] = set()
        """Deliveries that were looked for and have no row: they are asked about several times before they get one."""
        self._open: dict[str, dict[str, Delivery]] = {}
        self._invocations: dict[str, Invocation] = {}
        self._approvals: dict[str, Approval] = {}
        self._thread_reads: OrderedDict[tuple[str, str], ThreadRead] = OrderedDict()
        self._groups: dict[str, list[str]] | None = None
        self.expected: dict[str, dict[str, Expectation]] = {}
        """Open expectations by channel, then by message: few, and asked about with every message."""
        for expectation in self._all(rows.EXPECTATIONS, "WHERE closed_at IS NULL ORDER BY message_id"):
            self.expected.setdefault(expectation.channel_id, {})[expectation.message_id] = expectation

    # Looking up

    def members(self, channel_id: str) -> dict[str, Member]:
        """The current members of a channel, by agent id. Shared: not to be changed but by the projector."""
        found = self._members.get(channel_id)
        if found is None:
            where = "WHERE channel_id = ? AND left_seq IS NULL"
            found = {m.agent_id: m for m in self._all(rows.MEMBERS, where, channel_id)}
            self._members[channel_id] = found
        return found

    def stay(self, channel_id: str, agent_id: str, channel_seq: int) -> Member | None:
        """The agent's membership at a position of the channel, also one that is over."""
        current = self.members(channel_id).get(agent_id)
        if current is not None and current.joined_seq < channel_seq:
            return current
        for member in self._dirty.get(rows.MEMBERS, {}).values():
            past = member.left_seq is not None and member.joined_seq < channel_seq <= member.left_seq
            if past and (member.channel_id, member.agent_id) == (channel_id, agent_id):
                return member
        where = "WHERE channel_id = ? AND agent_id = ? AND joined_seq < ? AND left_seq >= ?"
        return self._one(rows.MEMBERS, where, channel_id, agent_id, channel_seq, channel_seq)

    def last_stay(self, channel_id: str, agent_id: str) -> Member | None:
        """The agent's newest membership of the channel that is over."""
        key = (channel_id, agent_id)
        over = [m for m in self._dirty.get(rows.MEMBERS, {}).values() if (m.channel_id, m.agent_id) == key]
        where = "WHERE channel_id = ? AND agent_id = ? ORDER BY joined_seq DESC LIMIT 1"
        return over[-1] if over else self._one(rows.MEMBERS, where, channel_id, agent_id)

    def message(self, message_id: str) -> Message | None:
        found = self._messages.get(message_id)
        if found is None and (found := self._one(rows.MESSAGES, "WHERE id = ?", message_id)) is not None:
            self._messages[message_id] = found
        return found

    def thread(self, root_id: str) -> Thread | None:
        found = self._threads.get(root_id)
        if found is None and (found := self._one(rows.THREADS, "WHERE root_id = ?", root_id)) is not None:
            self._threads[root_id] = found
        return found

    def delivery(self, message_id: str, agent_id: str) -> Delivery | None:
        key = (message_id, agent_id)
        found = self._deliveries.get(key)
        if found is None and key not in self._absent:
            found = self._one(rows.DELIVERIES, "WHERE message_id = ? AND agent_id = ?", message_id, agent_id)
            if found is None:
                self._absent.add(key)
            else:
                self._deliveries[key] = found
        return found

    def open_deliveries(self, agent_id: str) -> list[Delivery]:
        """Deliveries to an agent that have a row and are not ended, oldest message first."""
        found = self._open.get(agent_id)
        if found is None:
            stored = self._all(rows.DELIVERIES, "WHERE agent_id = ? AND open = 1", agent_id)
            found = {d.message_id: self._deliveries.setdefault((d.message_id, agent_id), d) for d in stored}
            found |= {m: d for (m, a), d in self._deliveries.items() if a == agent_id and d.open}
            self._open[agent_id] = found
        return sorted((d for d in found.values() if d.open), key=lambda d: int(d.message_id))

    def invocation(self, invocation_id: str) -> Invocation | None:
        found = self._invocations.get(invocation_id)
        if found is None and (found := self._one(rows.INVOCATIONS, "WHERE id = ?", invocation_id)) is not None:
            self._invocations[invocation_id] = found
        return found

    def approval(self, approval_id: str) -> Approval | None:
        found = self._approvals.get(approval_id)
        if found is None and (found := self._one(rows.APPROVALS, "WHERE id = ?", approval_id)) is not None:
            self._approvals[approval_id] = found
        return found

    def open_approvals(self, caller_id: str) -> list[Approval]:
        """What an agent asked for and nobody has decided, oldest first."""
        stored = self._all(rows.APPROVALS, "WHERE decision = '' AND caller_id = ?", caller_id)
        found = {a.id: self._approvals.setdefault(a.id, a) for a in stored}
        found |= {id: a for id, a in self._approvals.items() if a.caller_id == caller_id}
        return sorted((a for a in found.values() if not a.decision), key=lambda a: int(a.id))

    def stays(self, channel_id: str, channel_seq: int) -> list[Member]:
        """Every membership at a position of the channel, also those that are over."""
        found = {m.agent_id: m for m in self.members(channel_id).values() if m.joined_seq < channel_seq}
        where = "WHERE channel_id = ? AND joined_seq < ? AND left_seq >= ?"
        over = [
            *(m for m in self._dirty.get(rows.MEMBERS, {}).values() if m.channel_id == channel_id),
            *self._all(rows.MEMBERS, where, channel_id, channel_seq, channel_seq),
        ]
        for member in over:
            if member.left_seq is not None and member.joined_seq < channel_seq <= member.left_seq:
                found.setdefault(member.agent_id, member)
        return sorted(found.values(), key=_by_agent)

    def deliveries_of(self, message_id: str) -> list[Delivery]:
        """The rows that a message's deliveries have."""
        stored = self._all(rows.DELIVERIES, "WHERE message_id = ?", message_id)
        found = {d.agent_id: self._deliveries.setdefault((message_id, d.agent_id), d) for d in stored}
        found |= {d.agent_id: d for d in self._dirty.get(rows.DELIVERIES, {}).values() if d.message_id == message_id}
        return sorted(found.values(), key=_by_agent)

    def reaction(self, message_id: str, agent_id: str, emoji: str) -> Reaction | None:
        key = (message_id, agent_id, emoji)
        return self._find(rows.REACTIONS, key, "WHERE message_id = ? AND agent_id = ? AND emoji = ?")

    def pin(self, message_id: str) -> Pin | None:
        return self._find(rows.PINS, message_id, "WHERE message_id = ?")

    def expectation(self, message_id: str) -> Expectation | None:
        return self._find(rows.EXPECTATIONS, message_id, "WHERE message_id = ?")

    def expected_of(self, message_id: str) -> Expectation | None:
        """The expectation of a message while it is open."""
        return next((found[message_id] for found in self.expected.values() if message_id in found), None)

    def scheduled(self, scheduled_id: str) -> Scheduled | None:
        return self._find(rows.SCHEDULED, scheduled_id, "WHERE id = ?")

    def rule(self, rule_id: str) -> Rule | None:
        """Also one that was removed."""
        return self.rules.get(rule_id) or self._find(rows.RULES, rule_id, "WHERE id = ?")

    def rule_run(self, rule_id: str, cause: str) -> RuleRun | None:
        return self._find(rows.RULE_RUNS, (rule_id, cause), "WHERE rule_id = ? AND cause = ?")

    def file(self, file_id: str) -> StoredFile | None:
        return self._find(rows.FILES, file_id, "WHERE id = ?")

    def thread_read(self, root_id: str, agent_id: str) -> ThreadRead | None:
        key = (root_id, agent_id)
        found = self._thread_reads.get(key)
        if found is None:
            found = self._one(rows.THREAD_READS, "WHERE root_id = ? AND agent_id = ?", root_id, agent_id)
            if found is not None:
                self._thread_reads[key] = found
        return found

    def thread_reads(self, root_id: str) -> list[ThreadRead]:
        """How far everybody has read a thread, who takes part in it or has marked it."""
        stored = self._all(rows.THREAD_READS, "WHERE agent_id IN (SELECT id FROM agents) AND root_id = ?", root_id)
        found = {read.agent_id: self._thread_reads.setdefault((root_id, read.agent_id), read) for read in stored}
        found |= {r.agent_id: r for r in self._dirty.get(rows.THREAD_READS, {}).values() if r.root_id == root_id}
        return list(found.values())

    def group(self, name: str) -> list[str]:
        """Ids of the agents whose metadata names this group (`{"groups": ["reviewers"]}`), case ignored."""
        if self._groups is None:
            self._groups = {}
            for agent in self.agents.values():
                named = metadata.groups(agent.metadata) if agent.removed_at is None else ()
                for group in {one.lower() for one in named}:
                    self._groups.setdefault(group, []).append(agent.id)
        return self._groups.get(name.lower(), [])

    def group_names(self) -> list[str]:
        self.group("")
        return list(self._groups or ())

    def thread_messages(self, root_id: str, limit: int = 50) -> list[Message]:
        """The root and its newest replies, from disk and from the batch that is being decided."""
        stored = self._all(rows.MESSAGES, "WHERE thread_id = ? ORDER BY seq DESC LIMIT ?", root_id, limit)
        found = [m for m in self._unwritten if m.thread_id == root_id]
        root = self.message(root_id)
        return [*([root] if root is not None else ()), *reversed(stored), *found]

    # Changing, by the projector only

    def add_agent(self, agent: Agent) -> None:
        self.agents[agent.id] = agent
        self.agent_ids[agent.name.lower()] = agent.id
        self.put_agent(agent)

    def put_agent(self, agent: Agent) -> None:
        self._groups = None
        self.put(rows.AGENTS, agent.id, agent)

    def add_channel(self, channel: Channel) -> None:
        self.channels[channel.id] = channel
        self.channel_ids[(channel.kind, channel.name.lower())] = channel.id
        self._members[channel.id] = {}
        self.put(rows.CHANNELS, channel.id, channel)

    def add_member(self, member: Member) -> None:
        self.members(member.channel_id)[member.agent_id] = member
        self.put_member(member)

    def put_member(self, member: Member) -> None:
        self.put(rows.MEMBERS, (member.channel_id, member.agent_id, member.joined_seq), member)

    def add_message(self, message: Message) -> None:
        self._messages[message.id] = message
        self._unwritten.append(message)

    def replace_message(self, message: Message) -> None:
        """The message reads differently from now on. The record is a new one: the old one was given out."""
        self._messages[message.id] = message
        self._unwritten = [message if m.id == message.id else m for m in self._unwritten]
        self.put(rows.MESSAGES, message.seq, message)

    def put_expectation(self, expectation: Expectation) -> None:
        of_channel = self.expected.setdefault(expectation.channel_id, {})
        if expectation.closed_at is None:
            of_channel[expectation.message_id] = expectation
        else:
            of_channel.pop(expectation.message_id, None)
        self.put(rows.EXPECTATIONS, expectation.message_id, expectation)

    def put_thread_read(self, read: ThreadRead) -> None:
        self._thread_reads[(read.root_id, read.agent_id)] = read
        self.put(rows.THREAD_READS, (read.agent_id, read.root_id), read)

    def put_thread(self, thread: Thread) -> None:
        self._threads[thread.root_id] = thread
        self.put(rows.THREADS, thread.root_id, thread)

    def put_delivery(self, delivery: Delivery) -> None:
        key = (delivery.message_id, delivery.agent_id)
        self._deliveries[key] = delivery
        self._absent.discard(key)
        self.put(rows.DELIVERIES, key, delivery)
        known = self._open.get(delivery.agent_id)
        if known is not None:
            if delivery.open:
                known[delivery.message_id] = delivery
            else:
                known.pop(delivery.message_id, None)

    def put_invocation(self, invocation: Invocation) -> None:
        self._invocations[invocation.id] = invocation
        self.put(rows.INVOCATIONS, invocation.id, invocation)

    def put_approval(self, approval: Approval) -> None:
        self._approvals[approval.id] = approval
        self.put(rows.APPROVALS, approval.id, approval)

    # Writing back

    def flush(self) -> None:
        """Write what changed, inside the caller's transaction. Nothing is forgotten until `settle`."""
        if self._keyframes is not None:
            self._keyframes.keep("mentions", self._inserts.get(rows.INSERT_MENTION, ()))
            for table, changed in self._dirty.items():
                self._keyframes.keep(table.name, changed)
        if self._unwritten:
            bulk.insert(self._db, *rows.MESSAGES.write(self._unwritten))
        for statement, inserted in self._inserts.items():
            bulk.insert(self._db, statement, inserted)
        for table, changed in self._dirty.items():
            bulk.insert(self._db, *table.write(changed.values()))

    def settle(self) -> None:
        """The transaction is on disk: nothing is dirty, and the oldest of what can be loaded again may go."""
        self._inserts.clear()
        self._dirty.clear()
        self._unwritten.clear()
        self.withheld.clear()
        _trim(self._messages, KEPT_MESSAGES)
        _trim(self._threads, KEPT_MESSAGES)
        _trim(self._thread_reads, KEPT_MESSAGES)
        _trim(self._deliveries, KEPT_DELIVERIES)
        if len(self._absent) > KEPT_DELIVERIES:
            self._absent.clear()
        for finished in [i for i, inv in self._invocations.items() if inv.status in FINISHED]:
            del self._invocations[finished]
        for decided in [a for a, approval in self._approvals.items() if approval.decision]:
            del self._approvals[decided]


def _by_agent(record: Member | Delivery) -> int:
    """An order that is the same after a restart: what follows from it is written to the log."""
    return int(record.agent_id)


def _trim(kept: OrderedDict[Any, Any], limit: int) -> None:
    for _ in range(len(kept) - limit):
        kept.popitem(last=False)
