"""Withholding what was said, with an entry in the log that names what is gone."""

from __future__ import annotations

import orjson

from relay_tui.core import commands as c
from relay_tui.core import events as e
from relay_tui.core.decide.context import Asked, Decision, Ref, is_person
from relay_tui.core.errors import Refused
from relay_tui.core.log import chain, skeleton
from relay_tui.core.views.state import State


def withhold(state: State, asked: Asked) -> Decision:
    command: c.WithholdEntries = asked.command
    if not is_person(asked.actor):
        raise Refused("forbidden", "An agent cannot take anything out of the log.", "Ask the operator.")
    seqs: list[int] = []
    left: list[bytes] = []
    messages: list[str] = []
    blank: list[str] = []
    for seq, kind, data in state.sayings(sorted(set(command.seqs))):
        message = state.message(orjson.loads(data)["message_id"])
        assert message is not None, "a message that the log has is in the views"
        if kind == "message.created":
            messages.append(message.id)
        if message.edited_at is None or seq == state.newest_edit(message.id):
            blank.append(message.id)
        seqs.append(seq)
        left.append(chain.digest(skeleton.skeleton(kind, data)))
    answer = Ref("workspace", ())
    if not seqs:
        return Decision([], answer)
    return Decision([e.EntriesWithheld(seqs, skeleton.bound(left), messages, blank, command.reason)], answer)
