from __future__ import annotations

import pytest

from relay_tui.core import commands as c
from relay_tui.core.errors import Refused
from relay_tui.core.model import State

from ..conftest import Desk, refused
from .test_marks import say


def names(desk: Desk, ids: tuple[str, ...]) -> list[str]:
    return [desk.state.agents[i].name for i in ids]


def test_an_unknown_name_is_refused_only_where_that_was_asked_for(desk: Desk) -> None:
    one = desk.join("builder")
    assert say(desk, one, "hello @bilder").mentions == ()
    with pytest.raises(Refused) as caught:
        say(desk, one, "hello @bilder", strict_mentions=True)
    assert (caught.value.code, caught.value.hint) == ("unknown_mention", "Did you mean @builder?")
    message = say(desk, one, "hello")
    with refused("unknown_mention"):
        desk.do(c.Reply(message_id=message.id, text="@nobody", strict_mentions=True), one)
    with refused("unknown_mention"):
        desk.do(c.EditMessage(message_id=message.id, text="@nobody", strict_mentions=True), one)


def test_channel_names_every_member_that_has_not_muted_it(desk: Desk) -> None:
    ada, one, two = desk.join("ada", "human"), desk.join("one"), desk.join("two")
    desk.do(c.MuteChannel(channel_id=desk.general, muted=True), two)
    message = say(desk, one, "@channel look", strict_mentions=True)
    assert names(desk, message.mentions) == ["ada"]
    assert names(desk, say(desk, ada, "@channel look").mentions) == ["one"]


def test_here_names_people_and_agents_whose_program_runs(desk: Desk) -> None:
    desk.join("ada", "human")
    one, two, three = desk.join("one"), desk.join("two"), desk.join("three")
    desk.do(c.StartSession(agent_id=one.agent_id, harness="test"))
    desk.do(c.StartSession(agent_id=two.agent_id, harness="test"))
    desk.do(c.RecordState(agent_id=two.agent_id, generation=1, state=State.EXITED, evidence="pane"))
    assert names(desk, say(desk, three, "@here look").mentions) == ["ada", "one"]


def test_a_group_is_whoever_says_so_in_its_metadata_also_outside_the_channel(desk: Desk) -> None:
    one, two, three = desk.join("one"), desk.join("two"), desk.join("three")
    desk.do(c.UpdateAgent(agent_id=two.agent_id, metadata={"groups": ["Reviewers", 7]}))
    desk.do(c.UpdateAgent(agent_id=three.agent_id, metadata={"groups": "reviewers"}))
    desk.do(c.CreateChannel(name="room"), one)
    message = say(desk, one, "@reviewers look", "#room", strict_mentions=True)
    assert names(desk, message.mentions) == ["two"]
    assert desk.state.delivery(message.id, two.agent_id).open
    desk.do(c.UpdateAgent(agent_id=two.agent_id, metadata={"groups": None}))
    with refused("unknown_mention"):
        say(desk, one, "@reviewers look", "#room", strict_mentions=True)


def test_nobody_can_be_called_what_means_several(desk: Desk) -> None:
    for name in ("here", "Channel"):
        with refused("name_reserved"):
            desk.join(name)


def test_who_muted_a_channel_is_due_only_what_names_it(desk: Desk) -> None:
    one, two = desk.join("one"), desk.join("two")
    before = say(desk, one, "before")
    member = desk.do(c.MuteChannel(channel_id=desk.general, muted=True), two)
    assert (member.muted, member.read_seq) == (True, 0)
    quiet, loud = say(desk, one, "quiet"), say(desk, one, "@two loud")
    assert desk.events(c.MuteChannel(channel_id=desk.general, muted=True), two) == []
    desk.do(c.MuteChannel(channel_id=desk.general, muted=False), two)
    after = say(desk, one, "after")
    for message, due in ((before, True), (quiet, False), (loud, True), (after, True)):
        command = c.RaiseDelivery.model_validate(
            {"message_id": message.id, "agent_id": two.agent_id, "reached": 2, "evidence": "hook"}
        )
        if due:
            assert desk.do(command).word == "delivered"
        else:
            with refused("delivery_not_found"):
                desk.do(command)
    with refused("not_a_member"):
        desk.do(c.MuteChannel(channel_id=desk.do(c.CreateChannel(name="room"), one).id, muted=True), two)


def test_a_conversation_stays_among_those_who_are_in_it_whoever_is_named_there(desk: Desk) -> None:
    one = desk.join("one")
    outsider = [desk.join(name) for name in ("two", "three", "mallory")][-1]
    group = desk.do(c.OpenGroup(participants=["two", "three"]), one)
    said = say(desk, one, "@two keep this from @mallory", group.id)
    assert names(desk, said.mentions) == ["two"]
    replied = desk.do(c.Reply(message_id=said.id, text="@mallory again"), one)
    edited = desk.do(c.EditMessage(message_id=said.id, text="@mallory @two"), one)
    first = desk.do(c.SendMessage(to="@two", text="@mallory must not know"), one)
    later = desk.do(c.Reply(message_id=first.id, text="@mallory still not"), one)
    for message in (said, replied, edited, first, later):
        assert desk.state.delivery(message.id, outsider.agent_id) is None
        assert outsider.agent_id not in message.mentions
    with refused("not_a_member"):
        say(desk, one, "@mallory", group.id, strict_mentions=True)
