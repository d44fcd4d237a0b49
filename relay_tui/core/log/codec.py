"""An event as JSON and back. Written by orjson from the dataclass, read through pydantic: the log is an outside too."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import orjson
from pydantic import TypeAdapter

from relay_tui.core.errors import Refused, WorkspaceError
from relay_tui.core.events import EVENT_TYPES, Entry, Event

Row = tuple[Any, ...]
COLUMNS = "seq, id, at, actor, source, causation, type, v, data"
INSERT = f"INSERT INTO log ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"


def encode(event: Event) -> str:
    """Raises `Refused` (invalid_request) for content that JSON cannot carry, so that it costs nobody else anything."""
    try:
        return orjson.dumps(event).decode()
    except TypeError as error:
        raise Refused("invalid_request", f"The content cannot be written as JSON: {error}.") from error


def to_row(entry: Entry, data: str) -> Row:
    """`data`: the entry's event, encoded."""
    event = entry.event
    return (entry.seq, entry.id, entry.at, entry.actor, entry.source, entry.causation, event.type, event.v, data)


def from_row(row: Sequence[Any]) -> Entry:
    """Raises `WorkspaceError` (workspace_newer) for an event this program does not know."""
    seq, event_id, at, actor, source, causation, kind, version, data = row
    known = EVENT_TYPES.get(kind)
    if known is None or version > known.v:
        raise WorkspaceError(
            "workspace_newer",
            f"Entry {seq} of the log is a {kind} of version {version}, which this relay-tui does not know.",
            "Install the relay-tui that wrote it.",
        )
    return Entry(seq, event_id, at, str(actor), source, causation, _adapter(known).validate_json(data))


@cache
def _adapter(kind: type[Event]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
