"""Asks the terminal, before the screen is taken, how wide it draws our signs, and emoji."""

from __future__ import annotations

import os
import re
import select
import sys
import termios
import time
import tty
from typing import NamedTuple

_SIGN, _EMOJI = "▲", "👀"
_WAIT = 0.15
"""Seconds. A terminal that does not answer by then is taken for an ordinary one."""
_REPORT = re.compile(rb"\x1b\[(\d+);(\d+)R")


class Widths(NamedTuple):
    signs_wide: bool = False
    """Signs take two cells: the ASCII set is needed."""
    emoji_wide: bool = True
    """Emoji take two cells, as they should; else they are written by name."""


def ask_widths() -> Widths:
    """As of an ordinary terminal where there is none to ask."""
    try:
        fd = sys.__stdin__.fileno() if sys.__stdin__ is not None else -1
        out = sys.__stdout__.fileno() if sys.__stdout__ is not None else -1
        if fd < 0 or out < 0 or not (os.isatty(fd) and os.isatty(out)):
            return Widths()
        before = termios.tcgetattr(fd)
    except (OSError, ValueError, termios.error):
        return Widths()
    try:
        tty.setcbreak(fd, termios.TCSANOW)
        os.write(out, f"\r{_SIGN}\x1b[6n\r{_EMOJI}\x1b[6n".encode())
        columns = [int(report[1]) for report in _REPORT.findall(_read(fd, 2))]
        os.write(out, b"\r\x1b[K")
    finally:
        termios.tcsetattr(fd, termios.TCSANOW, before)
    return Widths(bool(columns) and columns[0] > 2, len(columns) < 2 or columns[1] == 3)


def _read(fd: int, reports: int) -> bytes:
    """What the terminal answers, up to the end of its last report."""
    got = b""
    until = time.monotonic() + _WAIT
    while len(_REPORT.findall(got)) < reports:
        left = until - time.monotonic()
        if left <= 0 or not select.select([fd], [], [], left)[0]:
            break
        got += os.read(fd, 64)
    return got
