"""What only a reader does acknowledges a message: its reaction, its read mark, its reply. A person's says nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from relay_tui.core import commands as c
from relay_tui.core.model import Caller, Evidence, Message, Reached

from ..conftest import Desk
from .test_marks import say

Deed = Callable[[Message], c.Command]
DEEDS: dict[str, tuple[Deed, Reached, Evidence]] = {
    "reaction": (lambda m: c.AddReaction(message_id=m.id, emoji="👍"), Reached.ACKNOWLEDGED, Evidence.REACTION),
    "read": (
        lambda m: c.MarkRead(channel_id=m.channel_id, message_id=m.id), Reached.ACKNOWLEDGED, Evidence.READ_MARK
    ),
    "reply": (lambda m: c.Reply(message_id=m.id, text="yes"), Reached.ANSWERED, Evidence.REPLY),
}  # fmt: skip


def handed(desk: Desk, message: Message, to: Caller) -> None:
    about = {"message_id": message.id, "agent_id": to.agent_id}
    desk.do(c.RaiseDelivery(**about, reached=Reached.ACCEPTED, evidence=Evidence.ADAPTER))


@pytest.mark.parametrize("deed", DEEDS)
def test_it_acknowledges_what_the_agent_was_handed(desk: Desk, deed: str) -> None:
    ada, one = desk.join("ada", "human"), desk.join("one")
    message = say(desk, ada, "hello")
    handed(desk, message, one)
    command, reached, evidence = DEEDS[deed]
    desk.do(command(message), one)
    delivery = desk.state.delivery(message.id, one.agent_id)
    assert (delivery.reached, delivery.evidence) == (reached, evidence)
    assert delivery.acknowledged_at is not None


@pytest.mark.parametrize("deed", DEEDS)
def test_it_says_nothing_of_what_others_were_handed(desk: Desk, deed: str) -> None:
    ada, one, two = desk.join("ada", "human"), desk.join("one"), desk.join("two")
    message = say(desk, ada, "hello")
    handed(desk, message, one)
    for other in (two, ada):
        desk.do(DEEDS[deed][0](message), other)
    assert desk.state.delivery(message.id, one.agent_id).reached == Reached.ACCEPTED


def test_a_mark_on_a_reply_acknowledges_it_and_what_was_handed_before(desk: Desk) -> None:
    ada, one = desk.join("ada", "human"), desk.join("one")
    root = say(desk, ada, "@one look")
    handed(desk, root, one)
    replies = [desk.do(c.Reply(message_id=root.id, text=str(n)), ada) for n in range(3)]
    for reply in replies[:2]:
        handed(desk, reply, one)
    desk.do(c.MarkThreadRead(message_id=replies[1].id), one)
    reached = [desk.state.delivery(m.id, one.agent_id).reached for m in replies]
    assert reached == [Reached.ACKNOWLEDGED, Reached.ACKNOWLEDGED, Reached.QUEUED]
