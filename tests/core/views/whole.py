"""What is true of a workspace after any commit: of its views, as queries that find nothing; of its log, in order."""

from __future__ import annotations

import sqlite3
from typing import Any

import orjson

from relay_tui.core.model import ENDED, UNPROVEN
from relay_tui.core.model_delivery import APPROVALS, EVERYONE

_ENDED = "('failed', 'expired', 'cancelled', 'dead')"
_FINISHED = "('denied', 'rejected', 'expired', 'completed', 'failed')"

TALK: dict[str, str] = {
    "the log has no gap": "SELECT seq FROM log WHERE seq > (SELECT count(*) FROM log)",
    "no entry is older than the one before it": "SELECT seq FROM (SELECT seq, at, lag(at) OVER (ORDER BY seq) AS before"
    " FROM log) WHERE at < before",
    "a channel's last_seq is its newest message": "SELECT id FROM channels AS c WHERE last_seq <>"
    " (SELECT coalesce(max(channel_seq), 0) FROM messages WHERE channel_id = c.id)",
    "channel_seq is dense": "SELECT channel_id FROM messages WHERE channel_seq > 0"
    " GROUP BY channel_id HAVING count(*) <> max(channel_seq)",
    "what is no reply has a place in its channel": "SELECT id FROM messages"
    " WHERE (thread_id IS NULL) <> (channel_seq > 0)",
    "threads have one level, in one place": "SELECT m.id FROM messages AS m LEFT JOIN messages AS r"
    " ON r.id = m.thread_id WHERE m.thread_id IS NOT NULL"
    " AND (r.id IS NULL OR r.thread_id IS NOT NULL OR r.channel_id <> m.channel_id)",
    "who speaks in a channel is a member then": "SELECT id FROM messages AS t WHERE channel_seq > 0 AND NOT EXISTS"
    " (SELECT 1 FROM members AS m WHERE m.channel_id = t.channel_id AND m.agent_id = t.sender_id"
    " AND m.joined_seq < t.channel_seq AND (m.left_seq IS NULL OR t.channel_seq <= m.left_seq))",
    "of what was deleted nothing is left": "SELECT id FROM messages WHERE deleted_at IS NOT NULL"
    " AND (text <> '' OR data IS NOT NULL OR attachments IS NOT NULL OR blocks IS NOT NULL)",
    "what was edited has a history": "SELECT id FROM messages AS t WHERE (edited_at IS NOT NULL) <> EXISTS"
    " (SELECT 1 FROM edits AS x JOIN log AS l ON l.seq = x.seq WHERE x.message_id = t.id"
    " AND l.type = 'message.edited')",
    "no cursor is ahead of its channel": "SELECT 1 FROM members AS m JOIN channels AS c ON c.id = m.channel_id"
    " WHERE max(m.read_seq, m.dispatched_seq, m.joined_seq, coalesce(m.left_seq, 0)) > c.last_seq",
    "a stay does not end before it begins": "SELECT 1 FROM members WHERE left_seq < joined_seq",
    "a stay has nothing handed over outside of it": "SELECT 1 FROM members WHERE dispatched_seq < joined_seq"
    " OR dispatched_seq > left_seq",
    "stays of a member do not overlap": "SELECT 1 FROM members AS a JOIN members AS b"
    " ON a.channel_id = b.channel_id AND a.agent_id = b.agent_id AND a.joined_seq < b.joined_seq"
    " WHERE a.left_seq IS NULL OR a.left_seq > b.joined_seq",
    "who was removed is nowhere a member": "SELECT 1 FROM members AS m JOIN agents AS a ON a.id = m.agent_id"
    " WHERE m.left_seq IS NULL AND a.removed_at IS NOT NULL",
    "who was removed cannot sign in": "SELECT id FROM agents WHERE removed_at IS NOT NULL"
    " AND token_hash || node_token_hash <> ''",
    "one name, one agent": "SELECT lower(name) FROM agents WHERE removed_at IS NULL GROUP BY 1 HAVING count(*) > 1",
    "one name, one channel": "SELECT kind, lower(name) FROM channels WHERE kind <> 'group'"
    " GROUP BY 1, 2 HAVING count(*) > 1",
    "only the two are in a conversation of two": "SELECT 1 FROM channels AS c JOIN members AS m ON m.channel_id = c.id"
    " WHERE c.kind = 'dm' AND (':' || c.name || ':' NOT LIKE '%:' || m.agent_id || ':%' OR m.muted)",
    "unread mentions are what a count would give": "SELECT m.agent_id FROM members AS m WHERE m.left_seq IS NULL"
    " AND m.unread_mentions <> (SELECT count(*) FROM messages AS t JOIN mentions AS n ON n.message_id = t.id"
    " WHERE n.agent_id = m.agent_id AND t.channel_id = m.channel_id AND t.channel_seq > m.read_seq"
    " AND t.deleted_at IS NULL)",
    "own messages behind the read mark are what a count would give": "SELECT m.agent_id FROM members AS m"
    " WHERE m.left_seq IS NULL AND m.unread_own <> (SELECT count(*) FROM messages AS t WHERE"
    " t.sender_id = m.agent_id AND t.channel_id = m.channel_id AND t.channel_seq > m.read_seq)",
    "a mention is of a message that is there": "SELECT 1 FROM mentions"
    " WHERE message_id NOT IN (SELECT id FROM messages)",
    "a message says itself whom it names": "SELECT id FROM messages AS t WHERE"
    " (SELECT json_group_array(v) FROM (SELECT CAST(value AS INTEGER) AS v FROM json_each(t.mentions) ORDER BY v)) <>"
    " (SELECT json_group_array(v) FROM (SELECT agent_id AS v FROM mentions WHERE message_id = t.id ORDER BY v))",
    "nobody names himself": "SELECT t.id FROM messages AS t JOIN mentions AS n ON n.message_id = t.id"
    " AND n.agent_id = t.sender_id",
    "a reaction goes to who said it": "SELECT 1 FROM reactions AS r LEFT JOIN messages AS t ON t.id = r.message_id"
    " WHERE t.sender_id IS NOT r.to_id",
    "no pin is on what is not there": "SELECT 1 FROM pins AS p LEFT JOIN messages AS t ON t.id = p.message_id"
    " WHERE t.channel_id IS NOT p.channel_id OR (t.deleted_at IS NOT NULL AND p.unpinned_at IS NULL)",
}
THREADS: dict[str, str] = {
    "a thread counts its replies": "SELECT root_id FROM threads AS r WHERE reply_count <>"
    " (SELECT count(*) FROM messages WHERE thread_id = r.root_id AND deleted_at IS NULL)",
    "every reply is counted": "SELECT 1 FROM messages WHERE thread_id IS NOT NULL"
    " AND thread_id NOT IN (SELECT root_id FROM threads)",
    "a thread says who replied last": "SELECT root_id FROM threads AS r WHERE (last_reply_at, last_reply_by) IS NOT"
    " (SELECT created_at, sender_id FROM messages WHERE thread_id = r.root_id AND deleted_at IS NULL"
    " ORDER BY seq DESC LIMIT 1) AND (reply_count > 0 OR last_reply_at IS NOT NULL OR last_reply_by IS NOT NULL)",
    "who replies takes part": "SELECT t.id FROM messages AS t JOIN threads AS r ON r.root_id = t.thread_id"
    " WHERE CAST(t.sender_id AS TEXT) NOT IN (SELECT value FROM json_each(r.participants))",
    "who takes part has a place in it": "SELECT r.root_id, p.value FROM threads AS r, json_each(r.participants) AS p"
    " WHERE NOT EXISTS (SELECT 1 FROM thread_reads WHERE root_id = r.root_id AND agent_id = CAST(p.value AS INTEGER))",
    "nobody has read more replies than there are": "SELECT 1 FROM thread_reads AS r LEFT JOIN threads AS t"
    " ON t.root_id = r.root_id WHERE r.read_replies < 0 OR r.read_replies > coalesce(t.reply_count, -1)",
    "an open expectation is of a message that asks": "SELECT 1 FROM expectations AS x JOIN messages AS t"
    " ON t.id = x.message_id WHERE x.closed_at IS NULL AND (NOT t.expects_reply OR t.deleted_at IS NOT NULL)",
    "what asks has its expectation": "SELECT id FROM messages WHERE expects_reply"
    " AND id NOT IN (SELECT message_id FROM expectations)",
    "an expectation is closed by somebody": "SELECT 1 FROM expectations"
    " WHERE (closed_at IS NULL) <> (closed_by IS NULL)",
    "nobody waits for himself": "SELECT x.message_id FROM expectations AS x, json_each(x.waiting_on) AS w"
    " WHERE CAST(w.value AS INTEGER) = x.sender_id",
    "what was scheduled is sent once": "SELECT message_id FROM scheduled WHERE message_id IS NOT NULL"
    " GROUP BY 1 HAVING count(*) > 1",
    "a sent one has its message": "SELECT 1 FROM scheduled WHERE (status = 'sent') <> (message_id IS NOT NULL)",
    "what was scheduled waits or has ended": "SELECT 1 FROM scheduled WHERE (status = 'waiting') <> (ended_at IS NULL)",
    "nothing is sent early or for somebody else": "SELECT s.id FROM scheduled AS s JOIN messages AS t"
    " ON t.id = s.message_id WHERE t.sender_id <> s.sender_id OR t.created_at < s.due_at",
    "a file is there since its bytes are": "SELECT id FROM files WHERE (sha256 = '') <> (stored_at IS NULL)",
}
DELIVERY: dict[str, str] = {
    "up to dispatched_seq every message to a member has a row": "SELECT m.agent_id FROM members AS m"
    " JOIN messages AS t ON t.channel_id = m.channel_id AND t.channel_seq > m.joined_seq"
    " AND t.channel_seq <= m.dispatched_seq AND t.sender_id <> m.agent_id WHERE m.left_seq IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM deliveries WHERE message_id = t.id AND agent_id = m.agent_id)",
    "a deleted message is due to nobody": "SELECT 1 FROM deliveries AS d JOIN messages AS t ON t.id = d.message_id"
    " WHERE t.deleted_at IS NOT NULL AND d.open = 1",
    "nothing is due to who was removed": "SELECT 1 FROM deliveries AS d LEFT JOIN agents AS a ON a.id = d.agent_id"
    " WHERE a.id IS NULL OR (d.open = 1 AND a.removed_at IS NOT NULL)",
    "a delivery is of a message that is there": "SELECT 1 FROM deliveries AS d LEFT JOIN messages AS t"
    " ON t.id = d.message_id WHERE t.id IS NULL OR t.channel_id <> d.channel_id OR t.sender_id = d.agent_id",
    "what is open and what is at fault follow from the rest": "SELECT 1 FROM deliveries WHERE"
    f" open <> (reached < 2 AND disposition NOT IN {_ENDED})"
    " OR fault <> ((reached = 2 AND evidence IN ('echo', 'none'))"
    " OR (reached < 2 AND disposition IN ('failed', 'expired', 'dead', 'uncertain')))",
    "each rung that was reached has its time, and no other": "SELECT 1 FROM deliveries WHERE"
    " (reached >= 1) <> (accepted_at IS NOT NULL) OR (reached >= 2) <> (delivered_at IS NOT NULL)"
    " OR (reached >= 3) <> (acknowledged_at IS NOT NULL) OR (reached >= 4) <> (answered_at IS NOT NULL)",
    "rungs are climbed one after the other": "SELECT 1 FROM deliveries WHERE queued_at > accepted_at"
    " OR accepted_at > delivered_at OR delivered_at > acknowledged_at OR acknowledged_at > answered_at"
    " OR max(queued_at, coalesce(answered_at, acknowledged_at, delivered_at, accepted_at, 0)) > updated_at",
    "what arrived waits for nothing more": "SELECT 1 FROM deliveries WHERE reached >= 2"
    " AND (disposition <> 'active' OR until IS NOT NULL OR reason <> '')",
    "who was handed something has a number for it": "SELECT 1 FROM deliveries"
    " WHERE (attempts > 0) <> (wire_seq > 0) OR (attempts > 0) <> (route <> '')",
    "it was handed to a program that there was": "SELECT 1 FROM deliveries AS d LEFT JOIN sessions AS s"
    " ON s.agent_id = d.agent_id WHERE d.generation > coalesce(s.generation, 0)",
    "wire numbers are dense and the agent's": "SELECT a.id FROM agents AS a WHERE wire_seq <>"
    " (SELECT count(DISTINCT wire_seq) FROM deliveries WHERE agent_id = a.id AND wire_seq > 0)"
    " OR acked_wire_seq > wire_seq",
    "a hold was lifted by somebody": "SELECT 1 FROM holds WHERE (lifted_at IS NULL) <> (lifted_by IS NULL)",
    "nobody stopped before he was told to": "SELECT 1 FROM interrupts WHERE seen_at < asked_at",
}
WORK: dict[str, str] = {
    "an invocation starts once": "SELECT 1 FROM log WHERE type = 'action.started'"
    " GROUP BY json_extract(data, '$.invocation_id') HAVING count(*) > 1",
    "an approval is decided once": "SELECT 1 FROM log WHERE type = 'approval.decided'"
    " GROUP BY json_extract(data, '$.approval_id') HAVING count(*) > 1",
    "nothing runs that was not approved": "SELECT 1 FROM invocations WHERE started_at IS NOT NULL"
    " AND verdict <> 'allow' AND id NOT IN (SELECT invocation_id FROM approvals WHERE decision = 'approve')",
    "what waits for a decision has an open approval": "SELECT id FROM invocations AS i WHERE"
    " (status = 'awaiting_approval') <> EXISTS (SELECT 1 FROM approvals WHERE invocation_id = i.id AND decision = '')",
    "what ended has its time": "SELECT id FROM invocations WHERE"
    f" (finished_at IS NOT NULL) <> (status IN {_FINISHED})"
    " OR (started_at IS NOT NULL) <> (status IN ('running', 'completed', 'failed'))",
    "who decided is known": "SELECT id FROM approvals WHERE (decision = '') <> (decided_by IS NULL)"
    " OR (decision = '') <> (decided_at IS NULL)",
    "only people decide, and in time": "SELECT p.id FROM approvals AS p JOIN agents AS a ON a.id = p.decided_by"
    " WHERE (p.decision IN ('approve', 'deny') AND (a.type <> 'human' OR p.decided_at >= p.expires_at))"
    " OR (p.words = 'nobody decided in time' AND p.decided_at < p.expires_at)",
    "nobody decides for a program that has gone since": "SELECT p.id FROM approvals AS p"
    " JOIN agents AS a ON a.id = p.caller_id LEFT JOIN sessions AS s ON s.agent_id = p.caller_id"
    " WHERE p.decision = '' AND (a.removed_at IS NOT NULL OR (s.state = 'exited' AND s.since > p.requested_at)"
    " OR json_extract(p.request, '$.generation') <> coalesce(s.generation, 0))",
    "a rule counts its runs": "SELECT id FROM rules AS r WHERE runs <>"
    " (SELECT count(*) FROM rule_runs WHERE rule_id = r.id) OR (removed_at IS NOT NULL AND enabled)",
    "a program is known since it runs": "SELECT s.agent_id FROM sessions AS s LEFT JOIN agents AS a"
    " ON a.id = s.agent_id WHERE a.id IS NULL OR s.since < s.started_at",
}


