"""Asks the terminal, before the screen is taken, whether it draws our signs two cells wide."""

from __future__ import annotations

import os
import re
import select
import sys
import termios
import time
import tty

_SIGN = "▲"
_WAIT = 0.15
"""Seconds. A terminal that does not answer by then is taken for an ordinary one."""
_REPORT = re.compile(rb"\x1b\[(\d+);(\d+)R")


def draws_signs_wide() -> bool:
    """True: the ASCII set is needed. False also where there is no terminal to ask."""
    try:
        fd = sys.__stdin__.fileno() if sys.__stdin__ is not None else -1
        out = sys.__stdout__.fileno() if sys.__stdout__ is not None else -1
        if fd < 0 or out < 0 or not (os.isatty(fd) and os.isatty(out)):
            return False
        before = termios.tcgetattr(fd)
    except (OSError, ValueError, termios.error):
        return False
    try:
        tty.setcbreak(fd, termios.TCSANOW)
        os.write(out, f"\r{_SIGN}\x1b[6n".encode())
        report = _REPORT.search(_read(fd))
        os.write(out, b"\r\x1b[K")
    finally:
        termios.tcsetattr(fd, termios.TCSANOW, before)
    return report is not None and int(report[2]) > 2


def _read(fd: int) -> bytes:
    """What the terminal answers, up to the end of its report."""
    got = b""
    until = time.monotonic() + _WAIT
    while not _REPORT.search(got):
        left = until - time.monotonic()
        if left <= 0 or not select.select([fd], [], [], left)[0]:
            break
        got += os.read(fd, 64)
    return got
