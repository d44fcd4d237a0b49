"""What waits for a person beside agents and mail: expected replies, notices of rules, faults of the storage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field

from relay_tui.core import events as e
from relay_tui.core.events import Entry
from relay_tui.core.log.health import Health
from relay_tui.core.model import Message
from relay_tui.core.model_talk import Expectation
from relay_tui.core.record import record
from relay_tui.core.text import preview
from relay_tui.core.views.queries import Queries
from relay_tui.tui.words.need import LINE, Need
from relay_tui.tui.words.people import People
from relay_tui.tui.words.when import hhmm

ASKED_FOR = 100
"""Expected replies that are looked at; those with the nearest deadline."""
LOOKED_BACK = 1_000
"""Newest entries that are searched for notices when the deck opens."""
NOTICE_FOR_MS = 3_600_000
"""A notice that came before the deck was opened is shown if it is not older."""
EVERY_MS = 1_000


@record
class Notice:
    """What a rule had to say, the newest of it."""

    rule_id: str
    name: str
    text: str
    since: int
    seq: int
    count: int = 1


@record
class Storage:
    """What is wrong with the file or its disk."""

    what: str
    """`damaged`, `disk full`, `cannot write`."""
    words: str
    since: int
    next_step: str


@record
class Waiting:
    """Asked for again when something that it depends on was committed, at most once a second."""

    mine: list[tuple[Expectation, Message]] = field(default_factory=list[tuple[Expectation, Message]])
    """Replies that the operator waits for."""
    owed: list[tuple[Expectation, Message]] = field(default_factory=list[tuple[Expectation, Message]])
    """Replies that somebody waits for from the operator, by name."""
    notices: dict[str, Notice] = field(default_factory=dict[str, Notice])
    storage: Storage | None = None
    policy_fault: str = ""
    """Why the policy cannot be read, so that every action is denied; empty: it can."""
    deadlines_fault: str = ""
    """Why the deadlines cannot be read, and what counts instead; empty: they can."""
    began: int = 0
    """When the deck opened."""
    news: list[Notice] = field(default_factory=list[Notice])
    """Notices that nobody was told of yet."""
    stale: bool = True
    asked_at: int = 0
    _messages: dict[str, Message] = field(default_factory=dict[str, Message])

    async def ask(self, queries: Queries, me: str, now: int) -> None:
        """Ask again, if it is due."""
        for notice in (*self.notices.values(), *self.news):
            if not notice.name:
                rule = await queries.rule(notice.rule_id)
                notice.name = rule.name if rule is not None else "a rule"
        if not self.stale or now - self.asked_at < EVERY_MS:
            return
        self.stale, self.asked_at = False, now
        mine = await queries.expected(sender_id=me, limit=ASKED_FOR)
        owed = [one for one in await queries.owed(me, ASKED_FOR) if one.sender_id != me]
        known: dict[str, Message] = {}
        for one in (*mine, *owed):
            message = self._messages.get(one.message_id) or await queries.message(one.message_id)
            if message is not None:
                known[one.message_id] = message
        self._messages = known
        self.mine = [(one, known[one.message_id]) for one in mine if one.message_id in known]
        self.owed = [(one, known[one.message_id]) for one in owed if one.message_id in known]

    def committed(self, entries: Sequence[Entry], me: str) -> None:
        """Cheap: it runs inside the commit."""
        for entry in entries:
            event = entry.event
            if isinstance(event, e.MessageCreated | e.MessageEdited | e.MessageDeleted | e.ReplyWaived):
                self.stale = True
                if isinstance(event, e.MessageEdited):
                    self._messages.pop(event.message_id, None)
            elif isinstance(event, e.RuleNotified) and event.agent_id == me:
                self.heard(event, entry)

    def heard(self, event: e.RuleNotified, entry: Entry, told: bool = False) -> None:
        known = self.notices.get(event.rule_id)
        notice = Notice(event.rule_id, "", event.text, entry.at, entry.seq)
        if known is not None:
            notice.name, notice.since, notice.count = known.name, known.since, known.count + 1
        self.notices[event.rule_id] = notice
        if not told:
            self.news.append(notice)

    def look_back(self, entries: Sequence[Entry], me: str, now: int) -> None:
        """What rules said while no deck was open."""
        for entry in entries:
            event = entry.event
            if isinstance(event, e.RuleNotified) and event.agent_id == me and now - entry.at < NOTICE_FOR_MS:
                self.heard(event, entry, told=True)

    def put_away(self, key: str) -> bool:
        """A notice that was read; False: that is none."""
        kind, _, rule_id = key.partition(":")
        return kind == "notice" and self.notices.pop(rule_id, None) is not None

    def needs(self, people: People, now: int) -> Iterator[Need]:
        if self.storage is not None:
            yield _storage(self.storage)
        if self.policy_fault:
            yield _unreadable(self.policy_fault, self.began)
        if self.deadlines_fault:
            yield _deadlines(self.deadlines_fault, self.began)
        yield from (_owed(one, message, people) for one, message in self.owed)
        for one, message in self.mine:
            if one.reply_by is not None and one.reply_by < now:
                yield _overdue(one, message, people)
        yield from (_notice(one) for one in self.notices.values())


def storage_of(health: Health, known: Storage | None, now: int) -> Storage | None:
    """What is wrong with the storage now; `since` stays while it is the same."""
    if health.refused is not None:
        full = health.refused.code == "storage_full"
        found = Storage(
            "disk full" if full else "cannot write",
            health.refused.message,
            now,
            "free space; what was being sent is still in the composer"
            if full
            else "check the disk and its permissions",
        )
    elif health.damage:
        step = "save what can be read, with relay-tui log backup FILE; relay-tui log verify says more"
        found = Storage("damaged", "; ".join(health.damage)[:500], now, step)
    else:
        return None
    return known if known is not None and known.what == found.what else found


def _storage(found: Storage) -> Need:
    return Need(
        "storage:log", -1, found.since, "gone", "fault", "storage", found.what, found.words,
        does=f"of this workspace: {found.what}", reason="nothing that is not stored is delivered",
        next_step=found.next_step,
    )  # fmt: skip


def _unreadable(fault: str, since: int) -> Need:
    return Need(
        "policy:file", 0, since, "gone", "fault", "policy", "denies all", preview(fault, LINE),
        does="cannot be read, so every action is denied", reason=fault,
        next_step="mend the file (relay-tui policy check), then start the relay again",
    )  # fmt: skip


def _deadlines(fault: str, since: int) -> Need:
    return Need(
        "policy:deadlines", 1, since, "gone", "fault", "deadlines", "not read", preview(fault, LINE),
        does="cannot be read from delivery.toml", reason=fault,
        next_step="mend the file; it is read again by itself",
    )  # fmt: skip


def _owed(one: Expectation, message: Message, people: People) -> Need:
    by = f" by {hhmm(one.reply_by)}" if one.reply_by is not None else ""
    return Need(
        f"owed:{message.id}", 1, one.asked_at, "asks", "need", people.name(message.sender_id), "asks you",
        preview(message.text, LINE), message.sender_id, message.id,
        does=f"wants a reply of yours{by}", reason="the message says that it expects one, and it is not answered",
        next_step="r answers in its thread",
    )  # fmt: skip


def _overdue(one: Expectation, message: Message, people: People) -> Need:
    assert one.reply_by is not None, "what has no deadline is never overdue"
    names = [people.name(id) for id in one.waiting_on]
    name = names[0] if names else "nobody yet"
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return Need(
        f"reply:{message.id}", 3, one.reply_by, "unknown", "need", f"{name}{more}", "no reply",
        preview(message.text, LINE), one.waiting_on[0] if one.waiting_on else "", message.id,
        does=f"did not answer by {hhmm(one.reply_by)}",
        reason="your message expects a reply, and its deadline is over",
        next_step="r asks again in its thread",
    )  # fmt: skip


def _notice(one: Notice) -> Need:
    times = f", {one.count} times" if one.count > 1 else ""
    return Need(
        f"notice:{one.rule_id}", 4, one.since, "asks", "need", one.name or "a rule", f"rule{times}",
        preview(one.text, LINE), does=f"has a notice for you{times}", reason="a stored rule came true",
        next_step="s puts it away",
    )  # fmt: skip
