"""What a rule's texts can say of what set it off."""

from __future__ import annotations

from typing import Any

from relay_tui.core import events as e
from relay_tui.core.predicates.happening import Happening, ToolCall
from relay_tui.core.predicates.model import Predicate, Status, parts
from relay_tui.core.text import preview
from relay_tui.core.views.queries import Queries

MAX_SAID = 200
"""Cells of a message that a rule's own text quotes."""


async def about(happening: Happening | None, predicate: Predicate, queries: Queries) -> dict[str, str]:
    """What the blanks are filled with. `happening` None: what was so already; then its predicate says whom it is of."""
    if happening is None:
        agents = [part.agent for part in parts(predicate) if isinstance(part, Status)]
        states = [" or ".join(part.is_) for part in parts(predicate) if isinstance(part, Status)]
        return await _named(queries, agents[0] if agents else "", "") | {"state": states[0] if states else ""}
    if isinstance(happening, ToolCall):
        said = {"tool": preview(happening.tool, 60), "text": preview(happening.text, MAX_SAID)}
        return await _named(queries, happening.agent_id, "") | said
    event: Any = happening.event
    who = getattr(event, "agent_id", None) or getattr(event, "sender_id", None) or happening.actor
    found = await _named(queries, str(who), str(getattr(event, "channel_id", "")))
    for blank, name in (("state", "state"), ("action", "action"), ("status", "status"), ("message", "message_id")):
        if value := getattr(event, name, None):
            found[blank] = preview(str(value), 100)
    if isinstance(event, e.DeliveryRaised):
        found["state"] = event.reached.word
    if isinstance(event, e.MessageCreated | e.MessageEdited):
        found["text"] = preview(event.text, MAX_SAID)
    return found


async def _named(queries: Queries, agent_id: str, channel_id: str) -> dict[str, str]:
    agent = await queries.agent(agent_id) if agent_id else None
    channel = await queries.channel(channel_id) if channel_id else None
    found = {"agent": agent.name if agent else ""}
    if channel is not None and channel.kind == "channel":
        found["channel"] = f"#{channel.name}"
    return found
