"""The relay that runs over a directory's workspace: where it answers, and putting one question to it as the operator.

Exit codes: 0 done; 1 refused, or not delivered; 2 wrong words; 3 no relay answers.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relay_tui.cli.up import add_workspace
from relay_tui.core.errors import Refused, RelayError
from relay_tui.core.text import visible

if TYPE_CHECKING:
    from relay_tui.client.http import Http

FAILED = 1
DEADLINE = 10.0
"""Seconds that a question is repeated while nobody answers."""
Ask = Callable[["Http", argparse.Namespace], Awaitable[Any]]
Say = Callable[[Any], Iterable[str]]
"""An answer as lines for a person. What agents wrote in it is made safe where it is printed."""


def add_verb(
    commands: Any, name: str, words: str, ask: Ask, say: Say, *, usage: str | None = None, more: str = ""
) -> argparse.ArgumentParser:
    """A command that asks the running relay. `more`: sentences for its own help, behind `words`."""
    description = f"{words[0].upper()}{words[1:]}. {more}".strip()
    parser = commands.add_parser(name, help=words, description=description, usage=usage)
    add_workspace(parser, default=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help="the answer as JSON")
    parser.set_defaults(run=lambda args: run(args, ask, say))
    return parser


class Undelivered(Refused):
    """It did not come as far as was asked for; `answer` says how far it came."""

    def __init__(self, answer: Any, message: str, hint: str = "", *, code: str = "not_delivered") -> None:
        super().__init__(code, message, hint)
        self.answer = answer


def run(args: argparse.Namespace, ask: Ask, say: Say) -> int:
    """Ask, print the answer, and give the exit code. Raises `RelayError` when no relay answers."""
    try:
        answer = asyncio.run(_asked(args, ask))
    except Undelivered as fault:
        _print(fault.answer, args.json, say)
        _complain(fault)
        return FAILED
    except RelayError as error:
        if args.json:
            said = {"code": error.code, "message": error.message, "hint": error.hint}
            print(json.dumps({"ok": False, "error": said}))
        if not isinstance(error, Refused):
            raise
        _complain(error)
        return FAILED
    _print(answer, args.json, say)
    return 0


def where(folder: Path, hint: str = "Start `relay-tui` or `relay-tui up` there first.") -> tuple[str, str]:
    """URL and workspace key of the relay that runs here. Raises `RelayError` when none does, with this `hint`."""
    from relay_tui.core.log.owner import OwnerLock
    from relay_tui.core.relay import LOCK_NAME
    from relay_tui.host.workspace import find

    workspace = find(folder)
    if workspace is None:
        raise RelayError("not_a_workspace", f"There is no workspace in {folder.resolve()}.", hint)
    state = workspace.state_dir
    if state.is_dir():
        lock = OwnerLock(state / LOCK_NAME)
        try:
            lock.take()
        except RelayError as error:
            if error.code == "workspace_locked":
                return address(state)  # somebody holds it: that is the relay we look for
            raise
        lock.release()
    raise RelayError("relay_unreachable", f"No relay runs for {folder.resolve()}.", hint)


def address(state: Path) -> tuple[str, str]:
    """URL and workspace key of the relay that holds the state folder. Raises `RelayError` before it has said them."""
    from relay_tui.core.relay import KEY_NAME
    from relay_tui.host.host import PORT_FILE

    try:
        port = int((state / PORT_FILE).read_text("ascii"))
        return f"http://127.0.0.1:{port}", (state / KEY_NAME).read_text("ascii").strip()
    except (OSError, ValueError) as error:
        raise RelayError("relay_unreachable", "A relay holds this workspace and does not say where it answers.",
                         "Wait until it has started.") from error  # fmt: skip


async def _asked(args: argparse.Namespace, ask: Ask) -> Any:
    from relay_tui.client.errors import RelayClientError
    from relay_tui.client.http import Http

    absent: dict[str, str] = {"hint": args.absent} if hasattr(args, "absent") else {}
    url, key = where(args.workspace, **absent)
    http = Http(url, key, deadline=DEADLINE, operator=True)
    try:
        return await ask(http, args)
    except RelayClientError as error:
        kind = Refused if 400 <= error.status < 500 else RelayError
        raise kind(error.code, error.message, error.hint) from error
    finally:
        await http.aclose()


def _print(answer: Any, as_json: bool, say: Say) -> None:
    if as_json:
        print(json.dumps(answer))
        return
    for line in say(answer):
        print(visible(line, keep=""))


def _complain(error: RelayError) -> None:
    print(f"relay-tui: {visible(error.message)}", file=sys.stderr)
    if error.hint:
        print(f"  {visible(error.hint)}", file=sys.stderr)
