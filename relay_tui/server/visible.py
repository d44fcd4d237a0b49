"""What of the log a caller may be told: the holder of the workspace key all of it, an agent what it may read anyway."""

from __future__ import annotations

from typing import Any

import orjson

from relay_tui.core.events import Entry
from relay_tui.core.model import Json
from relay_tui.core.predicates.happening import Happening, ToolCall
from relay_tui.server import wire
from relay_tui.server.auth import Principal
from relay_tui.server.service import Service

_IN_PLACES = ("message.", "channel.", "member.", "delivery.")
_OPEN = frozenset({"session.state", "agent.removed"})
_SECRET = frozenset({"key_hash", "token_hash"})


async def visible(service: Service, principal: Principal, entry: Entry) -> bool:
    if principal.kind == "workspace" or entry.event.type in _OPEN:
        return True
    place: str | None = getattr(entry.event, "channel_id", None)
    return place is not None and entry.event.type.startswith(_IN_PLACES) and await service.may_read(place, principal)


def shape(happening: Happening) -> Json:
    """An entry, or a tool call (`seq` null), as it goes over the wire."""
    if isinstance(happening, ToolCall):
        data: Json = {"tool": happening.tool, "kind": happening.kind, "text": happening.text}
        return {"seq": None, "type": "tool.called", "at": wire.iso_or_none(happening.at)} | {
            "data": {"agent_id": happening.agent_id, **data}
        }
    event: Any = orjson.loads(orjson.dumps(happening.event))
    return {
        "seq": happening.seq,
        "id": happening.id,
        "type": happening.event.type,
        "at": wire.iso_or_none(happening.at),
        "actor": happening.actor,
        "source": happening.source,
        "causation": happening.causation,
        "data": {name: value for name, value in event.items() if name not in _SECRET},
    }
