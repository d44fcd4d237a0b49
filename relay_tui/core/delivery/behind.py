"""What a message waits for that its own sender said to the same agent before: what one says is handed over in order."""

from __future__ import annotations

from collections.abc import Iterable

from relay_tui.core.delivery.standing import is_rung
from relay_tui.core.model import Delivery, Message, Reached
from relay_tui.core.views.queries import Queries

MOST = 1_000
"""Deliveries of one agent that are looked through."""
Behind = dict[tuple[str, str], Delivery]
"""By message and agent; only those that wait for another."""


async def behind(queries: Queries, found: Iterable[tuple[Message, Delivery]]) -> Behind:
    """The oldest of what the same sender said to the same agent before, and that agent has not got yet.

    What it was only told of is left out: that is the agent's to read, and nothing waits for it.
    """
    waiting: dict[str, list[Message]] = {}
    for message, delivery in found:
        if delivery.reached == Reached.QUEUED and delivery.open:
            waiting.setdefault(delivery.agent_id, []).append(message)
    out: Behind = {}
    for agent_id, messages in waiting.items():
        due = {d.message_id: d for d in await queries.pending(agent_id, MOST) if not is_rung(d)}
        first: dict[str, str] = {}
        for message_id, sender_id in (await queries.senders_of(list(due))).items():
            first[sender_id] = min(first.get(sender_id, message_id), message_id, key=int)
        for message in messages:
            before = first.get(message.sender_id)
            if before is not None and int(before) < int(message.id):
                out[message.id, agent_id] = due[before]
    return out
