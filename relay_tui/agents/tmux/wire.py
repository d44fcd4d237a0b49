"""tmux control mode without I/O: bytes in, replies and notifications out; arguments in, one command line out.

A reply is what stands between `%begin` and the `%end` or `%error` that repeats its time, number and flags; anything
else in between is data, also when a pane printed something that looks like an end. Blocks whose flags lack bit 1 answer
nobody's line (the attach itself, hooks) and are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from relay_tui.agents.tmux.errors import UnsafeText

_OURS = 1
"""Bit of a block's flags: the block answers a line that came over this connection."""


@dataclass(frozen=True, slots=True)
class Reply:
    """tmux's answer to one command of ours."""

    lines: list[str]
    """Decoded as UTF-8, what is not UTF-8 replaced; without line ends."""
    ok: bool
    """False when tmux refused; then `lines` is its message."""


@dataclass(frozen=True, slots=True)
class Notification:
    """Something that tmux tells unasked."""

    name: str
    """Without the percent sign: `exit`, `window-add`, `pane-mode-changed`…"""
    data: str
    """The rest of the line, as it came."""


class ControlParser:
    """Splits the byte stream of a control client. Feed it any cuts of the stream; the events are the same."""

    __slots__ = ("_block", "_buffer", "_lines")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._block: bytes | None = None
        self._lines: list[bytes] = []

    def feed(self, data: bytes) -> Iterator[Reply | Notification]:
        """Yield what `data` completes, in order. An unfinished line waits for the next call."""
        self._buffer += data
        if b"\n" not in data:
            return
        *lines, rest = bytes(self._buffer).split(b"\n")
        self._buffer[:] = rest
        for line in lines:
            event = self._line(line)
            if event is not None:
                yield event

    def _line(self, line: bytes) -> Reply | Notification | None:
        if self._block is not None:
            return self._in_block(line)
        if line.startswith(b"%begin "):
            self._block = line[len(b"%begin ") :]
            self._lines = []
            return None
        if not line.startswith(b"%"):
            return None
        name, _, data = line[1:].partition(b" ")
        return Notification(name.decode("ascii", "replace"), data.decode("utf-8", "replace"))

    def _in_block(self, line: bytes) -> Reply | None:
        if line[:1] != b"%":
            self._lines.append(line)
            return None
        end = line.startswith(b"%end ") and line[len(b"%end ") :] == self._block
        error = line.startswith(b"%error ") and line[len(b"%error ") :] == self._block
        if not (end or error):
            self._lines.append(line)
            return None
        flags = self._block.rpartition(b" ")[2] if self._block else b""
        lines, self._lines, self._block = self._lines, [], None
        if not (flags.isdigit() and int(flags) & _OURS):
            return None
        # In one piece: a byte that is not UTF-8 never takes the end of its line with it.
        return Reply(b"\n".join(lines).decode("utf-8", "replace").split("\n") if lines else [], ok=end)


_PLAIN = re.compile(r"(?:%[0-9]+|[A-Za-z0-9_./:@-]+)\Z")
_ESCAPED = {
    "\\": "\\\\",
    '"': '\\"',
    "$": "\\$",
    "~": "\\~",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\x1b": "\\e",
}
_SPECIAL = re.compile(r'[\x00-\x1f\\"$~\x7f]')
_UNSENDABLE = re.compile("[\x00\ud800-\udfff]")


def _escape(match: re.Match[str]) -> str:
    char = match.group()
    return _ESCAPED.get(char) or f"\\{ord(char):03o}"


def quote(argument: str) -> str:
    """Return `argument` as one word of tmux's command language. The only place that quotes for tmux.

    Raises UnsafeText for what a command line cannot carry: NUL and lone surrogates.
    """
    if _PLAIN.match(argument):
        return argument
    if _UNSENDABLE.search(argument):
        raise UnsafeText("tmux cannot take text with NUL or half characters on a command line")
    # A tilde right after the opening quote would be expanded to a home directory, so it is escaped as well.
    return f'"{_SPECIAL.sub(_escape, argument)}"'


def command_line(*args: str) -> str:
    """Return one command of tmux as one line without its end. Raises ValueError when there is no command."""
    if not args or not args[0]:
        # An empty line on a control connection means: detach.
        raise ValueError("a tmux command needs a name")
    return " ".join(map(quote, args))
