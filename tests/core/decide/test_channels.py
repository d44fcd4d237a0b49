from __future__ import annotations

import pytest
from pydantic import ValidationError

from relay_tui.core import commands as c
from relay_tui.core import events as e

from ..conftest import Desk, refused


def test_who_creates_a_channel_owns_it_and_is_in_it(desk: Desk) -> None:
    by = desk.join("builder")
    channel = desk.do(c.CreateChannel(name="room", topic="talk"), by)
    assert (channel.name, channel.topic, channel.created_by) == ("room", "talk", by.agent_id)
    assert desk.state.members(channel.id)[by.agent_id].role == "owner"


def test_the_relay_itself_is_a_member_of_nothing(desk: Desk) -> None:
    channel = desk.do(c.CreateChannel(name="room"))
    assert desk.state.members(channel.id) == {}


def test_a_taken_channel_name_is_refused_also_when_archived(desk: Desk) -> None:
    channel = desk.do(c.CreateChannel(name="room"))
    desk.do(c.ArchiveChannel(channel_id=channel.id))
    for name in ("room", "Room", "general"):
        with refused("channel_already_exists"):
            desk.do(c.CreateChannel(name=name))


@pytest.mark.parametrize("name", ["", "-room", "a b", "a/b", "#room", "x" * 81, "röm", "a\n"])
def test_a_name_that_no_one_could_type_is_no_command(name: str) -> None:
    with pytest.raises(ValidationError):
        c.CreateChannel(name=name)


def test_an_update_says_only_what_changed(desk: Desk) -> None:
    channel = desk.do(c.CreateChannel(name="room", topic="talk", metadata={"a": 1}))
    assert desk.events(c.UpdateChannel(channel_id=channel.id)) == []
    (event,) = desk.events(c.UpdateChannel(channel_id=channel.id, topic=""))
    assert event == e.ChannelUpdated(channel.id, "", {"a": 1})


def test_archiving_twice_happens_once(desk: Desk) -> None:
    channel = desk.do(c.CreateChannel(name="room"))
    assert len(desk.events(c.ArchiveChannel(channel_id=channel.id))) == 1
    assert desk.events(c.ArchiveChannel(channel_id=channel.id)) == []


def test_an_archived_channel_takes_nothing_new(desk: Desk) -> None:
    by = desk.join("builder")
    channel = desk.do(c.CreateChannel(name="room"), by)
    message = desk.do(c.SendMessage(to="#room", text="last words"), by)
    desk.do(c.ArchiveChannel(channel_id=channel.id))
    for command in (
        c.SendMessage(to="#room", text="hello"),
        c.SendMessage(to=channel.id, text="hello"),
        c.Reply(message_id=message.id, text="hello"),
        c.JoinChannel(channel_id=channel.id),
        c.UpdateChannel(channel_id=channel.id, topic="x"),
    ):
        with refused("channel_archived"):
            desk.do(command, by)


def test_an_archived_channel_can_still_be_read_and_left(desk: Desk) -> None:
    by, reader = desk.join("builder"), desk.join("reader")
    channel = desk.do(c.CreateChannel(name="room"), by)
    desk.do(c.JoinChannel(channel_id=channel.id), reader)
    message = desk.do(c.SendMessage(to="#room", text="last words"), by)
    desk.do(c.ArchiveChannel(channel_id=channel.id))
    assert desk.do(c.MarkRead(channel_id=channel.id, message_id=message.id), reader).read_seq == 1
    desk.do(c.LeaveChannel(channel_id=channel.id), reader)


def test_commands_about_a_channel_that_is_not_there_are_refused(desk: Desk) -> None:
    by = desk.join("builder")
    for command in (
        c.UpdateChannel(channel_id="999"),
        c.ArchiveChannel(channel_id="999"),
        c.JoinChannel(channel_id="999"),
        c.LeaveChannel(channel_id="999"),
        c.MarkRead(channel_id="999", message_id="1"),
        c.SendMessage(to="999", text="x"),
        c.SendMessage(to="#nowhere", text="x"),
    ):
        with refused("channel_not_found"):
            desk.do(command, by)


