"""Random lives of a workspace. After each: the views are what a refold of the log gives, and their invariants hold."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay_tui.core import commands as c
from relay_tui.core.errors import Refused, WorkspaceError
from relay_tui.core.log.chain import verify
from relay_tui.core.model import Caller, Disposition, Evidence, Mode, Reached, State
from relay_tui.core.policy.rules import Policy, Rule
from relay_tui.core.views.refold import refold

from ..conftest import Desk, Hands

POLICY = Policy((Rule(name="free", action="read", verdict="allow"), Rule(name="no", action="no", verdict="deny")))
Deed = tuple[str, int, int, int]


class Life:
    """Turns numbers into commands about whatever exists by now, and about some things that do not."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.callers = [desk.join("ada", "human"), desk.join("one"), desk.join("two")]
        for name in ("read", "deploy", "no"):
            desk.do(c.RegisterAction(name=name, description="", input_schema={}))
        self.channels = [desk.general]
        self.messages = ["999"]

    def caller(self, n: int) -> Caller:
        return self.callers[n % len(self.callers)]

    def agent(self, n: int) -> str:
        return self.caller(n).agent_id

    def channel(self, n: int) -> str:
        return self.channels[n % len(self.channels)]

    def message(self, n: int) -> str:
        return self.messages[-1 - n % len(self.messages)]

    def generation(self, agent_id: str) -> int:
        session = self.desk.state.sessions.get(agent_id)
        return session.generation if session else 1

    def command(self, deed: Deed) -> tuple[c.Command, Caller]:
        kind, x, y, z = deed
        by = self.caller(x)
        return getattr(self, f"_{kind}")(by, y, z), by

    def _say(self, by: Caller, y: int, z: int) -> c.Command:
        to = self.channel(y) if z % 3 else f"@{('ada', 'one', 'two', 'nobody')[y % 4]}"
        return c.SendMessage(to=to, text=f"hello @one @{z} [/b]\x1b", mode=Mode.IMMEDIATE if y % 2 else Mode.ON_IDLE)

    def _say_once(self, by: Caller, y: int, z: int) -> c.Command:
        return c.SendMessage(to="#general", text=f"once {y % 2}", client_id=f"key-{z % 3}")

    def _reply(self, by: Caller, y: int, z: int) -> c.Command:
        return c.Reply(message_id=self.message(y), text=f"@two {z}")

    def _read(self, by: Caller, y: int, z: int) -> c.Command:
        return c.MarkRead(channel_id=self.channel(y), message_id=self.message(z))

    def _create(self, by: Caller, y: int, z: int) -> c.Command:
        return c.CreateChannel(name=f"room{y % 3}", metadata={"z": z})

    def _group(self, by: Caller, y: int, z: int) -> c.Command:
        return c.OpenGroup(participants=["ada", "one", "two"])

    def _topic(self, by: Caller, y: int, z: int) -> c.Command:
        return c.UpdateChannel(channel_id=self.channel(y), topic=str(z))

    def _archive(self, by: Caller, y: int, z: int) -> c.Command:
        return c.ArchiveChannel(channel_id=self.channel(y)) if z == 0 else c.UpdateChannel(channel_id=self.channel(y))

    def _enter(self, by: Caller, y: int, z: int) -> c.Command:
        return c.JoinChannel(channel_id=self.channel(y), agent_id=self.agent(z) if z % 2 else None)

    def _leave(self, by: Caller, y: int, z: int) -> c.Command:
        return c.LeaveChannel(channel_id=self.channel(y))

    def _register(self, by: Caller, y: int, z: int) -> c.Command:
        return c.RegisterAgent(name=f"agent{y % 3}", type="human" if z == 0 else "agent", metadata={"y": y})

    def _update(self, by: Caller, y: int, z: int) -> c.Command:
        return c.UpdateAgent(agent_id=self.agent(y), metadata={"z": z if z % 2 else None})

    def _remove(self, by: Caller, y: int, z: int) -> c.Command:
        return c.RemoveAgent(agent_id=self.agent(y)) if z == 0 else self._update(by, y, z)

    def _token(self, by: Caller, y: int, z: int) -> c.Command:
        return c.SetToken(agent_id=self.agent(y), kind="node" if z % 2 else "agent", token_hash=f"{z:064}")

    def _start(self, by: Caller, y: int, z: int) -> c.Command:
        return c.StartSession(agent_id=self.agent(y), harness="test", address={"z": z}, same_program=z % 2 == 0)

    def _state(self, by: Caller, y: int, z: int) -> c.Command:
        agent_id = self.agent(y)
        state = list(State)[z % len(State)]
        return c.RecordState(agent_id=agent_id, generation=self.generation(agent_id), state=state, evidence="test")

    def _dispatch(self, by: Caller, y: int, z: int) -> c.Command:
        agent_id = self.agent(y)
        generation = self.generation(agent_id)
        about = {"message_id": self.message(z), "agent_id": agent_id}
        return c.DispatchDelivery.model_validate({**about, "route": "typed", "generation": generation, "nonce": str(z)})

    def _raise(self, by: Caller, y: int, z: int) -> c.Command:
        evidence = (Evidence.ECHO, Evidence.TRANSCRIPT, Evidence.NONE)[z % 3]
        reached = Reached(1 + y % 4)
        return c.RaiseDelivery(message_id=self.message(z), agent_id=self.agent(y), reached=reached, evidence=evidence)

    def _settle(self, by: Caller, y: int, z: int) -> c.Command:
        disposition = list(Disposition)[(y + z) % len(Disposition)]
        return c.SettleDelivery(message_id=self.message(z), agent_id=self.agent(y), disposition=disposition, until=z)

    def _ack(self, by: Caller, y: int, z: int) -> c.Command:
        return c.AckWire(agent_id=self.agent(y), up_to_seq=z)

    def _invoke(self, by: Caller, y: int, z: int) -> c.Command:
        return c.InvokeAction(action=("read", "deploy", "no", "gone")[y % 4], input={"z": z})

    def _decide(self, by: Caller, y: int, z: int) -> c.Command:
        row = self.desk.rows("SELECT id, request_hash FROM approvals ORDER BY id DESC LIMIT 1 OFFSET ?", y % 3)
        approval_id, request_hash = row[0] if row else (999, "")
        return c.DecideApproval(approval_id=str(approval_id), request_hash=request_hash, approve=z % 2 == 0, words="so")

    def _run(self, by: Caller, y: int, z: int) -> c.Command:
        row = self.desk.rows("SELECT id FROM invocations ORDER BY id DESC LIMIT 1 OFFSET ?", y % 3)
        invocation_id = str(row[0][0]) if row else "999"
        if z % 2:
            return c.StartInvocation(invocation_id=invocation_id)
        return c.FinishInvocation(invocation_id=invocation_id, output={"z": z}, error_code="x" if z == 0 else "")

    def _ask(self, by: Caller, y: int, z: int) -> c.Command:
        to = self.channel(y) if z % 2 else f"@{('ada', 'one', 'two')[y % 3]}"
        text = ("well?", "@one well?", "@channel well?", "@here @crew well?")[z % 4]
        reply_by = self.desk.clock.now + z if z % 3 else None
        return c.SendMessage(to=to, text=text, expects_reply=True, reply_by=reply_by, blocks=[{"type": "divider"}])

    def _waive(self, by: Caller, y: int, z: int) -> c.Command:
        return c.WaiveReply(message_id=self.message(y))

    def _edit(self, by: Caller, y: int, z: int) -> c.Command:
        return c.EditMessage(message_id=self.message(y), text=f"rather @two {z % 4}")

    def _delete(self, by: Caller, y: int, z: int) -> c.Command:
        return c.DeleteMessage(message_id=self.message(y))

    def _react(self, by: Caller, y: int, z: int) -> c.Command:
        kind = c.AddReaction if z % 3 else c.RemoveReaction
        return kind(message_id=self.message(y), emoji=("👍", "eyes")[z % 2])

    def _pin(self, by: Caller, y: int, z: int) -> c.Command:
        return c.PinMessage(message_id=self.message(y)) if z % 3 else c.UnpinMessage(message_id=self.message(y))

    def _mute(self, by: Caller, y: int, z: int) -> c.Command:
        return c.MuteChannel(channel_id=self.channel(y), muted=z % 3 > 0)

    def _role(self, by: Caller, y: int, z: int) -> c.Command:
        role = "owner" if z % 2 else "member"
        return c.SetRole(channel_id=self.channel(y), agent_id=self.agent(z), role=role)

    def _unarchive(self, by: Caller, y: int, z: int) -> c.Command:
        return c.UnarchiveChannel(channel_id=self.channel(y))

    def _oust(self, by: Caller, y: int, z: int) -> c.Command:
        return c.LeaveChannel(channel_id=self.channel(y), agent_id=self.agent(z))

    def _follow(self, by: Caller, y: int, z: int) -> c.Command:
        return c.MarkThreadRead(message_id=self.message(y))

    def _later(self, by: Caller, y: int, z: int) -> c.Command:
        at = self.desk.clock.now + 1 + z
        if z % 3:
            return c.ScheduleMessage(to=self.channel(y), text="later", at=at)
        return c.ScheduleMessage(message_id=self.message(y), text="@one later", when_idle="one")

    def _due(self, by: Caller, y: int, z: int) -> c.Command:
        row = self.desk.rows("SELECT id FROM scheduled ORDER BY id DESC LIMIT 1 OFFSET ?", y % 3)
        scheduled_id = str(row[0][0]) if row else "999"
        return c.SendScheduled(scheduled_id=scheduled_id) if z else c.CancelScheduled(scheduled_id=scheduled_id)

    def _upload(self, by: Caller, y: int, z: int) -> c.Command:
        row = self.desk.rows("SELECT id FROM files ORDER BY id DESC LIMIT 1 OFFSET ?", y % 2)
        if z % 4 == 0 or not row:
            return c.BeginUpload(filename=f"../{z}.txt")
        file_id = str(row[0][0])
        if z % 4 == 1:
            return c.RemoveFile(file_id=file_id)
        if z % 4 == 2:
            return c.SendMessage(to="#general", text="see", attachments=[{"kind": "file", "file_id": file_id}])
        return c.CompleteUpload(file_id=file_id, sha256=f"{y:064}", size_bytes=z, content_type="text/plain")

    def _rule(self, by: Caller, y: int, z: int) -> c.Command:
        row = self.desk.rows("SELECT id FROM rules ORDER BY id DESC LIMIT 1 OFFSET ?", z % 2)
        then = {"kind": "send", "to": self.channel(y), "text": "{text}"} if y % 2 else {"kind": "notify", "text": "x"}
        if not row or y == 0:
            return c.CreateRule(name="r", when={"kind": "message", "channel": self.channel(z)}, then=then, per_minute=2)
        rule_id = str(row[0][0])
        if y < 7:
            return c.RunRule(rule_id=rule_id, cause=str(z), parent=f"rule:{rule_id}:{z - 1}" if z % 3 == 0 else "")
        return (
            c.SwitchRule(rule_id=rule_id, enabled=z % 2 == 0),
            c.ChangeRule(rule_id=rule_id, then=then),
            c.RemoveRule(rule_id=rule_id),
        )[y % 3]

    def _crew(self, by: Caller, y: int, z: int) -> c.Command:
        return c.UpdateAgent(agent_id=self.agent(y), metadata={"groups": ["crew"] if z % 2 else None})

    def _hold(self, by: Caller, y: int, z: int) -> c.Command:
        agent_id = self.agent(y) if z % 4 else None
        if y == 0:
            return c.FreezeApprovals() if z % 2 else c.ThawApprovals()
        if y == 1:
            return c.RecordInterrupt(agent_id=self.agent(z), generation=1, seen=z % 2 == 0)
        if y == 2 and z % 3 == 0:
            return c.RecordOwnCommand(agent_id=self.agent(z), generation=1, text="/compact", taken=z % 2 == 0)
        return c.HoldDeliveries(agent_id=agent_id) if z % 2 else c.FlushDeliveries(agent_id=agent_id)

    def _bell(self, by: Caller, y: int, z: int) -> c.Command:
        say = ("whole", "doorbell", "default")[z % 3]
        return c.RuleDoorbell(sender_id=self.agent(y), agent_id=self.agent(z) if z % 2 else None, say=say)

    def _withdraw(self, by: Caller, y: int, z: int) -> c.Command:
        return c.WithdrawClaim(message_id=self.message(z), agent_id=self.agent(y), reason="gone")

    def _mail(self, by: Caller, y: int, z: int) -> c.Command:
        about = {"message_id": self.message(y), "agent_id": self.agent(z)}
        if z % 3 == 0:
            return c.RedirectDelivery.model_validate({**about, "to": ("one", "two", "agent1")[y % 3]})
        return (c.RetryDelivery if z % 2 else c.DropDelivery).model_validate(about)

    def _withhold(self, by: Caller, y: int, z: int) -> c.Command:
        last = self.desk.writer.last_seq
        return c.WithholdEntries(seqs=[max(1, last - 3 * y - n) for n in range(z + 1)])

    def live(self, deeds: list[list[Deed]]) -> None:
        """Each inner list is a batch."""
        for batch in deeds:
            self.desk.clock.now += 7
            for item in self.desk.together(*(self.command(deed) for deed in batch)):
                assert item.error is None or isinstance(item.error, Refused), item.error
            self.messages = ["999", *(str(m) for (m,) in self.desk.rows("SELECT id FROM messages ORDER BY id"))]
            self.channels = [str(m) for (m,) in self.desk.rows("SELECT id FROM channels ORDER BY id")]
            self.callers = [Caller(str(m)) for (m,) in self.desk.rows("SELECT id FROM agents ORDER BY id")]


