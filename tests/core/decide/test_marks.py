from __future__ import annotations

import pytest

from relay_tui.core import commands as c
from relay_tui.core.model import Caller, Evidence, Message, Reached

from ..conftest import Desk, refused


def say(desk: Desk, by: Caller, text: str, to: str = "#general", **more: object) -> Message:
    return desk.do(c.SendMessage.model_validate({"to": to, "text": text, **more}), by)


def test_an_agents_reaction_acknowledges_the_message_and_a_persons_does_not(desk: Desk) -> None:
    ada, one = desk.join("ada", "human"), desk.join("one")
    message = say(desk, ada, "hello")
    reaction = desk.do(c.AddReaction(message_id=message.id, emoji="👍"), one)
    assert (reaction.emoji, reaction.to_id, reaction.removed_at) == ("👍", ada.agent_id, None)
    delivery = desk.state.delivery(message.id, one.agent_id)
    assert (delivery.reached, delivery.evidence) == (Reached.ACKNOWLEDGED, Evidence.REACTION)
    desk.do(c.AddReaction(message_id=message.id, emoji="👍"), ada)
    assert desk.state.delivery(message.id, ada.agent_id) is None


def test_a_reaction_twice_is_one_and_comes_back_after_it_was_removed(desk: Desk) -> None:
    one = desk.join("one")
    message = say(desk, one, "hello")
    add, remove = (kind(message_id=message.id, emoji="eyes") for kind in (c.AddReaction, c.RemoveReaction))
    assert [event.type for event in desk.events(add, one)] == ["reaction.added"]
    assert desk.events(add, one) == []
    assert [event.type for event in desk.events(remove, one)] == ["reaction.removed"]
    assert desk.events(remove, one) == []
    assert [event.type for event in desk.events(add, one)] == ["reaction.added"]


