"""Folding what happens to the log itself."""

from __future__ import annotations

from dataclasses import replace

from relay_tui.core import events as e
from relay_tui.core.views.fold import fold
from relay_tui.core.views.state import State


@fold(e.EntriesWithheld)
def _entries_withheld(state: State, event: e.EntriesWithheld, entry: e.Entry) -> None:
    for message_id in event.messages:
        message = state.message(message_id)
        if message is not None:
            state.replace_message(replace(message, data=None, attachments=None))
    for message_id in event.blank:
        message = state.message(message_id)
        if message is not None:
            state.replace_message(replace(message, text="", blocks=None))
