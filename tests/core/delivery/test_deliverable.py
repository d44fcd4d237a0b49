"""What a recipient is told of a message, where only text goes and where more does."""

from __future__ import annotations

from typing import Any

from relay_tui.core.delivery.deliverable import deliverable
from relay_tui.core.model import Agent, Channel, Delivery, Message
from relay_tui.core.session import DeliverableMessage

AT = 1_795_183_440_000


def told(**more: Any) -> DeliverableMessage:
    message = Message("7", 1, "9", 1, "1", "the build", AT, **more)
    channel = Channel("9", "channel", "general", created_by="1", created_at=AT)
    ann, bob = (Agent(id, name, "agent", AT) for id, name in (("1", "ann"), ("2", "bob")))
    return deliverable(message, Delivery("7", "2", "9", queued_at=AT), ann, channel, bob)


def test_a_reply_that_is_wanted_is_said_with_its_time() -> None:
    assert told().text == "the build"
    assert "expects_reply" not in told().wire_data
    assert told(expects_reply=True).text == "the build\n[a reply is wanted]"
    message = told(expects_reply=True, reply_by=AT + 600_000)
    assert message.text == "the build\n[a reply is wanted by 2026-11-20T14:14:00.000Z]"
    assert (message.wire_data["expects_reply"], message.wire_data["reply_by"]) == (True, "2026-11-20T14:14:00.000Z")


def test_what_blocks_say_and_what_is_attached_is_not_dropped_where_only_text_goes() -> None:
    blocks = [
        {"type": "header", "text": "the build"},
        {"type": "text", "text": "is done"},
        {"type": "divider"},
        {"type": "fields", "fields": [{"label": "passed", "value": "309"}]},
        {"type": "actions", "buttons": [{"text": "Ship", "action_id": "ship"}, {"text": "Wait", "action_id": "wait"}]},
        {"type": "chart", "values": [1, 2]},
    ]
    message = told(blocks=blocks, attachments=[{"kind": "path", "path": "src/a.py", "line": 3}])
    assert message.text == "the build\nis done\npassed: 309\n[Ship]  [Wait]\n[attached] src/a.py:3"
    assert message.wire_data["text"] == "the build"
    assert message.wire_data["blocks"] == blocks