def assert_whole(db: sqlite3.Connection) -> None:
    none = {**TALK, **THREADS, **DELIVERY, **WORK}
    broken = {rule: found for rule, query in none.items() if (found := db.execute(query).fetchall())}
    assert not broken, broken
    assert_lawful(db)


_NOT_IN_AN_ARCHIVE = frozenset(
    {"message.created", "message.edited", "message.deleted", "reaction.added", "message.pinned", "channel.updated"}
    | {"member.joined", "member.role_set"}
)


class _Read:
    """The log as far as it was read, without the views: what may come next follows from it."""

    def __init__(self) -> None:
        self.removed: set[str] = set()
        self.archived: set[str] = set()
        self.deleted: set[str] = set()
        self.place: dict[str, str] = {}
        self.holds: dict[str, tuple[int, int | None]] = {}
        """By agent: the entry that placed it, and the one that lifted it."""
        self.generation: dict[str, int] = {}
        self.reached: dict[tuple[str, str], tuple[int, str]] = {}
        self.disposition: dict[tuple[str, str], str] = {}
        self.wire_seq: dict[str, int] = {}
        self.numbers: dict[tuple[str, str], int] = {}
        self.off: set[str] = set()
        self.runs: set[tuple[str, str]] = set()

    def stopped(self, agent_id: str) -> bool:
        """Held with everyone, and not by a hold of its own."""
        own = self.holds.get(agent_id)
        return self.held(agent_id) and (own is None or own[1] is not None)

    def held(self, agent_id: str) -> bool:
        own, everyones = self.holds.get(agent_id), self.holds.get(EVERYONE)
        if own is not None and own[1] is None:
            return True
        if everyones is None or everyones[1] is not None:
            return False
        return own is None or own[1] is None or own[1] < everyones[0]