def test_a_conversation_cannot_be_joined_left_renamed_or_archived(desk: Desk) -> None:
    ada, by = desk.join("ada", "human"), desk.join("builder")
    conversation = desk.do(c.SendMessage(to="@builder", text="hello"), ada).channel_id
    for command in (
        c.UpdateChannel(channel_id=conversation, topic="x"),
        c.ArchiveChannel(channel_id=conversation),
        c.JoinChannel(channel_id=conversation),
        c.LeaveChannel(channel_id=conversation),
    ):
        with refused("channel_not_found"):
            desk.do(command, by)


def test_joining_twice_happens_once(desk: Desk) -> None:
    by = desk.join("builder")
    assert desk.events(c.JoinChannel(channel_id=desk.general), by) == []


def test_only_members_and_people_bring_others_in(desk: Desk) -> None:
    owner, stranger, guest = desk.join("owner"), desk.join("stranger"), desk.join("guest")
    ada = desk.join("ada", "human")
    channel = desk.do(c.CreateChannel(name="room"), owner)
    invite = c.JoinChannel(channel_id=channel.id, agent_id=guest.agent_id)
    with refused("not_a_member"):
        desk.do(invite, stranger)
    assert desk.do(invite, owner).agent_id == guest.agent_id
    assert desk.do(c.JoinChannel(channel_id=channel.id, agent_id=stranger.agent_id), ada).joined_seq == 0
    with refused("agent_not_found"):
        desk.do(c.JoinChannel(channel_id=channel.id, agent_id="999"), owner)


def test_who_joins_late_begins_at_the_newest_message(desk: Desk) -> None:
    by, late = desk.join("builder"), desk.join("late")
    channel = desk.do(c.CreateChannel(name="room"), by)
    for n in range(3):
        desk.do(c.SendMessage(to="#room", text=str(n)), by)
    member = desk.do(c.JoinChannel(channel_id=channel.id), late)
    assert (member.joined_seq, member.read_seq, member.dispatched_seq) == (3, 3, 3)


def test_leaving_what_one_is_not_in_is_refused(desk: Desk) -> None:
    by, other = desk.join("builder"), desk.join("other")
    channel = desk.do(c.CreateChannel(name="room"), by)
    with refused("not_a_member"):
        desk.do(c.LeaveChannel(channel_id=channel.id), other)


def test_a_group_is_its_caller_and_two_others_at_least(desk: Desk) -> None:
    one, two, three = desk.join("one"), desk.join("two"), desk.join("three")
    group = desk.do(c.OpenGroup(participants=["two", "THREE"]), one)
    assert (group.kind, group.name) == ("group", "one, two, three")
    assert set(desk.state.members(group.id)) == {one.agent_id, two.agent_id, three.agent_id}
    for participants in (["two", "two"], ["one", "two"]):
        with refused("invalid_request"):
            desk.do(c.OpenGroup(participants=participants), one)
    with refused("agent_not_found"):
        desk.do(c.OpenGroup(participants=["two", "nobody"]), one)


def test_reading_moves_the_cursor_forward_only(desk: Desk) -> None:
    by, reader = desk.join("builder"), desk.join("reader")
    ids = [desk.do(c.SendMessage(to="#general", text=str(n)), by).id for n in range(3)]
    read = [desk.do(c.MarkRead(channel_id=desk.general, message_id=ids[n]), reader).read_seq for n in (1, 0, 2, 1)]
    assert read == [2, 2, 3, 3]


def test_reading_what_is_not_there_or_elsewhere_is_refused(desk: Desk) -> None:
    by, reader = desk.join("builder"), desk.join("reader")
    room = desk.do(c.CreateChannel(name="room"), by)
    message = desk.do(c.SendMessage(to="#room", text="x"), by)
    with refused("message_not_found"):
        desk.do(c.MarkRead(channel_id=desk.general, message_id="999"), reader)
    with refused("message_not_found"):
        desk.do(c.MarkRead(channel_id=desk.general, message_id=message.id), reader)
    with refused("not_a_member"):
        desk.do(c.MarkRead(channel_id=room.id, message_id=message.id), reader)


