"""Withholding what was said, with an entry in the log that names what is gone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson

from relay_tui.core import commands as c
from relay_tui.core import events as e
from relay_tui.core.decide.context import Asked, Decision, Ref, is_person
from relay_tui.core.errors import Refused
from relay_tui.core.log import chain, skeleton
from relay_tui.core.model import FINISHED
from relay_tui.core.views.state import State


@dataclass(slots=True)
class _Gone:
    seqs: list[int] = field(default_factory=list[int])
    left: list[bytes] = field(default_factory=list[bytes])
    messages: list[str] = field(default_factory=list[str])
    blank: list[str] = field(default_factory=list[str])
    emptied: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    def empties(self, part: str, record_id: str) -> None:
        self.emptied.setdefault(part, []).append(record_id)


def withhold(state: State, asked: Asked) -> Decision:
    command: c.WithholdEntries = asked.command
    if not is_person(asked.actor):
        raise Refused("forbidden", "An agent cannot take anything out of the log.", "Ask the operator.")
    gone = _Gone()
    for seq, kind, data in state.sayings(sorted(set(command.seqs)), skeleton.WITHHOLDABLE):
        said: dict[str, Any] = orjson.loads(data)
        if _let_go(state, gone, seq, kind, said):
            gone.seqs.append(seq)
            gone.left.append(chain.digest(skeleton.skeleton(kind, data)))
    answer = Ref("workspace", ())
    if not gone.seqs:
        return Decision([], answer)
    left = skeleton.bound(gone.left)
    event = e.EntriesWithheld(gone.seqs, left, gone.messages, gone.blank, command.reason, gone.emptied)
    return Decision([event], answer)


def _let_go(state: State, gone: _Gone, seq: int, kind: str, said: dict[str, Any]) -> bool:
    """Note what the entry leaves empty. False: it is needed still, because what it began has not ended."""
    match kind:
        case "message.created" | "message.edited":
            _message(state, gone, seq, kind, said["message_id"])
        case "schedule.created":
            scheduled = state.scheduled(said["scheduled_id"])
            if scheduled is None or scheduled.ended_at is None:
                return False
            gone.empties("scheduled", scheduled.id)
        case "action.invoked":
            invocation = state.invocation(said["invocation_id"])
            if invocation is None or invocation.status not in FINISHED:
                return False
            gone.empties("input", invocation.id)
        case "action.finished":
            gone.empties("output", said["invocation_id"])
        case "approval.requested":
            approval = state.approval(said["approval_id"])
            if approval is None or not approval.decision:
                return False
            gone.empties("request", approval.id)
        case "approval.decided":
            gone.empties("words", said["approval_id"])
            if said["decision"] != "approve":  # the words are the invocation's error, too
                gone.empties("output", said["invocation_id"])
        case _:
            pass  # the steps of a delivery are in the log alone
    return True


def _message(state: State, gone: _Gone, seq: int, kind: str, message_id: str) -> None:
    message = state.message(message_id)
    assert message is not None, "a message that the log has is in the views"
    if kind == "message.created":
        gone.messages.append(message.id)
    if message.edited_at is None or seq == state.newest_edit(message.id):
        gone.blank.append(message.id)
