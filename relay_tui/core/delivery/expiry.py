"""Until when a message is worth handing over: its own word (`deliver_by` in its data), else the workspace's rule."""

from __future__ import annotations

from relay_tui.core.model import Message

DELIVER_BY = "deliver_by"
"""Key in a message's data: milliseconds, UTC, after which it is not handed over any more."""


def expires_at(message: Message, expire_after: int | None) -> int | None:
    """Milliseconds, UTC; None: never. `expire_after` is the rule for messages that say nothing, in milliseconds."""
    said = message.data.get(DELIVER_BY) if message.data else None
    if isinstance(said, int) and not isinstance(said, bool):
        return said
    return None if expire_after is None else message.created_at + expire_after
