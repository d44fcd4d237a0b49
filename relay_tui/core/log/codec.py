"""An event as JSON and back. Written by orjson from the dataclass, read by msgspec, which looks at every type in a
third of the time of pydantic: the log is an outside too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial
from typing import Any

import msgspec
import orjson

from relay_tui.core.errors import Refused, WorkspaceError
from relay_tui.core.events import EVENT_TYPES, Entry, Event
from relay_tui.core.log import chain

Row = tuple[Any, ...]
COLUMNS = "seq, id, at, actor, source, causation, type, v, data"
"""What an entry is read from."""
STORED = f"{COLUMNS}, hash, withheld"
"""What is kept of it."""
INSERT = f"INSERT INTO log ({COLUMNS}, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
DATA, HASH = 8, 9
"""Where data and hash stand in a stored row."""

Upcast = Callable[[dict[str, Any]], dict[str, Any]]
UPCASTS: dict[tuple[str, int], Upcast] = {}
"""By type and version: the data of an event of that version as the next version has it."""


def encode(event: Event) -> bytes:
    """As UTF-8. Raises `Refused` (invalid_request) for what JSON cannot carry, so that it costs only its sender."""
    try:
        return orjson.dumps(event)
    except TypeError as error:
        raise Refused("invalid_request", f"The content cannot be written as JSON: {error}.") from error


def to_rows(entries: Iterable[Entry], encoded: Iterable[bytes], head: bytes = chain.GENESIS) -> list[Row]:
    """As `INSERT` takes them. `encoded`: the event of each; `head`: the hash of the entry before the first."""
    rows: list[Row] = []
    for entry, data in zip(entries, encoded, strict=True):
        event = entry.event
        source = str(entry.source)
        envelope = (entry.seq, entry.id, entry.at, entry.actor, source, entry.causation, event.type, event.v)
        head = chain.link(head, envelope, chain.digest(data))
        rows.append((*envelope, data.decode(), bytearray(head)))  # a bytearray is bound as it is, bytes are not
    return rows


def from_row(row: Sequence[Any]) -> Entry:
    """Raises `WorkspaceError`: workspace_newer for an event this program does not know, workspace_damaged for one that
    is not what was written."""
    seq, event_id, at, actor, source, causation, kind, version, data = row
    read = _reader(kind, version)
    if read is None:
        raise WorkspaceError(
            "workspace_newer",
            f"Entry {seq} of the log is a {kind} of version {version}, which this relay-tui does not know.",
            "Install the relay-tui that wrote it.",
        )
    try:
        event = read(data)
    except msgspec.MsgspecError as error:
        raise WorkspaceError("workspace_damaged", f"Entry {seq} of the log cannot be read: {error}.") from error
    return Entry(seq, event_id, at, str(actor), source, causation, event)


@cache
def _reader(kind: str, version: int) -> Callable[[str], Event] | None:
    """What reads the data of such an event; None: nobody here knows it."""
    known = EVENT_TYPES.get(kind)
    if known is None or version > known.v:
        return None
    return msgspec.json.Decoder(known).decode if version == known.v else partial(_upcast, known, version)


def _upcast(known: type[Event], version: int, data: str) -> Event:
    """An event of an older program, step by step to the version that this one knows."""
    content: dict[str, Any] = orjson.loads(data)
    for step in range(version, known.v):
        content = UPCASTS[known.type, step](content)
    return msgspec.convert(content, known)
