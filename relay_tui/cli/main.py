"""`relay-tui`: what was asked for, and its exit code. Heavy imports wait until a command needs them."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from relay_tui import __version__
from relay_tui.cli import deck
from relay_tui.core.errors import Refused, RelayError
from relay_tui.core.text import visible

OK, FAILED, USAGE, UNAVAILABLE = 0, 1, 2, 3
"""Exit codes: done; done with faults or a fault of ours; wrong words; the workspace, port or tmux cannot be had."""


def main(argv: Sequence[str] | None = None) -> int:
    try:
        code = _run(argv)
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except BrokenPipeError:
        # Whoever read it has seen enough, as `head` has; nor is there anybody to tell when the rest is flushed.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return OK


def _run(argv: Sequence[str] | None) -> int:
    arguments = sys.argv[1:] if argv is None else list(argv)
    parser = build_parser(whole=not set(arguments) <= deck.FLAGS)
    try:
        parsed = parser.parse_args(arguments)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else USAGE
    try:
        _check_text(vars(parsed).values())
        return parsed.run(parsed)
    except RelayError as error:
        refused = isinstance(error, Refused)
        if refused and getattr(parsed, "json", False):
            said = {"code": error.code, "message": error.message, "hint": error.hint}
            print(json.dumps({"ok": False, "error": said}))
        # A path in it may be called anything.
        print(f"relay-tui: {visible(error.message)}", file=sys.stderr)
        if error.hint:
            print(f"  {visible(error.hint)}", file=sys.stderr)
        return FAILED if refused else UNAVAILABLE
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        raise
    except Exception as error:  # a fault of ours: a sentence for the person, the rest for the log
        from relay_tui.cli.logs import log_path

        logging.getLogger(__name__).exception("ended by a fault")
        print(f"relay-tui: ended by a fault of its own: {type(error).__name__}.", file=sys.stderr)
        where = log_path()
        print(f"  Nothing stored is lost. Please report it{f', with {where}' if where else ''}.", file=sys.stderr)
        return FAILED


def _check_text(given: Iterable[Any]) -> None:
    """A shell hands over any bytes; those that are no text cannot be sent."""
    for one in given:
        if isinstance(one, list):
            _check_text(one)
        elif isinstance(one, str) and any("\ud800" <= char <= "\udfff" for char in one):
            raise Refused("invalid_text", "That is not text: it holds bytes that are not UTF-8.")


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """What was typed may have come from anywhere, so it goes to the terminal as everything else does."""
        super().error(visible(message, keep=""))


def build_parser(*, whole: bool = True) -> argparse.ArgumentParser:
    """`whole` False: without the commands, for who opens the deck."""
    parser = Parser(
        prog="relay-tui",
        description="A dashboard for swarms of coding agents: message them, prove it arrived, approve what they ask.",
        epilog="Without a command the workspace of this directory is opened.",
    )
    parser.add_argument("--version", action="version", version=f"relay-tui {__version__}")
    deck.add_options(parser)
    if whole:
        from relay_tui.cli.commands import add_commands  # 25 ms, with their parsers: not on the way to the deck

        add_commands(parser)
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
