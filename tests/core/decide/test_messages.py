from __future__ import annotations

from typing import Any

import pytest

from relay_tui.core import commands as c
from relay_tui.core import events as e
from relay_tui.core.model import Caller, Evidence, Message, Reached

from ..conftest import Desk, refused


def say(desk: Desk, by: Caller, text: str, to: str = "#general") -> Message:
    return desk.do(c.SendMessage(to=to, text=text), by)


def reached(desk: Desk, message: Message, by: Caller) -> Reached | None:
    delivery = desk.state.delivery(message.id, by.agent_id)
    return delivery and delivery.reached


def hand(desk: Desk, message: Message, by: Caller) -> None:
    """The agent is shown the message."""
    session = desk.state.sessions.get(by.agent_id) or desk.do(c.StartSession(agent_id=by.agent_id, harness="test"))
    about: dict[str, Any] = {"message_id": message.id, "agent_id": by.agent_id}
    desk.do(c.DispatchDelivery(**about, route="typed", generation=session.generation, nonce="n"))
    desk.do(c.RaiseDelivery(**about, reached=Reached.DELIVERED, evidence=Evidence.TRANSCRIPT))


def test_messages_of_a_channel_are_numbered_without_a_gap(desk: Desk) -> None:
    by = desk.join("builder")
    assert [say(desk, by, str(n)).channel_seq for n in range(4)] == [1, 2, 3, 4]


def test_a_channel_is_named_in_any_case_or_by_id(desk: Desk) -> None:
    by = desk.join("builder")
    for to in ("#general", "#GENERAL", desk.general):
        assert say(desk, by, "hello", to).channel_id == desk.general


def test_who_is_not_a_member_says_nothing_there(desk: Desk) -> None:
    by, stranger = desk.join("builder"), desk.join("stranger")
    room = desk.do(c.CreateChannel(name="room"), by)
    message = say(desk, by, "hello", "#room")
    for command in (
        c.SendMessage(to="#room", text="hello"),
        c.SendMessage(to=room.id, text="hello"),
        c.Reply(message_id=message.id, text="hello"),
    ):
        with refused("not_a_member"):
            desk.do(command, stranger)


def test_a_name_that_nobody_has_comes_with_the_nearest(desk: Desk) -> None:
    by = desk.join("builder")
    with pytest.raises(Exception, match="Did you mean @builder"):
        say(desk, by, "hello", "@bilder")
    with pytest.raises(Exception, match="Did you mean #general"):
        say(desk, by, "hello", "#genral")


def test_a_message_to_oneself_is_refused(desk: Desk) -> None:
    by = desk.join("builder")
    with refused("invalid_request"):
        say(desk, by, "hello", "@Builder")


def test_two_agents_have_one_conversation_from_both_sides(desk: Desk) -> None:
    one, two = desk.join("one"), desk.join("two")
    events = desk.events(c.SendMessage(to="@two", text="hello"), one)
    assert [event.type for event in events] == ["channel.created", "member.joined", "member.joined", "message.created"]
    back = say(desk, two, "hello back", "@one")
    assert back.channel_seq == 2
    assert desk.state.channels[back.channel_id].name == f"{one.agent_id}:{two.agent_id}"


def test_nobody_else_gets_into_a_conversation(desk: Desk) -> None:
    one, _, three = desk.join("one"), desk.join("two"), desk.join("three")
    conversation = say(desk, one, "hello", "@two").channel_id
    with refused("not_a_member"):
        say(desk, three, "hello", conversation)


def test_a_message_to_a_conversation_whose_other_side_is_gone_is_refused(desk: Desk) -> None:
    one, two = desk.join("one"), desk.join("two")
    conversation = say(desk, one, "hello", "@two").channel_id
    desk.do(c.RemoveAgent(agent_id=two.agent_id))
    with refused("agent_not_found"):
        say(desk, one, "are you there?", conversation)


def test_mentions_are_kept_once_each_and_never_of_oneself(desk: Desk) -> None:
    by, two = desk.join("builder"), desk.join("two")
    message = say(desk, by, "@two and @TWO and @builder and @nobody and two@example.org and `@two`")
    assert message.mentions == (two.agent_id,)


def test_a_mentioned_agent_outside_the_channel_is_a_recipient_and_a_person_is_not(desk: Desk) -> None:
    by, two, ada = desk.join("builder"), desk.join("two"), desk.join("ada", "human")
    desk.do(c.CreateChannel(name="room"), by)
    (event,) = desk.events(c.SendMessage(to="#room", text="@two @ada look"), by)
    assert isinstance(event, e.MessageCreated)
    assert event.mentions == [two.agent_id, ada.agent_id]
    assert event.explicit == [two.agent_id]


def test_members_have_no_row_until_something_happens(desk: Desk) -> None:
    by, two = desk.join("builder"), desk.join("two")
    say(desk, by, "@two hello")
    assert desk.rows("SELECT count(*) FROM deliveries") == [(0,)]
    assert desk.state.members(desk.general)[two.agent_id].dispatched_seq == 0


def test_text_that_no_disk_can_carry_is_refused(desk: Desk) -> None:
    by = desk.join("builder")
    with refused("invalid_text"):
        say(desk, by, "nul \0 here")


@pytest.mark.parametrize("text", ["[/b] \x1b]52;c;cHduZWQ=\x07 \x1b[201~\r", "\u202e\u200d\ufeff", " ", "\n"])
def test_hostile_text_is_stored_exactly_as_it_was_sent(desk: Desk, text: str) -> None:
    by = desk.join("builder")
    message = say(desk, by, text)
    assert desk.rows("SELECT text FROM messages WHERE id = ?", message.id) == [(text,)]


