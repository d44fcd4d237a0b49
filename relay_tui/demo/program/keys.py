"""Bytes from a terminal in, keys and pastes out. No I/O; any split of the bytes gives the same events."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

PASTE_START = b"\x1b[200~"
PASTE_END = b"\x1b[201~"

_SEQUENCE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|O[@-~])")
_UNFINISHED = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*|O)?\Z")
_TEXT = re.compile(rb"[^\x00-\x08\x0a-\x1f\x7f]+")

_CONTROLS = {
    0x03: "ctrl+c",
    0x04: "ctrl+d",
    0x08: "backspace",
    0x0A: "newline",
    0x0C: "ctrl+l",
    0x0D: "enter",
    0x15: "ctrl+u",
    0x17: "ctrl+w",
    0x7F: "backspace",
}
_SEQUENCES = {b"\x1b[A": "up", b"\x1bOA": "up", b"\x1b[B": "down", b"\x1bOB": "down"}


@dataclass(slots=True, frozen=True)
class Key:
    """A key that is not text, by name."""

    name: str


@dataclass(slots=True, frozen=True)
class Text:
    """Typed characters, tabs included."""

    text: str


@dataclass(slots=True, frozen=True)
class Paste:
    """One bracketed paste, whole. Line ends are newlines; all else is as it came."""

    text: str


Event = Key | Text | Paste


class KeyDecoder:
    """Feed it what was read; call `flush` when nothing follows a lone escape for a moment."""

    def __init__(self) -> None:
        self._buffer = b""
        self._paste: bytearray | None = None
        self._utf8 = codecs.getincrementaldecoder("utf-8")("replace")

    @property
    def waits_after_escape(self) -> bool:
        """Whether the bytes end in a lone escape, which is a key only if nothing follows."""
        return self._paste is None and self._buffer == b"\x1b"

    def flush(self) -> list[Event]:
        """Take a lone escape for the key."""
        if not self.waits_after_escape:
            return []
        self._buffer = b""
        return [Key("escape")]

    def feed(self, data: bytes) -> list[Event]:
        """The events that `data` completes, in order."""
        events: list[Event] = []
        self._buffer += data
        while self._buffer:
            event = self._pasting() if self._paste is not None else self._typing()
            if event is None:
                break
            if not (isinstance(event, Text) and not event.text):
                events.append(event)
        return events

    def _pasting(self) -> Paste | None:
        assert self._paste is not None
        seen = len(self._paste)
        self._paste += self._buffer
        self._buffer = b""
        end = self._paste.find(PASTE_END, max(0, seen - len(PASTE_END)))
        if end < 0:
            return None
        body, rest = bytes(self._paste[:end]), bytes(self._paste[end + len(PASTE_END) :])
        self._paste, self._buffer = None, rest
        text = body.decode("utf-8", "replace")
        return Paste(text.replace("\r\n", "\n").replace("\r", "\n"))

    def _typing(self) -> Event | None:
        """The next event outside of a paste; an empty `Text` for what means nothing, None to wait."""
        first = self._buffer[0]
        if first == 0x1B:
            return self._escape()
        text = _TEXT.match(self._buffer)
        if text:
            self._buffer = self._buffer[text.end() :]
            return Text(self._utf8.decode(text[0]))
        self._buffer = self._buffer[1:]
        return Key(_CONTROLS[first]) if first in _CONTROLS else Text("")

    def _escape(self) -> Event | None:
        if self._buffer.startswith(PASTE_START):
            self._paste, self._buffer = bytearray(), self._buffer[len(PASTE_START) :]
            return Text("")
        if self._buffer.startswith(b"\x1b\r"):  # alt+enter
            self._buffer = self._buffer[2:]
            return Key("newline")
        sequence = _SEQUENCE.match(self._buffer)
        if sequence:
            self._buffer = self._buffer[sequence.end() :]
            name = _SEQUENCES.get(sequence[0])
            return Key(name) if name else Text("")
        if _UNFINISHED.match(self._buffer):
            return None
        self._buffer = self._buffer[1:]
        return Key("escape")