def assert_lawful(db: sqlite3.Connection) -> None:
    """Nothing stands in the log that could not happen after what stands before it."""
    read = _Read()
    for seq, kind, actor, data in db.execute("SELECT seq, type, actor, data FROM log ORDER BY seq").fetchall():
        said: dict[str, Any] = orjson.loads(data)
        assert str(actor) not in read.removed, (seq, "somebody who was removed did something")
        channel = said.get("channel_id") or read.place.get(said.get("message_id", ""))
        assert not (kind in _NOT_IN_AN_ARCHIVE and channel in read.archived), (seq, kind, "in an archived channel")
        match kind.split("."):
            case ["delivery", _]:
                _delivery(read, seq, kind, said)
            case ["hold" | "approvals", what]:
                _hold(read, seq, what, said.get("agent_id", APPROVALS))
            case ["rule", _]:
                _rule(read, seq, kind, said)
            case _:
                _happened(read, seq, kind, said)


def _happened(read: _Read, seq: int, kind: str, said: dict[str, Any]) -> None:
    match kind:
        case "agent.removed":
            read.removed.add(said["agent_id"])
        case "channel.archived":
            read.archived.add(said["channel_id"])
        case "channel.unarchived":
            read.archived.remove(said["channel_id"])
        case "message.created":
            read.place[said["message_id"]] = said["channel_id"]
            assert not read.removed & {*said["explicit"]}, (seq, "sent to who was removed")
        case "message.edited":
            assert said["message_id"] not in read.deleted, (seq, "edited behind its deletion")
            assert not read.removed & {*said["explicit"]}, (seq, "sent to who was removed")
        case "message.deleted":
            assert said["message_id"] not in read.deleted, (seq, "deleted twice")
            read.deleted.add(said["message_id"])
        case "reaction.added" | "message.pinned":
            assert said["message_id"] not in read.deleted, (seq, "marked behind its deletion")
        case "session.started":
            before = read.generation.get(said["agent_id"], 0)
            assert said["generation"] in (before or 1, before + 1), (seq, "a generation was left out")
            read.generation[said["agent_id"]] = said["generation"]
        case "session.state" | "agent.interrupted" | "agent.commanded":
            assert said["generation"] == read.generation[said["agent_id"]], (seq, "said of a program that is gone")
            asked = kind == "agent.commanded" and not said["taken"]
            assert not (asked and read.stopped(said["agent_id"])), (seq, "typed while everyone was stopped")
        case "approval.decided":
            frozen = APPROVALS in read.holds and read.holds[APPROVALS][1] is None
            assert not frozen or said["decision"] == "expire", (seq, "decided while it was frozen")
        case _:
            pass