KINDS = sorted(
    name.removeprefix("_")
    for name, value in vars(Life).items()
    if isinstance(value, Callable) and name.startswith("_") and not name.startswith("__")
)
small = st.integers(0, 11)
often = st.sampled_from(["say", "say", "reply", "dispatch", "raise", "settle", "enter", "leave", *KINDS])
lives = st.lists(st.lists(st.tuples(often, small, small, small), min_size=1, max_size=12), max_size=12)

TABLES = (
    *("meta", "log", "idempotency", "workspace", "agents", "sessions", "channels", "members", "messages", "mentions"),
    *("threads", "deliveries", "actions", "invocations", "approvals", "edits", "reactions", "pins", "expectations"),
    *("thread_reads", "scheduled", "files", "holds", "interrupts", "rules", "rule_runs"),
)


def tables(db: sqlite3.Connection) -> dict[str, list[tuple[Any, ...]]]:
    return {table: sorted(db.execute(f"SELECT * FROM {table}").fetchall(), key=repr) for table in TABLES}


def assert_whole(db: sqlite3.Connection) -> None:
    """What must be true of the views after any commit."""
    none: dict[str, str] = {
        "the log has no gap": "SELECT seq FROM log WHERE seq > (SELECT count(*) FROM log)",
        "a channel's last_seq is its newest message": "SELECT id FROM channels AS c WHERE last_seq <>"
        " (SELECT coalesce(max(channel_seq), 0) FROM messages WHERE channel_id = c.id)",
        "channel_seq is dense": "SELECT channel_id FROM messages WHERE channel_seq > 0"
        " GROUP BY channel_id HAVING count(*) <> max(channel_seq)",
        "up to dispatched_seq every message to a member has a row": "SELECT m.agent_id FROM members AS m"
        " JOIN messages AS t ON t.channel_id = m.channel_id AND t.channel_seq > m.joined_seq"
        " AND t.channel_seq <= m.dispatched_seq AND t.sender_id <> m.agent_id WHERE m.left_seq IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM deliveries WHERE message_id = t.id AND agent_id = m.agent_id)",
        "no cursor is ahead of its channel": "SELECT 1 FROM members AS m JOIN channels AS c ON c.id = m.channel_id"
        " WHERE max(m.read_seq, m.dispatched_seq, m.joined_seq, coalesce(m.left_seq, 0)) > c.last_seq",
        "a stay does not end before it begins": "SELECT 1 FROM members WHERE left_seq < joined_seq",
        "stays of a member do not overlap": "SELECT 1 FROM members AS a JOIN members AS b"
        " ON a.channel_id = b.channel_id AND a.agent_id = b.agent_id AND a.joined_seq < b.joined_seq"
        " WHERE a.left_seq IS NULL OR a.left_seq > b.joined_seq",
        "a deleted message is due to nobody": "SELECT 1 FROM deliveries AS d JOIN messages AS t ON t.id = d.message_id"
        " WHERE t.deleted_at IS NOT NULL AND d.open = 1",
        "nobody has read more replies than there are": "SELECT 1 FROM thread_reads AS r JOIN threads AS t"
        " ON t.root_id = r.root_id WHERE r.read_replies > t.reply_count",
        "what was scheduled is sent once": "SELECT message_id FROM scheduled WHERE message_id IS NOT NULL"
        " GROUP BY 1 HAVING count(*) > 1",
        "a sent one has its message": "SELECT 1 FROM scheduled WHERE (status = 'sent') <> (message_id IS NOT NULL)",
        "an open expectation is of a message that asks": "SELECT 1 FROM expectations AS x JOIN messages AS t"
        " ON t.id = x.message_id WHERE x.closed_at IS NULL AND (NOT t.expects_reply OR t.deleted_at IS NOT NULL)",
        "a thread counts its replies": "SELECT root_id FROM threads AS r WHERE reply_count <>"
        " (SELECT count(*) FROM messages WHERE thread_id = r.root_id AND deleted_at IS NULL)",
        "every reply is counted": "SELECT 1 FROM messages WHERE thread_id IS NOT NULL"
        " AND thread_id NOT IN (SELECT root_id FROM threads)",
        "a delivery is of a message that is there": "SELECT 1 FROM deliveries AS d LEFT JOIN messages AS t"
        " ON t.id = d.message_id WHERE t.id IS NULL OR t.channel_id <> d.channel_id OR t.sender_id = d.agent_id",
        "a mention is of a message that is there": "SELECT 1 FROM mentions"
        " WHERE message_id NOT IN (SELECT id FROM messages)",
        "wire numbers are dense and the agent's": "SELECT a.id FROM agents AS a WHERE wire_seq <>"
        " (SELECT count(DISTINCT wire_seq) FROM deliveries WHERE agent_id = a.id AND wire_seq > 0)",
        "what is reached only rises": "SELECT 1 FROM (SELECT json_extract(data, '$.reached') AS now,"
        " lag(json_extract(data, '$.reached')) OVER (PARTITION BY json_extract(data, '$.message_id'),"
        " json_extract(data, '$.agent_id') ORDER BY seq) AS before FROM log WHERE type = 'delivery.raised'"
        " AND json_extract(data, '$.evidence') NOT IN ('echo', 'none'))"
        " WHERE now < before",
        "an invocation starts once": "SELECT 1 FROM log WHERE type = 'action.started'"
        " GROUP BY json_extract(data, '$.invocation_id') HAVING count(*) > 1",
        "an approval is decided once": "SELECT 1 FROM log WHERE type = 'approval.decided'"
        " GROUP BY json_extract(data, '$.approval_id') HAVING count(*) > 1",
        "nothing runs that was not approved": "SELECT 1 FROM invocations WHERE started_at IS NOT NULL"
        " AND verdict <> 'allow' AND id NOT IN (SELECT invocation_id FROM approvals WHERE decision = 'approve')",
        "unread mentions are what a count would give": "SELECT m.agent_id FROM members AS m WHERE m.left_seq IS NULL"
        " AND m.unread_mentions <> (SELECT count(*) FROM messages AS t JOIN mentions AS n ON n.message_id = t.id"
        " WHERE n.agent_id = m.agent_id AND t.channel_id = m.channel_id AND t.channel_seq > m.read_seq"
        " AND t.deleted_at IS NULL)",
        "own messages behind the read mark are what a count would give": "SELECT m.agent_id FROM members AS m"
        " WHERE m.left_seq IS NULL AND m.unread_own <> (SELECT count(*) FROM messages AS t WHERE"
        " t.sender_id = m.agent_id AND t.channel_id = m.channel_id AND t.channel_seq > m.read_seq)",
        "one name, one agent": "SELECT lower(name) FROM agents WHERE removed_at IS NULL GROUP BY 1 HAVING count(*) > 1",
    }
    broken = {rule: found for rule, query in none.items() if (found := db.execute(query).fetchall())}
    assert broken == {}