@pytest.mark.parametrize("emoji", ["👍", "👩‍👩‍👧", "❤️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "thumbsup", ":+1:"])
def test_a_reaction_is_an_emoji_or_its_name(desk: Desk, emoji: str) -> None:
    one = desk.join("one")
    assert desk.do(c.AddReaction(message_id=say(desk, one, "hello").id, emoji=emoji), one).emoji == emoji


@pytest.mark.parametrize("emoji", [" ", "a b", "\x1b[2J", "\u202e", "\u200d", "a\nb", "\ud800"])
def test_what_cannot_be_seen_is_no_reaction(desk: Desk, emoji: str) -> None:
    one = desk.join("one")
    message = say(desk, one, "hello")
    with refused("invalid_emoji"):
        desk.do(c.AddReaction.model_construct(message_id=message.id, emoji=emoji, client_id=None), one)


def test_marks_are_refused_where_they_make_no_sense(desk: Desk) -> None:
    one, two = desk.join("one"), desk.join("two")
    room = desk.do(c.CreateChannel(name="room"), one)
    message = say(desk, one, "hello", "#room")
    for kind in (c.PinMessage, c.UnpinMessage):
        with refused("not_a_member"):
            desk.do(kind(message_id=message.id), two)
        with refused("message_not_found"):
            desk.do(kind(message_id="999"), one)
    with refused("not_a_member"):
        desk.do(c.AddReaction(message_id=message.id, emoji="x"), two)
    with refused("reaction_not_found"):
        desk.do(c.RemoveReaction(message_id=message.id, emoji="x"), one)
    with refused("pin_not_found"):
        desk.do(c.UnpinMessage(message_id=message.id), one)
    desk.do(c.ArchiveChannel(channel_id=room.id))
    with refused("channel_archived"):
        desk.do(c.PinMessage(message_id=message.id), one)


def test_a_pin_stays_until_it_is_taken_off(desk: Desk) -> None:
    one = desk.join("one")
    message = say(desk, one, "hello")
    assert desk.do(c.PinMessage(message_id=message.id), one).pinned_by == one.agent_id
    assert desk.events(c.PinMessage(message_id=message.id), one) == []
    assert desk.do(c.UnpinMessage(message_id=message.id), one).unpinned_at is not None
    assert desk.events(c.UnpinMessage(message_id=message.id), one) == []


def test_a_mark_with_an_idempotency_key_is_made_once(desk: Desk) -> None:
    one = desk.join("one")
    message = say(desk, one, "hello")
    command = c.AddReaction(message_id=message.id, emoji="x", client_id="k")
    first = desk.do(command, one)
    seq = desk.writer.last_seq
    assert desk.do(command, one) == first
    assert desk.writer.last_seq == seq


def test_an_expected_reply_waits_for_everyone_that_is_named(desk: Desk) -> None:
    ada, one, two = desk.join("ada", "human"), desk.join("one"), desk.join("two")
    message = say(desk, ada, "@one @two well?", expects_reply=True)
    assert desk.state.expectation(message.id).waiting_on == [one.agent_id, two.agent_id]
    desk.do(c.Reply(message_id=message.id, text="yes"), one)
    assert desk.state.expectation(message.id).waiting_on == [two.agent_id]
    desk.do(c.Reply(message_id=message.id, text="no"), two)
    expectation = desk.state.expectation(message.id)
    assert (expectation.waiting_on, expectation.closed_by) == ([], two.agent_id)


def test_a_question_to_a_channel_is_answered_by_whoever_is_first(desk: Desk) -> None:
    ada, one = desk.join("ada", "human"), desk.join("one")
    message = say(desk, ada, "anybody?", reply_by=desk.clock.now + 1)
    desk.do(c.Reply(message_id=message.id, text="never mind"), ada)
    assert desk.state.expectation(message.id).closed_at is None
    desk.do(c.Reply(message_id=message.id, text="me"), one)
    assert desk.state.expectation(message.id).closed_by == one.agent_id


def test_a_direct_message_answers_the_question_before_any_other_message(desk: Desk) -> None:
    ada, one = desk.join("ada", "human"), desk.join("one")
    desk.do(c.StartSession(agent_id=one.agent_id, harness="test"))
    plain, question = say(desk, ada, "fyi", "@one"), say(desk, ada, "well?", "@one", expects_reply=True)
    for message in (plain, question):
        about = {"message_id": message.id, "agent_id": one.agent_id}
        raised = {**about, "reached": Reached.DELIVERED, "evidence": Evidence.TRANSCRIPT}
        desk.do(c.RaiseDelivery.model_validate(raised))
    say(desk, one, "yes", "@ada")
    assert desk.state.delivery(question.id, one.agent_id).reached == Reached.ANSWERED
    assert desk.state.delivery(plain.id, one.agent_id).reached == Reached.DELIVERED
    assert desk.state.expectation(question.id).closed_by == one.agent_id


def test_a_direct_message_sent_before_the_question_was_shown_is_not_its_answer(desk: Desk) -> None:
    ada, one = desk.join("ada", "human"), desk.join("one")
    question = say(desk, ada, "well?", "@one", expects_reply=True)
    say(desk, one, "by the way", "@ada")
    assert desk.state.expectation(question.id).closed_at is None


def test_a_deadline_that_is_over_is_refused(desk: Desk) -> None:
    one = desk.join("one")
    with refused("invalid_deadline"):
        say(desk, one, "well?", reply_by=desk.clock.now)


def test_only_who_asked_or_a_person_stops_waiting(desk: Desk) -> None:
    ada, one, two = desk.join("ada", "human"), desk.join("one"), desk.join("two")
    message = say(desk, one, "well?", expects_reply=True)
    with refused("forbidden"):
        desk.do(c.WaiveReply(message_id=message.id), two)
    with refused("expectation_not_found"):
        desk.do(c.WaiveReply(message_id=say(desk, one, "fyi").id), one)
    assert desk.do(c.WaiveReply(message_id=message.id), ada).closed_by == ada.agent_id
    assert desk.events(c.WaiveReply(message_id=message.id), one) == []


def test_a_thread_is_unread_by_who_takes_part_and_read_up_to_a_reply(desk: Desk) -> None:
    one, two, three = desk.join("one"), desk.join("two"), desk.join("three")
    root = say(desk, one, "@two look")
    replies = [desk.do(c.Reply(message_id=root.id, text=str(n)), two) for n in range(3)]

    def read(by: Caller) -> int | None:
        found = desk.state.thread_read(root.id, by.agent_id)
        return found and found.read_replies

    assert (read(one), read(two), read(three)) == (0, 3, None)
    assert desk.do(c.MarkThreadRead(message_id=replies[1].id), one).read_replies == 2
    assert desk.state.delivery(replies[1].id, one.agent_id).reached == Reached.ACKNOWLEDGED
    assert desk.events(c.MarkThreadRead(message_id=replies[1].id), one) == []
    desk.do(c.Reply(message_id=root.id, text="@three you?"), two)
    assert (read(one), read(two), read(three)) == (2, 4, 3)
    assert desk.do(c.MarkThreadRead(message_id=root.id), one).read_replies == 4
    with refused("thread_not_found"):
        desk.do(c.MarkThreadRead(message_id=say(desk, one, "alone").id), one)
