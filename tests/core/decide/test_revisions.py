from __future__ import annotations

from relay_tui.core import commands as c
from relay_tui.core.model import Disposition, Evidence, Reached

from ..conftest import Desk, refused
from .test_marks import say


def test_an_edit_replaces_the_text_and_keeps_who_was_named(desk: Desk) -> None:
    one, two, three = desk.join("one"), desk.join("two"), desk.join("three")
    first = say(desk, one, "hello @two")
    changed = desk.do(c.EditMessage(message_id=first.id, text="hello @three"), one)
    assert (first.text, changed.text) == ("hello @two", "hello @three")
    assert changed.mentions == (two.agent_id, three.agent_id)
    assert changed.edited_at is not None
    assert desk.events(c.EditMessage(message_id=first.id, text="hello @three"), one) == []


def test_an_edit_that_names_an_outsider_makes_it_due_to_them(desk: Desk) -> None:
    one, two = desk.join("one"), desk.join("two")
    desk.do(c.CreateChannel(name="room"), one)
    message = say(desk, one, "hello", "#room")
    desk.do(c.EditMessage(message_id=message.id, text="hello @two"), one)
    assert desk.state.delivery(message.id, two.agent_id).open


def test_nobody_puts_words_into_another_s_mouth_and_people_may_delete(desk: Desk) -> None:
    ada, one, two = desk.join("ada", "human"), desk.join("one"), desk.join("two")
    message = say(desk, one, "hello")
    for command in (c.EditMessage(message_id=message.id, text="x"), c.DeleteMessage(message_id=message.id)):
        with refused("forbidden"):
            desk.do(command, two)
    with refused("forbidden"):
        desk.do(c.EditMessage(message_id=message.id, text="better"), ada)
    assert desk.do(c.EditMessage(message_id=message.id, text="better"), one).text == "better"
    with refused("message_not_found"):
        desk.do(c.DeleteMessage(message_id="999"), ada)
    with refused("invalid_text"):
        desk.do(c.EditMessage(message_id=message.id, text="a\0b"), one)
    assert desk.do(c.DeleteMessage(message_id=message.id), ada).deleted_at is not None


def test_what_is_deleted_has_no_content_and_is_due_to_nobody(desk: Desk) -> None:
    ada, one, two, three = desk.join("ada", "human"), desk.join("one"), desk.join("two"), desk.join("three")
    desk.do(c.LeaveChannel(channel_id=desk.general), three)
    message = say(desk, ada, "hello @three", blocks=[{"type": "divider"}])
    about = {"message_id": message.id, "agent_id": one.agent_id}
    desk.do(c.RaiseDelivery.model_validate({**about, "reached": Reached.DELIVERED, "evidence": Evidence.HOOK}))
    deleted = desk.do(c.DeleteMessage(message_id=message.id), ada)
    assert (deleted.text, deleted.blocks, deleted.deleted_at) == ("", None, desk.clock.now)
    words = [desk.state.delivery(message.id, a.agent_id).word for a in (one, two, three)]
    assert words == ["delivered", "cancelled", "cancelled"]
    assert desk.state.delivery(message.id, two.agent_id).reason == "deleted by ada"
    assert desk.state.delivery(message.id, two.agent_id).disposition == Disposition.CANCELLED
    assert desk.events(c.DeleteMessage(message_id=message.id), ada) == []
    for command in (
        c.EditMessage(message_id=message.id, text="x"),
        c.AddReaction(message_id=message.id, emoji="x"),
        c.PinMessage(message_id=message.id),
        c.Reply(message_id=message.id, text="x"),
    ):
        with refused("message_deleted"):
            desk.do(command, ada)


def test_a_message_with_replies_can_be_deleted_and_its_thread_goes_on(desk: Desk) -> None:
    one, two = desk.join("one"), desk.join("two")
    root = say(desk, one, "hello", expects_reply=True)
    desk.do(c.PinMessage(message_id=root.id), one)
    desk.do(c.Reply(message_id=root.id, text="hi"), one)
    desk.do(c.DeleteMessage(message_id=root.id), one)
    assert desk.do(c.Reply(message_id=root.id, text="gone?"), two).thread_id == root.id
    assert desk.state.pin(root.id).unpinned_at is not None
    assert desk.state.expectation(root.id).closed_at is not None


def test_the_order_of_a_queue_goes_on_behind_a_deleted_message(desk: Desk) -> None:
    ada, one = desk.join("ada", "human"), desk.join("one")
    said = [say(desk, ada, str(n)) for n in range(3)]
    desk.do(c.DeleteMessage(message_id=said[0].id), ada)
    assert desk.state.members(desk.general)[one.agent_id].dispatched_seq == 1
    due = "SELECT id FROM messages WHERE channel_seq > 1 ORDER BY id"
    assert desk.rows(due) == [(int(m.id),) for m in said[1:]]
