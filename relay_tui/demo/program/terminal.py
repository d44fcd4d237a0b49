"""The terminal itself: raw mode, bytes in, bytes out, its size, and putting it back as it was."""

from __future__ import annotations

import os
import sys
import termios
import tty
from dataclasses import dataclass
from pathlib import Path

ENTER = "\x1b[?2004h"
LEAVE = "\x1b[?2004l\x1b[0m\x1b[?25h"
FALLBACK_SIZE = (80, 24)


class NotATerminal(Exception):
    """The program was started without a terminal on its input and output."""


@dataclass(slots=True, frozen=True)
class Size:
    """Of the terminal, in cells."""

    columns: int
    rows: int


class Terminal:
    """A terminal in raw mode with bracketed paste on, from `open` to `close`."""

    def __init__(self, input_fd: int, output_fd: int, log: Path | None) -> None:
        """`log`: where every byte that was read is appended, as it came; None for nowhere."""
        if not (os.isatty(input_fd) and os.isatty(output_fd)):
            raise NotATerminal("this program needs a terminal: start it in one, or in a tmux pane")
        self.input_fd = input_fd
        self._output_fd = output_fd
        self._gone = False
        self._log_fd: int | None = None
        if log is not None:
            log.parent.mkdir(parents=True, exist_ok=True)
            self._log_fd = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._before = termios.tcgetattr(input_fd)
        # TCSANOW: flushing would drop what was typed while the program started.
        tty.setraw(input_fd, termios.TCSANOW)
        self.write(ENTER)

    @classmethod
    def open(cls, log: Path | None = None) -> Terminal:
        """The terminal on standard input and output. `NotATerminal` without one."""
        return cls(sys.stdin.fileno(), sys.stdout.fileno(), log)

    def size(self) -> Size:
        """Its size now; 80 by 24 if it does not say."""
        try:
            columns, rows = os.get_terminal_size(self._output_fd)
        except OSError:
            columns, rows = FALLBACK_SIZE
        return Size(columns or FALLBACK_SIZE[0], rows or FALLBACK_SIZE[1])

    def read(self) -> bytes:
        """What can be read now, logged as it came; empty once the terminal is gone."""
        try:
            data = os.read(self.input_fd, 65536)
        except OSError:
            return b""
        if self._log_fd is not None and data:
            os.write(self._log_fd, data)
        return data

    def write(self, text: str) -> None:
        """Write all of `text`; nothing once the terminal is gone, as after its pane was closed."""
        data = memoryview(text.encode("utf-8", "replace"))
        while data and not self._gone:
            try:
                data = data[os.write(self._output_fd, data) :]
            except OSError:
                self._gone = True

    def take_back(self) -> None:
        """Raw mode and bracketed paste again, after somebody else had the terminal."""
        tty.setraw(self.input_fd, termios.TCSANOW)
        self.write(ENTER)

    def close(self) -> None:
        """Leave bracketed paste and raw mode."""
        self.write(LEAVE)
        try:
            termios.tcsetattr(self.input_fd, termios.TCSANOW, self._before)
        except termios.error:
            self._gone = True
        if self._log_fd is not None:
            os.close(self._log_fd)
            self._log_fd = None
