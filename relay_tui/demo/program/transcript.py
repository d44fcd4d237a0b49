"""What the agent did, as it happens: one JSON line per entry, in a file that only ever grows."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Protocol

VERSION = 1

Role = Literal["user", "assistant", "tool", "system"]
Kind = Literal["got", "sent", "read", "edit", "run", "asks", "text", "status"]
State = Literal["ready", "working", "idle", "waiting", "exited"]


@dataclass(slots=True, frozen=True)
class Entry:
    """One thing that happened. `detail` holds what the kind needs beyond its text."""

    role: Role
    kind: Kind
    text: str
    detail: dict[str, Any] = field(default_factory=dict)


class Journal(Protocol):
    """Where entries go."""

    def append(self, entry: Entry) -> None: ...
    def close(self) -> None: ...


class TranscriptFile:
    """Appends entries, one `write` each, so that a reader never sees half a line of a live program.

    A file that an earlier run left is continued: `n` goes on, and a line that was cut off is ended first.
    """

    def __init__(self, path: Path | None) -> None:
        """`path` None records nothing."""
        self._fd: int | None = None
        self._next = 0
        if path is None:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        self._fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        earlier = path.read_bytes()
        self._next = earlier.count(b"\n")
        if earlier and not earlier.endswith(b"\n"):
            os.write(self._fd, b"\n")
            self._next += 1

    def append(self, entry: Entry) -> None:
        """Write `entry` with its number and the time now, UTC."""
        if self._fd is None:
            return
        line = {
            "v": VERSION,
            "n": self._next,
            "at": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "role": entry.role,
            "kind": entry.kind,
            "text": entry.text,
            "detail": entry.detail,
        }
        data = memoryview((json.dumps(line) + "\n").encode())
        while data:
            data = data[os.write(self._fd, data) :]
        self._next += 1

    def close(self) -> None:
        """Close the file; what is appended later is dropped."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
