from __future__ import annotations

from relay_tui.core import commands as c
from relay_tui.core.model import State

from ..conftest import Desk, refused
from .test_marks import say


def test_a_message_for_later_is_sent_as_its_senders_own_and_once(desk: Desk) -> None:
    one, two = desk.join("one"), desk.join("two")
    waiting = desk.do(c.ScheduleMessage(to="@two", text="later", at=desk.clock.now + 10, expects_reply=True), one)
    with refused("not_due"):
        desk.do(c.SendScheduled(scheduled_id=waiting.id))
    desk.clock.now += 10
    with refused("forbidden"):
        desk.do(c.SendScheduled(scheduled_id=waiting.id), one)
    sent = desk.do(c.SendScheduled(scheduled_id=waiting.id))
    message = desk.state.message(sent.message_id)
    assert (sent.status, message.sender_id, message.text) == ("sent", one.agent_id, "later")
    assert desk.state.expectation(message.id).waiting_on == [two.agent_id]
    for command in (c.SendScheduled(scheduled_id=waiting.id), c.CancelScheduled(scheduled_id=waiting.id)):
        with refused("scheduled_ended"):
            desk.do(command)


def test_one_that_waits_for_idleness_is_due_when_the_program_is_idle(desk: Desk) -> None:
    ada, one = desk.join("ada", "human"), desk.join("one")
    root = say(desk, ada, "hello")
    waiting = desk.do(c.ScheduleMessage(message_id=root.id, text="now", when_idle="one"), ada)
    with refused("not_due"):
        desk.do(c.SendScheduled(scheduled_id=waiting.id))
    desk.do(c.StartSession(agent_id=one.agent_id, harness="test", state=State.IDLE))
    sent = desk.do(c.SendScheduled(scheduled_id=waiting.id))
    assert desk.state.message(sent.message_id).thread_id == root.id


def test_what_could_not_be_sent_now_is_not_scheduled(desk: Desk) -> None:
    one = desk.join("one")
    later = desk.clock.now + 10
    room = desk.do(c.CreateChannel(name="room"))
    for command, code in (
        (c.ScheduleMessage(to="@nobody", text="x", at=later), "agent_not_found"),
        (c.ScheduleMessage(to=room.id, text="x", at=later), "not_a_member"),
        (c.ScheduleMessage(to="#general", text="x"), "invalid_schedule"),
        (c.ScheduleMessage(to="#general", text="x", at=desk.clock.now), "invalid_schedule"),
        (c.ScheduleMessage(to="#general", text="x", when_idle="nobody"), "agent_not_found"),
        (c.ScheduleMessage(to="#general", message_id="1", text="x", at=later), "invalid_request"),
        (c.ScheduleMessage(text="x", at=later), "invalid_request"),
        (c.ScheduleMessage(to="#general", text="@x", at=later, strict_mentions=True), "unknown_mention"),
        (c.CancelScheduled(scheduled_id="999"), "scheduled_not_found"),
        (c.SendScheduled(scheduled_id="999"), "forbidden"),
    ):
        with refused(code):
            desk.do(command, one)
    assert desk.rows("SELECT 1 FROM scheduled") == []


def test_what_cannot_be_sent_when_it_is_due_says_why(desk: Desk) -> None:
    one, two = desk.join("one"), desk.join("two")
    room = desk.do(c.CreateChannel(name="room"), one)
    at = desk.clock.now + 10
    waiting = [
        desk.do(c.ScheduleMessage(to="#room", text="x", at=at), one),
        desk.do(c.ScheduleMessage(to="@one", text="x", at=at), two),
    ]
    desk.do(c.ArchiveChannel(channel_id=room.id))
    desk.do(c.RemoveAgent(agent_id=two.agent_id))
    desk.clock.now = at
    ended = [desk.do(c.SendScheduled(scheduled_id=one.id)) for one in waiting]
    assert [(one.status, one.message_id) for one in ended] == [("failed", None)] * 2
    assert [one.reason for one in ended] == ["#room is archived. Post in another channel.", "two was removed"]


def test_its_sender_or_a_person_cancels_it(desk: Desk) -> None:
    ada, one, two = desk.join("ada", "human"), desk.join("one"), desk.join("two")
    at = desk.clock.now + 10
    first, second = (desk.do(c.ScheduleMessage(to="#general", text="x", at=at), one) for _ in range(2))
    with refused("forbidden"):
        desk.do(c.CancelScheduled(scheduled_id=first.id), two)
    assert desk.do(c.CancelScheduled(scheduled_id=first.id), one).status == "cancelled"
    assert desk.do(c.CancelScheduled(scheduled_id=second.id), ada).status == "cancelled"


def test_nobody_fills_the_schedule(desk: Desk) -> None:
    one = desk.join("one")
    command = c.ScheduleMessage(to="#general", text="x", at=desk.clock.now + 10)
    assert [item.error for item in desk.together(*[(command, one)] * 200)] == [None] * 200
    with refused("too_many_scheduled"):
        desk.do(command, one)
