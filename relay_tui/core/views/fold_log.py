"""Folding what happens to the log itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from relay_tui.core import events as e
from relay_tui.core.views import rows
from relay_tui.core.views.fold import fold
from relay_tui.core.views.state import State


@fold(e.EntriesWithheld)
def _entries_withheld(state: State, event: e.EntriesWithheld, entry: e.Entry) -> None:
    state.withheld.update(event.seqs)
    for message_id in event.messages:
        message = state.message(message_id)
        if message is not None:
            state.replace_message(replace(message, data=None, attachments=None))
    for message_id in event.blank:
        message = state.message(message_id)
        if message is not None:
            state.replace_message(replace(message, text="", blocks=None))
    for part, ids in event.emptied.items():
        for record_id in ids:
            _EMPTY[part](state, record_id)


def _scheduled(state: State, scheduled_id: str) -> None:
    scheduled = state.scheduled(scheduled_id)
    if scheduled is not None:
        state.put(rows.SCHEDULED, scheduled_id, replace(scheduled, content={"text": ""}))


def _invocation(state: State, invocation_id: str, changes: dict[str, Any]) -> None:
    invocation = state.invocation(invocation_id)
    if invocation is not None:
        state.put_invocation(replace(invocation, **changes))


def _approval(state: State, approval_id: str, changes: dict[str, Any]) -> None:
    approval = state.approval(approval_id)
    if approval is not None:
        state.put_approval(replace(approval, **changes))


_EMPTY: dict[str, Callable[[State, str], None]] = {
    "scheduled": _scheduled,
    "input": lambda state, id: _invocation(state, id, {"input": {}}),
    "output": lambda state, id: _invocation(state, id, {"output": None, "error": ""}),
    "request": lambda state, id: _approval(state, id, {"request": {}}),
    "words": lambda state, id: _approval(state, id, {"words": ""}),
}
