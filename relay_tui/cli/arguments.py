"""What is typed behind a command: texts, times, numbers. A value that makes no sense is exit code 2."""

from __future__ import annotations

import argparse
import asyncio
import math
import re
import sys
import time
from collections.abc import Sequence
from datetime import datetime

from relay_tui.core.errors import Refused

STDIN = "-"
MOST_STDIN = 8 * 1024 * 1024
"""Bytes read of a text; the relay takes less, and says so."""
_AHEAD = re.compile(r"\+(\d{1,9})([smhd])")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def add_text(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("text", metavar="TEXT", nargs="+", help="what is said; - reads it from standard input")


async def text(words: Sequence[str]) -> str:
    """The words as one text, or all of standard input without the line ends behind it."""
    if list(words) != [STDIN]:
        return " ".join(words)
    raw = await asyncio.to_thread(sys.stdin.buffer.read, MOST_STDIN) if sys.stdin is not None else b""
    try:
        return raw.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise Refused("invalid_text", "Standard input is not text: it holds bytes that are not UTF-8.") from error


def moment(given: str) -> int:
    """`+90s`, `+10m`, `+2h`, `+1d`, or ISO 8601 (without a zone: this machine's): milliseconds since 1970, UTC."""
    if ahead := _AHEAD.fullmatch(given):
        return int((time.time() + int(ahead[1]) * _UNITS[ahead[2]]) * 1000)
    try:
        return int(datetime.fromisoformat(given).timestamp() * 1000)
    except (ValueError, OverflowError, OSError) as error:
        raise argparse.ArgumentTypeError(f"{given!r} is not a time (+10m, or 2026-11-20T14:00)") from error


def seconds(given: str) -> float:
    try:
        found = float(given)
    except ValueError:
        found = 0.0
    if not 0 < found < math.inf:
        raise argparse.ArgumentTypeError(f"{given!r} is not a time in seconds")
    return found


def count(given: str) -> int:
    """How many rows to show: one page at most."""
    if not given.isascii() or not given.isdigit() or not 1 <= int(given[:9]) <= 200:
        raise argparse.ArgumentTypeError(f"{given!r} is not a number from 1 to 200")
    return int(given)


def add_limit(parser: argparse.ArgumentParser, default: int = 50) -> None:
    parser.add_argument("--limit", type=count, default=default, metavar="N", help=f"at most so many ({default})")