def _hold(read: _Read, seq: int, what: str, agent_id: str) -> None:
    placed, lifted = read.holds.get(agent_id, (0, 0))
    if what in ("placed", "frozen"):
        assert lifted is not None, (seq, "held twice")
        read.holds[agent_id] = (seq, None)
    else:
        read.holds[agent_id] = (placed, seq)


def _delivery(read: _Read, seq: int, kind: str, said: dict[str, Any]) -> None:
    if kind == "delivery.wire_acked":
        assert said["up_to_seq"] <= read.wire_seq.get(said["agent_id"], 0), (seq, "acknowledged before it was sent")
        return
    key = (said["message_id"], said["agent_id"])
    reached, evidence = read.reached.get(key, (0, "commit"))
    assert key[1] not in read.removed, (seq, "of who was removed")
    match kind:
        case "delivery.dispatched":
            assert not read.held(key[1]), (seq, "handed over while it was held")
            assert key[0] not in read.deleted, (seq, "handed over behind its deletion")
            assert said["generation"] == read.generation.get(key[1], 0), (seq, "handed to a program that is gone")
            assert reached < 2, (seq, "handed over behind its arrival")
            assert read.disposition.get(key) not in ENDED, (seq, "handed over behind its end")
            number = read.numbers.get(key) or read.wire_seq.get(key[1], 0) + 1
            assert said["wire_seq"] == number, (seq, "a number of its own that it keeps")
            read.numbers[key] = number
            read.wire_seq[key[1]] = max(read.wire_seq.get(key[1], 0), number)
            read.disposition[key] = "active"
        case "delivery.raised":
            assert said["was"] == reached, (seq, "another rung before it")
            assert said["reached"] >= reached, (seq, "a rung lower")
            read.reached[key] = (said["reached"], said["evidence"])
            if said["reached"] >= 2:
                read.disposition[key] = "active"
        case "delivery.settled":
            assert reached < 2, (seq, "settled behind its arrival")
            again = read.disposition.get(key) == "cancelled" and said["disposition"] != "cancelled"
            assert not again, (seq, "taken up again behind its cancellation")
            read.disposition[key] = said["disposition"]
        case _:
            assert (reached, evidence in UNPROVEN) == (2, True), (seq, "took back what was proven")
            read.reached[key] = (1, "adapter")
            read.disposition[key] = "active"


def _rule(read: _Read, seq: int, kind: str, said: dict[str, Any]) -> None:
    rule_id = said["rule_id"]
    match kind:
        case "rule.created" if not said["enabled"]:
            read.off.add(rule_id)
        case "rule.switched":
            (read.off.discard if said["enabled"] else read.off.add)(rule_id)
        case "rule.removed":
            read.off.add(rule_id)
        case "rule.ran":
            assert rule_id not in read.off, (seq, "ran while it was off")
            assert (rule_id, said["cause"]) not in read.runs, (seq, "ran twice for one cause")
            read.runs.add((rule_id, said["cause"]))
        case _:
            pass
