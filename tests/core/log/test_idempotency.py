from __future__ import annotations

from relay_tui.core import commands as c

from ..conftest import Desk, refused


def say(text: str, client_id: str, to: str = "#general") -> c.SendMessage:
    return c.SendMessage(to=to, text=text, client_id=client_id)


def test_a_repeat_gets_the_first_answer_and_nothing_happens_again(desk: Desk) -> None:
    by = desk.join("builder")
    first = desk.do(say("hello", "key"), by)
    seq = desk.writer.last_seq
    assert desk.do(say("hello", "key"), by) == first
    assert desk.writer.last_seq == seq


def test_a_repeat_in_the_same_batch_is_recognised(desk: Desk) -> None:
    by = desk.join("builder")
    items = desk.together(*[(say("hello", "key"), by)] * 5)
    assert len({item.answer.id for item in items}) == 1
    assert desk.rows("SELECT count(*) FROM messages") == [(1,)]
    assert [len(item.entries) for item in items] == [1, 0, 0, 0, 0]


def test_a_repeat_after_a_restart_is_recognised(desk: Desk) -> None:
    by = desk.join("builder")
    first = desk.do(say("hello", "key"), by)
    again = Desk(desk.path, desk.clock)
    assert again.do(say("hello", "key"), by).id == first.id
    again.db.close()


def test_the_same_key_with_another_content_is_refused(desk: Desk) -> None:
    by = desk.join("builder")
    desk.do(say("hello", "key"), by)
    with refused("idempotency_key_reused"):
        desk.do(say("goodbye", "key"), by)


def test_a_key_belongs_to_its_caller_its_command_and_its_target(desk: Desk) -> None:
    one, two = desk.join("one"), desk.join("two")
    room = desk.do(c.CreateChannel(name="room", client_id="key"), one)
    ids = {
        desk.do(say("hello", "key"), one).id,
        desk.do(say("hello", "key"), two).id,
        desk.do(say("hello", "key", to=room.id), one).id,
    }
    assert len(ids) == 3


def test_a_command_that_changed_nothing_is_remembered_too(desk: Desk) -> None:
    by = desk.join("builder")
    seq = desk.writer.last_seq
    join = c.JoinChannel(channel_id=desk.general, client_id="key")
    assert desk.do(join, by).channel_id == desk.general
    assert desk.writer.last_seq == seq
    desk.do(c.LeaveChannel(channel_id=desk.general), by)
    assert desk.do(join, by).left_seq == 0
    assert by.agent_id not in desk.state.members(desk.general)


def test_a_refused_command_does_not_use_its_key_up(desk: Desk) -> None:
    by = desk.join("builder")
    with refused("channel_not_found"):
        desk.do(say("hello", "key", to="#room"), by)
    desk.do(c.CreateChannel(name="room"), by)
    assert desk.do(say("hello", "key", to="#room"), by).channel_seq == 1
