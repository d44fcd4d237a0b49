"""Random lives of a workspace: numbers become commands about whatever exists by now, and about some things that do not.

Every kind of command takes part; `test_refold.py` sees to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st

from relay_tui.core import commands as c
from relay_tui.core.errors import Refused
from relay_tui.core.model import Caller, Disposition, Evidence, Mode, Reached, State
from relay_tui.core.policy.rules import Policy, Rule

from ..conftest import Desk

POLICY = Policy((Rule(name="free", action="read", verdict="allow"), Rule(name="no", action="no", verdict="deny")))
Deed = tuple[str, int, int, int]
"""What is done, and three numbers that say by whom, to what and how."""
FORWARD = (0, 1, 999, 20_000, 61_000, 31 * 60_000)
STEPS = (*FORWARD, -5_000)
"""Milliseconds. The last one is a clock that is set back."""
WILD = 11
FOR_PEOPLE = frozenset(("hold", "stop", "bell", "withhold", "rule", "decide", "mail", "waive", "delete"))
FOR_THE_RELAY = frozenset(("due", "wait"))
HANDED = [{"name": "paste", "at": 1, "ok": True, "detail": ""}]


class Life:
    """What is picked is mostly there and mostly allowed; a number at its end (`WILD`) picks anything."""

    def __init__(self, desk: Desk, steps: Sequence[int] = STEPS) -> None:
        self.steps = steps
        self.desk = desk
        self.callers = [desk.join("ada", "human"), desk.join("one"), desk.join("two"), desk.system]
        for name in ("read", "deploy", "no"):
            desk.do(c.RegisterAction(name=name, description="", input_schema={}))
        for caller in self.callers[1:3]:
            desk.do(c.StartSession(agent_id=caller.agent_id, harness="test"))
        self.look()

    def look(self) -> None:
        """See what there is now. On the file, not in the writer's memory, which a look could change."""
        rows = self.desk.rows
        here = "removed_at IS NULL"
        self.callers = [Caller(str(a)) for (a,) in rows(f"SELECT id FROM agents ORDER BY NOT {here}, id DESC")]
        self.people = [Caller(str(a)) for (a,) in rows(f"SELECT id FROM agents WHERE type = 'human' AND {here}")]
        self.members: dict[str, list[str]] = {str(channel): [] for (channel,) in rows("SELECT id FROM channels")}
        for channel, agent in rows("SELECT channel_id, agent_id FROM members WHERE left_seq IS NULL ORDER BY 1, 2"):
            self.members[str(channel)].append(str(agent))
        self.rooms = [str(room) for (room,) in rows("SELECT id FROM channels WHERE kind = 'channel'")]
        newest = "SELECT id, channel_id, sender_id FROM messages ORDER BY id DESC LIMIT 40"
        self.messages = [(str(id), str(channel), str(sender)) for id, channel, sender in rows(newest)]

    def caller(self, n: int) -> Caller:
        return self.callers[n % len(self.callers)]

    def agent(self, n: int) -> str:
        return self.caller(n).agent_id

    def channel(self, n: int, by: Caller | None = None) -> str:
        """One of the caller's channels."""
        mine = [c for c, members in self.members.items() if by is None or n == WILD or by.agent_id in members]
        return (mine or list(self.members))[n % len(mine or self.members)]

    def room(self, n: int) -> str:
        return self.channel(n) if n == WILD else self.rooms[n % len(self.rooms)]

    def message(self, n: int, by: Caller | None = None, *, own: bool = False) -> str:
        """One of the newest messages that the caller can see, or said."""
        if n == WILD or not self.messages:
            return self.messages[-1][0] if self.messages and n % 2 else "999"
        mine = [m for m, channel, sender in self.messages
                if by is None or (sender == by.agent_id if own else by.agent_id in self.members[channel])]  # fmt: skip
        return mine[n % len(mine)] if mine else self.messages[0][0]

    def due(self, y: int, z: int) -> dict[str, Any]:
        """A message and somebody whom it went to."""
        message_id = self.message(z)
        others = [a for m, channel, sender in self.messages if m == message_id
                  for a in self.members[channel] if a != sender]  # fmt: skip
        return {
            "message_id": message_id,
            "agent_id": others[y % len(others)] if others and y != WILD else self.agent(y),
        }

    def faulty(self, y: int, z: int) -> dict[str, Any]:
        """A delivery that somebody should look at, if there is one."""
        found = self.desk.rows("SELECT message_id, agent_id FROM deliveries WHERE fault = 1 ORDER BY 1, 2")
        message_id, agent_id = found[(y + z) % len(found)] if found else (0, 0)
        return {"message_id": str(message_id), "agent_id": str(agent_id)} if found else self.due(y, z)

    def generation(self, agent_id: str) -> int:
        row = self.desk.rows("SELECT generation FROM sessions WHERE agent_id = ?", agent_id)
        return row[0][0] if row else 1

    def newest(self, table: str, n: int, first: str = "1") -> str:
        """The id of one of the three newest records, of those first for which this is true."""
        row = self.desk.rows(f"SELECT id FROM {table} ORDER BY {first} DESC, id DESC LIMIT 1 OFFSET ?", n % 3)
        return str(row[0][0]) if row else "999"

    def command(self, deed: Deed) -> tuple[c.Command, Caller]:
        kind, x, y, z = deed
        by = self.caller(x)
        if kind in FOR_PEOPLE and x % 4 and self.people:
            by = self.people[x % len(self.people)]
        if kind in FOR_THE_RELAY and x % 4:
            by = self.desk.system
        command: c.Command = getattr(self, f"_{kind}")(by, y, z)
        if command.client_id is None and (x + y + z) % 11 == 0:
            command = command.model_copy(update={"client_id": f"again-{y % 2}"})
        return command, by

    # Saying

    def _say(self, by: Caller, y: int, z: int) -> c.Command:
        to = self.channel(y, by) if z % 4 else f"@{('ada', 'one', 'two', 'nobody')[y % 4]}"
        mode = list(Mode)[y % len(Mode)]
        return c.SendMessage(to=to, text=f"hello @one @{z} [/b]\x1b", mode=mode, data={"z": z} if z % 4 == 0 else None)

    def _say_once(self, by: Caller, y: int, z: int) -> c.Command:
        return c.SendMessage(to="#general", text=f"once {y % 2}", client_id=f"key-{z % 3}")

    def _reply(self, by: Caller, y: int, z: int) -> c.Command:
        return c.Reply(message_id=self.message(y, by), text=f"@two {z}", expects_reply=z % 5 == 0)

    def _ask(self, by: Caller, y: int, z: int) -> c.Command:
        to = self.channel(y, by) if z % 2 else f"@{('ada', 'one', 'two')[y % 3]}"
        text = ("well?", "@one well?", "@channel well?", "@here @crew well?")[z % 4]
        reply_by = self.desk.clock.now + z if z % 3 else None
        return c.SendMessage(to=to, text=text, expects_reply=True, reply_by=reply_by, blocks=[{"type": "divider"}])

    def _waive(self, by: Caller, y: int, z: int) -> c.Command:
        row = self.desk.rows(
            "SELECT message_id FROM expectations ORDER BY closed_at IS NULL DESC LIMIT 1 OFFSET ?", z % 3
        )
        return c.WaiveReply(message_id=str(row[0][0]) if row else self.message(y))

    def _edit(self, by: Caller, y: int, z: int) -> c.Command:
        blocks = [{"type": "divider"}] if z % 3 == 0 else None
        return c.EditMessage(message_id=self.message(y, by, own=True), text=f"rather @two {z % 4}", blocks=blocks)

    def _delete(self, by: Caller, y: int, z: int) -> c.Command:
        return c.DeleteMessage(message_id=self.message(y, by, own=z % 2 > 0))

    def _react(self, by: Caller, y: int, z: int) -> c.Command:
        mine = "SELECT message_id, emoji FROM reactions WHERE agent_id = ? ORDER BY removed_at IS NULL DESC, seq"
        if z % 3 == 0 and (found := self.desk.rows(mine, by.agent_id)):
            message_id, emoji = found[y % len(found)]
            return c.RemoveReaction(message_id=str(message_id), emoji=emoji)
        kind = c.AddReaction if z != WILD else c.RemoveReaction
        return kind(message_id=self.message(y, by), emoji=("👍", "eyes")[z % 2])

    def _pin(self, by: Caller, y: int, z: int) -> c.Command:
        message_id = self.message(y, by)
        if z % 3 == 0 and (found := self.desk.rows("SELECT message_id FROM pins ORDER BY unpinned_at IS NULL DESC")):
            return c.UnpinMessage(message_id=str(found[y % len(found)][0]))
        return c.PinMessage(message_id=message_id) if z != WILD else c.UnpinMessage(message_id=message_id)

    def _read(self, by: Caller, y: int, z: int) -> c.Command:
        message_id = self.message(y, by)
        place = next((channel for m, channel, _ in self.messages if m == message_id and z), self.channel(z, by))
        return c.MarkRead(channel_id=place, message_id=message_id)

    def _follow(self, by: Caller, y: int, z: int) -> c.Command:
        return c.MarkThreadRead(message_id=self.message(y, by))

    def _later(self, by: Caller, y: int, z: int) -> c.Command:
        at = self.desk.clock.now + 1 + z
        if z % 3:
            when_idle = "one" if z % 4 == 0 else None
            return c.ScheduleMessage(to=self.channel(y, by), text="later", at=at, when_idle=when_idle)
        return c.ScheduleMessage(
            message_id=self.message(y, by), text="@one later", when_idle="one", expects_reply=y == 0
        )

    def _due(self, by: Caller, y: int, z: int) -> c.Command:
        scheduled_id = self.newest("scheduled", y, "ended_at IS NULL")
        return (c.SendScheduled if z > 2 else c.CancelScheduled)(scheduled_id=scheduled_id)

    def _upload(self, by: Caller, y: int, z: int) -> c.Command:
        file_id = self.newest("files", y, "removed_at IS NULL")
        if z % 4 == 0:
            return c.BeginUpload(filename=f"../{z}.txt")
        if z % 4 == 1:
            return c.RemoveFile(file_id=file_id)
        if z % 4 == 2:
            return c.SendMessage(to="#general", text="see", attachments=[{"kind": "file", "file_id": file_id}])
        return c.CompleteUpload(file_id=file_id, sha256=f"{y:064}", size_bytes=z, content_type="text/plain")

    def _withhold(self, by: Caller, y: int, z: int) -> c.Command:
        last = self.desk.writer.last_seq
        return c.WithholdEntries(seqs=[max(1, last - 3 * y - n) for n in range(z + 1)])

    # Places, and who is in them

    def _create(self, by: Caller, y: int, z: int) -> c.Command:
        return c.CreateChannel(name=f"room{y % 3}", metadata={"z": z})

    def _group(self, by: Caller, y: int, z: int) -> c.Command:
        return c.OpenGroup(participants=["ada", "one", "two"][: 3 - z % 2], name="crew" if z % 3 == 0 else "")

    def _topic(self, by: Caller, y: int, z: int) -> c.Command:
        return c.UpdateChannel(channel_id=self.room(y), topic=str(z))

    def _archive(self, by: Caller, y: int, z: int) -> c.Command:
        return c.ArchiveChannel(channel_id=self.room(y)) if z < 2 else c.UpdateChannel(channel_id=self.room(y))

    def _unarchive(self, by: Caller, y: int, z: int) -> c.Command:
        return c.UnarchiveChannel(channel_id=self.room(y))

    def _enter(self, by: Caller, y: int, z: int) -> c.Command:
        return c.JoinChannel(
            channel_id=self.room(y) if z % 3 else self.channel(y), agent_id=self.agent(z) if z % 2 else None
        )

    def _leave(self, by: Caller, y: int, z: int) -> c.Command:
        return c.LeaveChannel(channel_id=self.channel(y, by))

    def _oust(self, by: Caller, y: int, z: int) -> c.Command:
        return c.LeaveChannel(channel_id=self.channel(y, by), agent_id=self.agent(z))

    def _mute(self, by: Caller, y: int, z: int) -> c.Command:
        return c.MuteChannel(channel_id=self.channel(y, by), muted=z % 3 > 0)

    def _role(self, by: Caller, y: int, z: int) -> c.Command:
        place = self.channel(y, by)
        members = self.members[place] or [by.agent_id]
        role = "owner" if z % 2 else "member"
        return c.SetRole(channel_id=place, agent_id=members[z % len(members)], role=role)

    def _register(self, by: Caller, y: int, z: int) -> c.Command:
        return c.RegisterAgent(name=f"agent{y % 3}", type="human" if z == 0 else "agent", metadata={"y": y})

    def _update(self, by: Caller, y: int, z: int) -> c.Command:
        return c.UpdateAgent(agent_id=self.agent(y), metadata={"z": z if z % 2 else None})

    def _crew(self, by: Caller, y: int, z: int) -> c.Command:
        return c.UpdateAgent(agent_id=self.agent(y), metadata={"groups": ["crew"] if z % 2 else None})

    def _remove(self, by: Caller, y: int, z: int) -> c.Command:
        return c.RemoveAgent(agent_id=self.agent(y)) if z < 2 else self._update(by, y, z)

    def _token(self, by: Caller, y: int, z: int) -> c.Command:
        return c.SetToken(agent_id=self.agent(y), kind="node" if z % 2 else "agent", token_hash=f"{z:064}")

    # Programs, and what is handed to them

    def _start(self, by: Caller, y: int, z: int) -> c.Command:
        address = {"z": z, "cwd": f"/{z % 2}"}
        return c.StartSession(agent_id=self.agent(y), harness="test", address=address, same_program=z % 2 == 0)

    def _state(self, by: Caller, y: int, z: int) -> c.Command:
        agent_id = self.agent(y)
        state = list(State)[z % len(State)]
        generation = self.generation(agent_id) - (z == 11)
        return c.RecordState(agent_id=agent_id, generation=generation, state=state, evidence="test")

    def _dispatch(self, by: Caller, y: int, z: int) -> c.Command:
        about = self.due(y, z)
        generation = self.generation(about["agent_id"]) - (y == WILD)
        return c.DispatchDelivery.model_validate({**about, "route": "typed", "generation": generation, "nonce": str(z)})

    def _raise(self, by: Caller, y: int, z: int) -> c.Command:
        evidence = (Evidence.ECHO, Evidence.TRANSCRIPT, Evidence.NONE, Evidence.HOOK, Evidence.ADAPTER)[z % 5]
        about = {**self.due(y, z), "steps": HANDED if z % 2 else []}
        return c.RaiseDelivery.model_validate({**about, "reached": Reached((y + z // 2) % 5), "evidence": evidence})

    def _settle(self, by: Caller, y: int, z: int) -> c.Command:
        disposition = list(Disposition)[(y + z) % len(Disposition)]
        about = {**self.due(y, z), "steps": HANDED if y % 2 else []}
        how = {"disposition": disposition, "reason": "so", "unless_flushed": (y + z) % 3 == 0}
        return c.SettleDelivery.model_validate({**about, **how, "until": z if z % 4 else None})

    def _withdraw(self, by: Caller, y: int, z: int) -> c.Command:
        return c.WithdrawClaim.model_validate({**self.faulty(y, z), "reason": "gone"})

    def _mail(self, by: Caller, y: int, z: int) -> c.Command:
        about = self.due(y, z) if z % 2 == 0 else self.faulty(y, z)
        if z % 3 == 0:
            return c.RedirectDelivery.model_validate({**about, "to": ("one", "two", "agent1")[y % 3]})
        return (c.DropDelivery if z % 4 == 2 else c.RetryDelivery).model_validate(about)

    def _ack(self, by: Caller, y: int, z: int) -> c.Command:
        agent_id = self.agent(y)
        ((wire_seq,),) = self.desk.rows("SELECT wire_seq FROM agents WHERE id = ?", agent_id)
        return c.AckWire(agent_id=agent_id, up_to_seq=max(0, wire_seq - z % 3) + (z == WILD))

    def _hold(self, by: Caller, y: int, z: int) -> c.Command:
        agent_id = self.agent(y) if z % 4 else None
        return c.HoldDeliveries(agent_id=agent_id) if z % 3 == 0 else c.FlushDeliveries(agent_id=agent_id)

    def _stop(self, by: Caller, y: int, z: int) -> c.Command:
        agent_id = self.agent(z)
        generation = self.generation(agent_id)
        if y % 3 == 0:
            return c.FreezeApprovals() if z % 3 == 0 else c.ThawApprovals()
        if y % 3 == 1:
            return c.RecordInterrupt(agent_id=agent_id, generation=generation, seen=z % 2 == 0)
        return c.RecordOwnCommand(agent_id=agent_id, generation=generation, text="/compact", taken=z % 2 == 0)

    def _bell(self, by: Caller, y: int, z: int) -> c.Command:
        say = ("whole", "doorbell", "default")[z % 3]
        return c.RuleDoorbell(sender_id=self.agent(y), agent_id=self.agent(z) if z % 2 else None, say=say)

    # Actions and rules

    def _provide(self, by: Caller, y: int, z: int) -> c.Command:
        return c.RegisterAction(name=("read", "deploy", "late")[y % 3], description=str(z % 2), input_schema={})

    def _invoke(self, by: Caller, y: int, z: int) -> c.Command:
        return c.InvokeAction(action=("read", "deploy", "no", "gone")[y % 4], input={"z": z})

    def _decide(self, by: Caller, y: int, z: int) -> c.Command:
        query = "SELECT id, request_hash FROM approvals ORDER BY decision = '' DESC, id DESC LIMIT 1 OFFSET ?"
        row = self.desk.rows(query, y % 3)
        approval_id, request_hash = row[0] if row else (999, "")
        return c.DecideApproval(approval_id=str(approval_id), request_hash=request_hash, approve=z % 2 == 0, words="so")

    def _run(self, by: Caller, y: int, z: int) -> c.Command:
        if z % 2:
            return c.StartInvocation(invocation_id=self.newest("invocations", y, "status = 'approved'"))
        invocation_id = self.newest("invocations", y, "status = 'running'")
        return c.FinishInvocation(invocation_id=invocation_id, output={"z": z}, error_code="x" if z == 0 else "")

    def _wait(self, by: Caller, y: int, z: int) -> c.Command:
        """Time goes by, also for what else is done with this; whatever nobody decided may be over by then."""
        self.desk.clock.now += self.steps[z % len(self.steps)]
        return c.ExpireApproval(approval_id=self.newest("approvals", y, "decision = ''"))

    def _rule(self, by: Caller, y: int, z: int) -> c.Command:
        rule_id = self.newest("rules", z, "removed_at IS NULL")
        then = (
            {"kind": "send", "to": self.channel(y, by), "text": "{text}"} if y % 2 else {"kind": "notify", "text": "x"}
        )
        if rule_id == "999" or y == 0:
            return c.CreateRule(name="r", when={"kind": "message", "channel": self.channel(z)}, then=then, per_minute=2)
        if y < 7:
            return c.RunRule(rule_id=rule_id, cause=str(z), parent=f"rule:{rule_id}:{z - 1}" if z % 3 == 0 else "")
        if y == WILD:
            return c.RemoveRule(rule_id=rule_id)
        if y % 2:
            return c.SwitchRule(rule_id=rule_id, enabled=z % 3 > 0)
        return c.ChangeRule(rule_id=rule_id, then=then)

    def live(self, deeds: list[list[Deed]]) -> None:
        """Each inner list is a batch."""
        for batch in deeds:
            self.desk.clock.now += 7
            for item in self.desk.together(*(self.command(deed) for deed in batch)):
                assert item.error is None or isinstance(item.error, Refused), item.error
            self.look()


KINDS = sorted(
    name.removeprefix("_")
    for name, value in vars(Life).items()
    if isinstance(value, Callable) and name.startswith("_") and not name.startswith("__")
)
OFTEN = (
    *("say", "ask", "reply") * 3,
    *("dispatch", "raise", "settle", "withdraw", "mail", "read", "state", "hold", "enter") * 2,
    *("invoke", "decide", "run", "rule", "upload", "wait", "due") * 2,
    *KINDS,
)
small = st.integers(0, 11)
lives: Any = st.lists(
    st.lists(st.tuples(st.sampled_from(OFTEN), small, small, small), min_size=1, max_size=12), max_size=12
)
