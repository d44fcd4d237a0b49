"""Reading the JSON-lines transcript of a program that writes one: `{"n", "at", "role", "kind", "text", "detail"}`.

A transcript is the agent's own record, and an input from outside: a line that is torn or malformed is passed over, and
nothing in it can do more than be read.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from relay_tui.core.session import TranscriptEntry

KEPT = 500
"""Entries kept for whoever looks at the transcript later."""
KEPT_TEXT = 20_000
"""Characters of each that are kept."""
MAX_LINE = 4_000_000
"""Bytes of one line that are taken as an entry; a longer one is passed over."""
_CHUNK = 1 << 20
BEFORE, AFTER = 1 << 16, 1 << 19
"""Bytes around an input that are read to show its turn."""
FAR = 64 * _CHUNK
"""Bytes behind an offset in which an input is looked for."""


def _milliseconds(value: Any) -> Any:
    if isinstance(value, str):
        return int(datetime.fromisoformat(value).timestamp() * 1000)
    return value


class _Line(BaseModel):
    model_config = ConfigDict(extra="ignore")

    n: int
    at: Annotated[int, BeforeValidator(_milliseconds)]
    role: Literal["user", "assistant", "tool", "system"]
    kind: Literal["got", "sent", "read", "edit", "run", "asks", "text", "status"]
    text: str
    detail: dict[str, Any] = {}


class TranscriptReader:
    """Follows one file. `read` is the only method that touches the disk; call it from a thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.offset = 0
        """Bytes read so far, up to the end of a whole line."""
        self.recent: deque[TranscriptEntry] = deque(maxlen=KEPT)

    def read(self) -> list[TranscriptEntry]:
        """What was appended since the last call. No file yet has nothing; one that shrank is reread."""
        try:
            size = self.path.stat().st_size
        except FileNotFoundError:
            return []
        if size < self.offset:
            self.offset = 0
        found: list[TranscriptEntry] = []
        while size > self.offset:
            with self.path.open("rb") as file:
                file.seek(self.offset)
                data = file.read(max(_CHUNK, min(size - self.offset, MAX_LINE)))
            whole = data.rfind(b"\n") + 1
            if whole == 0:
                if len(data) < MAX_LINE:
                    break
                whole = len(data)
            found += parse(data[:whole], self.offset)
            self.offset += whole
        self.recent.extend(_short(entry) for entry in found)
        return found


def _short(entry: TranscriptEntry) -> TranscriptEntry:
    """What is kept for looking at: a text of megabytes is read once, and not kept five hundred times."""
    return replace(entry, text=entry.text[:KEPT_TEXT]) if len(entry.text) > KEPT_TEXT else entry


def parse(data: bytes, offset: int = 0) -> list[TranscriptEntry]:
    """The entries in whole lines that begin at byte `offset` of the file."""
    entries: list[TranscriptEntry] = []
    for line in data.splitlines(keepends=True):
        offset += len(line)
        if not line.strip() or len(line) > MAX_LINE:
            continue
        try:
            read = _Line.model_validate_json(line)
        except ValidationError:
            continue
        entries.append(
            TranscriptEntry(read.n, read.at, read.role, read.kind, read.text, read.detail, end_offset=offset)
        )
    return entries


def taken_inputs(path: Path, offset: int) -> Sequence[TranscriptEntry]:
    """Every input that the program took after byte `offset`, read from the file."""
    reader = TranscriptReader(path)
    reader.offset = offset
    return [entry for entry in reader.read() if entry.role == "user" and entry.kind == "got"]


def turn_in(path: Path, offset: int, taken: Callable[[TranscriptEntry], bool]) -> list[TranscriptEntry]:
    """What stands around the first entry behind byte `offset` that is `taken`, however long ago; empty: there is none.

    Reads the disk; to be called from a thread.
    """
    try:
        with path.open("rb") as file:
            file.seek(offset)
            end = offset + FAR
            while offset < end and (data := file.read(_CHUNK)):
                data += file.readline(MAX_LINE)
                found = next((entry for entry in parse(data, offset) if taken(entry)), None)
                if found is not None:
                    return _around(file, found.end_offset)
                offset += len(data)
    except FileNotFoundError:
        pass
    return []


def _around(file: BinaryIO, offset: int) -> list[TranscriptEntry]:
    """The entries on whole lines around a byte of the file."""
    begin = max(0, offset - BEFORE)
    file.seek(begin)
    if begin:
        begin += len(file.readline(MAX_LINE))
    data = file.read(BEFORE + AFTER)
    return [_short(entry) for entry in parse(data[: data.rfind(b"\n") + 1], begin)]
