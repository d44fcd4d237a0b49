"""`relay-tui agent`: start, list, restart and release the programs behind agents, in the relay that runs here."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relay_tui.cli.up import add_workspace
from relay_tui.core.errors import Refused, RelayError
from relay_tui.core.text import visible

if TYPE_CHECKING:
    from relay_tui.client.http import Http

FAILED = 1
DEADLINE = 10.0
"""Seconds that the relay may take to answer."""
Ask = Callable[["Http", argparse.Namespace], Awaitable[Any]]


def add_parser(commands: Any) -> None:
    parser = commands.add_parser("agent", help="start, list, restart, release agents", description=__doc__)
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    new = _verb(verbs, "new", "start a program in a pane, as an agent", _new, "%(prog)s NAME [options] -- COMMAND…")
    new.add_argument("name", metavar="NAME", help="what it is called here")
    new.add_argument("command", metavar="COMMAND", nargs="+", help="the program and its arguments, after --")
    new.add_argument("--cwd", type=Path, default=Path(), metavar="DIR", help="where it runs (default: here)")
    new.add_argument(
        "--transcript", action="store_true", help="it writes its transcript, as JSON lines, to $RELAY_TRANSCRIPT"
    )
    _verb(verbs, "list", "every agent and its state", _list)
    for name, words, ask in (
        ("restart", "start its program again, in a new pane", _restart),
        ("release", "end its program; what is due to it waits", _release),
    ):
        _verb(verbs, name, words, ask).add_argument("name", metavar="NAME")


def _verb(verbs: Any, name: str, words: str, ask: Ask, usage: str | None = None) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=words, description=f"{words[0].upper()}{words[1:]}.", usage=usage)
    add_workspace(parser, default=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help="the answer as JSON")
    parser.set_defaults(run=lambda args: _run(args, ask))
    return parser


def _run(args: argparse.Namespace, ask: Ask) -> int:
    try:
        answer = asyncio.run(_asked(args, ask))
    except Refused as refusal:
        print(f"relay-tui: {visible(refusal.message)}", file=sys.stderr)
        if refusal.hint:
            print(f"  {visible(refusal.hint)}", file=sys.stderr)
        return FAILED
    if args.json:
        print(json.dumps(answer))
        return 0
    rows = answer if isinstance(answer, list) else [answer]
    for line in _in_words(rows) or ["No agents yet. `relay-tui agent new NAME -- COMMAND…` starts one."]:
        print(line)
    return 0


async def _asked(args: argparse.Namespace, ask: Ask) -> Any:
    """Ask the relay that runs over this directory's workspace. Raises `RelayError`; `Refused`: it said no."""
    from relay_tui.client.errors import RelayClientError
    from relay_tui.client.http import Http

    url, key = _where(args.workspace)
    http = Http(url, key, deadline=DEADLINE)
    try:
        return await ask(http, args)
    except RelayClientError as error:
        kind = Refused if 400 <= error.status < 500 else RelayError
        raise kind(error.code, error.message, error.hint) from error
    finally:
        await http.aclose()


def _where(folder: Path) -> tuple[str, str]:
    """URL and workspace key of the relay that runs here."""
    from relay_tui.core.log.owner import OwnerLock
    from relay_tui.core.relay import KEY_NAME, LOCK_NAME
    from relay_tui.host.host import PORT_FILE
    from relay_tui.host.workspace import FILE, find_or_make

    hint = "Start `relay-tui` or `relay-tui up` there first."
    if not (folder / FILE).exists():
        raise RelayError("not_a_workspace", f"There is no workspace in {folder.resolve()}.", hint)
    state = find_or_make(folder).state_dir
    lock = OwnerLock(state / LOCK_NAME)
    try:
        lock.take()
    except RelayError:
        pass  # somebody holds it: that is the relay we look for
    else:
        lock.release()
        raise RelayError("not_running", f"No relay runs for {folder.resolve()}.", hint)
    try:
        port = int((state / PORT_FILE).read_text("ascii"))
        return f"http://127.0.0.1:{port}", (state / KEY_NAME).read_text("ascii").strip()
    except (OSError, ValueError) as error:
        raise RelayError("not_running", "The relay of this workspace has only just begun.", "Try again.") from error


async def _new(http: Http, args: argparse.Namespace) -> Any:
    cwd = await asyncio.to_thread(args.cwd.resolve)
    body = {"name": args.name, "argv": args.command, "cwd": str(cwd), "transcript": args.transcript}
    return await http.write("POST", "/v1/x/agents", body)


async def _list(http: Http, args: argparse.Namespace) -> Any:
    return await http.get("/v1/x/agents")


async def _restart(http: Http, args: argparse.Namespace) -> Any:
    return await http.write("POST", f"/v1/x/agents/{_as_path(args.name)}/restart")


async def _release(http: Http, args: argparse.Namespace) -> Any:
    return await http.write("POST", f"/v1/x/agents/{_as_path(args.name)}/release")


def _as_path(name: str) -> str:
    from urllib.parse import quote

    return quote(name.removeprefix("@"), safe="")


def _in_words(rows: list[dict[str, Any]]) -> list[str]:
    width = max((len(row["name"]) for row in rows), default=0)
    return [
        visible(f"{row['name']:<{width}}  {row['state'] or 'away':<8}  {row['detail']}".rstrip(), keep="")
        for row in rows
    ]