def test_a_reply_to_a_reply_is_in_the_same_thread(desk: Desk) -> None:
    one, two = desk.join("one"), desk.join("two")
    root = say(desk, one, "root")
    first = desk.do(c.Reply(message_id=root.id, text="a"), two)
    second = desk.do(c.Reply(message_id=first.id, text="b"), one)
    assert (first.thread_id, second.thread_id) == (root.id, root.id)
    assert (first.channel_seq, second.channel_seq) == (0, 0)
    thread = desk.state.thread(root.id)
    assert (thread.reply_count, thread.last_reply_by, thread.participants) == (
        2,
        one.agent_id,
        [one.agent_id, two.agent_id],
    )


def test_a_reply_goes_to_the_threads_participants_only(desk: Desk) -> None:
    one, two, _, named = desk.join("one"), desk.join("two"), desk.join("bystander"), desk.join("named")
    ada = desk.join("ada", "human")
    root = say(desk, ada, "@one look")
    first = desk.events(c.Reply(message_id=root.id, text="here"), two)[0]
    second = desk.events(c.Reply(message_id=root.id, text="@named too"), one)[0]
    assert isinstance(first, e.MessageCreated)
    assert isinstance(second, e.MessageCreated)
    assert first.explicit == [one.agent_id]
    assert second.explicit == [two.agent_id, named.agent_id]


def test_in_a_direct_conversation_a_thread_goes_to_both_sides(desk: Desk) -> None:
    ada, one = desk.join("ada", "human"), desk.join("one")
    root = say(desk, one, "a question", "@ada")
    (event,) = desk.events(c.Reply(message_id=root.id, text="an answer"), ada)
    assert isinstance(event, e.MessageCreated)
    assert event.explicit == [one.agent_id]


def test_somebody_who_was_mentioned_in_a_thread_may_reply_without_being_a_member(desk: Desk) -> None:
    by, guest = desk.join("builder"), desk.join("guest")
    desk.do(c.CreateChannel(name="room"), by)
    root = say(desk, by, "@guest what do you think?", "#room")
    assert desk.do(c.Reply(message_id=root.id, text="fine"), guest).thread_id == root.id


def test_nothing_is_sent_to_a_participant_that_was_removed(desk: Desk) -> None:
    one, two = desk.join("one"), desk.join("two")
    root = say(desk, one, "@two look")
    desk.do(c.RemoveAgent(agent_id=two.agent_id))
    ada = desk.join("ada", "human")
    (event,) = desk.events(c.Reply(message_id=root.id, text="anyone?"), ada)
    assert isinstance(event, e.MessageCreated)
    assert event.explicit == [one.agent_id]


def test_replying_to_nothing_is_refused(desk: Desk) -> None:
    by = desk.join("builder")
    with refused("message_not_found"):
        desk.do(c.Reply(message_id="999", text="x"), by)


def test_an_agents_reply_answers_what_it_was_handed_in_the_thread(desk: Desk) -> None:
    ada, one = desk.join("ada", "human"), desk.join("one")
    root = say(desk, ada, "@one how far?")
    hand(desk, root, one)
    more = desk.do(c.Reply(message_id=root.id, text="and the tests?"), ada)
    hand(desk, more, one)
    desk.do(c.Reply(message_id=root.id, text="both done"), one)
    assert (reached(desk, root, one), reached(desk, more, one)) == (Reached.ANSWERED, Reached.ANSWERED)


def test_a_reply_does_not_answer_what_its_sender_was_never_shown(desk: Desk) -> None:
    ada, one = desk.join("ada", "human"), desk.join("one")
    root = say(desk, ada, "@one how far?")
    hand(desk, root, one)
    more = desk.do(c.Reply(message_id=root.id, text="and the tests?"), ada)
    desk.do(c.Reply(message_id=root.id, text="done"), one)
    assert (reached(desk, root, one), reached(desk, more, one)) == (Reached.ANSWERED, Reached.QUEUED)


def test_a_persons_reply_answers_no_delivery(desk: Desk) -> None:
    ada, one = desk.join("ada", "human"), desk.join("one")
    root = say(desk, one, "a question")
    events = desk.events(c.Reply(message_id=root.id, text="an answer"), ada)
    assert [event.type for event in events] == ["message.created"]


def test_a_direct_message_answers_the_oldest_that_was_delivered(desk: Desk) -> None:
    ada, one = desk.join("ada", "human"), desk.join("one")
    first, second = say(desk, ada, "first?", "@one"), say(desk, ada, "second?", "@one")
    hand(desk, first, one)
    hand(desk, second, one)
    say(desk, one, "first!", "@ada")
    assert (reached(desk, first, one), reached(desk, second, one)) == (Reached.ANSWERED, Reached.DELIVERED)
    say(desk, one, "second!", "@ada")
    assert reached(desk, second, one) == Reached.ANSWERED


def test_a_message_in_a_channel_answers_nothing(desk: Desk) -> None:
    ada, one = desk.join("ada", "human"), desk.join("one")
    asked = say(desk, ada, "@one how far?")
    hand(desk, asked, one)
    say(desk, one, "hello everyone")
    assert reached(desk, asked, one) == Reached.DELIVERED


def test_what_one_said_oneself_is_read_when_everything_before_it_is(desk: Desk) -> None:
    one, two = desk.join("one"), desk.join("two")
    say(desk, one, "1")
    assert desk.state.members(desk.general)[one.agent_id].read_seq == 1
    say(desk, two, "2")
    assert desk.state.members(desk.general)[two.agent_id].read_seq == 0