def test_an_archived_channel_can_be_opened_again(desk: Desk) -> None:
    one = desk.join("one")
    room = desk.do(c.CreateChannel(name="room"), one)
    desk.do(c.ArchiveChannel(channel_id=room.id))
    assert desk.do(c.UnarchiveChannel(channel_id=room.id)).archived_at is None
    assert desk.events(c.UnarchiveChannel(channel_id=room.id)) == []
    assert desk.do(c.SendMessage(to="#room", text="back"), one).channel_seq == 1


def test_an_owner_names_another_and_the_last_one_stays(desk: Desk) -> None:
    one, two = desk.join("one"), desk.join("two")
    room = desk.do(c.CreateChannel(name="room"), one)
    desk.do(c.JoinChannel(channel_id=room.id), two)
    about = {"channel_id": room.id, "agent_id": two.agent_id}
    with refused("not_an_owner"):
        desk.do(c.SetRole(**about, role="owner"), two)
    with refused("last_owner"):
        desk.do(c.SetRole(channel_id=room.id, agent_id=one.agent_id, role="member"), one)
    assert desk.do(c.SetRole(**about, role="owner"), one).role == "owner"
    assert desk.events(c.SetRole(**about, role="owner"), one) == []
    assert desk.do(c.SetRole(channel_id=room.id, agent_id=one.agent_id, role="member"), two).role == "member"


def test_an_owner_takes_somebody_out_and_a_member_cannot(desk: Desk) -> None:
    one, two, three = desk.join("one"), desk.join("two"), desk.join("three")
    room = desk.do(c.CreateChannel(name="room"), one)
    for by in (two, three):
        desk.do(c.JoinChannel(channel_id=room.id), by)
    with refused("not_an_owner"):
        desk.do(c.LeaveChannel(channel_id=room.id, agent_id=three.agent_id), two)
    desk.do(c.LeaveChannel(channel_id=room.id, agent_id=three.agent_id), one)
    assert set(desk.state.members(room.id)) == {one.agent_id, two.agent_id}
    with refused("not_a_member"):
        desk.do(c.LeaveChannel(channel_id=room.id, agent_id=three.agent_id), one)


def test_a_group_grows_by_its_members_and_shrinks_by_its_owner(desk: Desk) -> None:
    one, two, three, four = (desk.join(name) for name in ("one", "two", "three", "four"))
    group = desk.do(c.OpenGroup(participants=["two", "three"]), one)
    with refused("not_a_member"):
        desk.do(c.JoinChannel(channel_id=group.id), four)
    assert desk.do(c.JoinChannel(channel_id=group.id, agent_id=four.agent_id), two).role == "member"
    desk.do(c.LeaveChannel(channel_id=group.id, agent_id=four.agent_id), one)
    desk.do(c.LeaveChannel(channel_id=group.id), three)
    assert set(desk.state.members(group.id)) == {one.agent_id, two.agent_id}
    talk = desk.do(c.SendMessage(to="@two", text="psst"), one).channel_id
    for command in (c.JoinChannel(channel_id=talk, agent_id=four.agent_id), c.LeaveChannel(channel_id=talk)):
        with refused("channel_not_found"):
            desk.do(command, one)


def test_a_group_has_an_end(desk: Desk) -> None:
    people = [desk.join(f"agent{n}") for n in range(52)]
    names = [f"agent{n}" for n in range(1, 50)]
    group = desk.do(c.OpenGroup(participants=names), people[0])
    with refused("group_full"):
        desk.do(c.JoinChannel(channel_id=group.id, agent_id=people[51].agent_id), people[0])
    with refused("group_full"):
        desk.do(c.OpenGroup(participants=[*names, "agent50"]), people[0])