@given(lives)
def test_whatever_happens_the_views_are_what_the_log_says(deeds: list[list[Deed]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        desk = Desk(folder / "log.db", Hands(), POLICY)
        Life(desk).live(deeds)
        assert_whole(desk.db)
        assert verify(folder / "log.db").ok
        newest = refold(folder / "log.db", folder / "again.db")
        assert newest == desk.writer.last_seq
        with closing(sqlite3.connect(folder / "again.db")) as again:
            assert tables(again) == tables(desk.db)
        desk.db.close()


@given(lives, lives)
def test_a_restart_at_any_moment_changes_nothing_that_follows(
    before: list[list[Deed]], after: list[list[Deed]]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        found: list[dict[str, list[tuple[Any, ...]]]] = []
        for restarts in (False, True):
            path = Path(name) / f"{restarts}.db"
            hands = Hands()
            desk = Desk(path, hands, POLICY)
            life = Life(desk)
            life.live(before)
            if restarts:
                desk.db.close()
                life.desk = desk = Desk(path, hands, POLICY)
            life.live(after)
            content = tables(desk.db)
            # but the random part of the event's id, and the hash that covers it
            content["log"] = [(row[0], *row[2:9]) for row in content["log"]]
            found.append(content)
            desk.db.close()
        assert found[0] == found[1]


def test_a_log_with_a_gap_is_not_folded_over(desk: Desk, tmp_path: Path) -> None:
    desk.join("builder")
    desk.db.execute("DELETE FROM log WHERE seq = 4")
    with pytest.raises(WorkspaceError, match="no entry 4"):
        refold(desk.path, tmp_path / "again.db")


def test_an_entry_of_a_newer_program_is_not_folded(desk: Desk, tmp_path: Path) -> None:
    desk.db.execute("UPDATE log SET v = 99 WHERE seq = 2")
    with pytest.raises(WorkspaceError) as caught:
        refold(desk.path, tmp_path / "again.db")
    assert caught.value.code == "workspace_newer"


def test_a_file_that_is_there_is_not_written_over(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "again.db").write_text("mine")
    with pytest.raises(WorkspaceError) as caught:
        refold(desk.path, tmp_path / "again.db")
    assert caught.value.code == "target_exists"
    assert (tmp_path / "again.db").read_text() == "mine"


def test_a_refolded_log_opens_and_goes_on(desk: Desk, tmp_path: Path) -> None:
    by = desk.join("builder")
    first = desk.do(c.SendMessage(to="#general", text="hello", client_id="key"), by)
    refold(desk.path, tmp_path / "again.db")
    again = Desk(tmp_path / "again.db", desk.clock)
    assert again.do(c.SendMessage(to="#general", text="hello", client_id="key"), by).id == first.id
    assert again.do(c.SendMessage(to="#general", text="more"), by).channel_seq == 2
    again.db.close()
