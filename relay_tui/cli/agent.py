"""`relay-tui agent`: start, list, open, restart and release the programs behind agents, in the relay that runs here."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relay_tui.cli import adopting, describing, opening
from relay_tui.cli.relay_at import add_verb

if TYPE_CHECKING:
    from relay_tui.client.http import Http


def add_parser(commands: Any) -> None:
    parser = commands.add_parser("agent", help="start, list, describe, restart, release agents", description=__doc__)
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    usage = "%(prog)s NAME [options] -- COMMAND…"
    new = add_verb(verbs, "new", "start a program in a pane, as an agent", _new, _in_words, usage=usage)
    new.add_argument("name", metavar="NAME", help="what it is called here")
    new.add_argument("command", metavar="COMMAND", nargs="+", help="the program and its arguments, after --")
    new.add_argument("--cwd", type=Path, default=Path(), metavar="DIR", help="where it runs (default: here)")
    new.add_argument(
        "--transcript", action="store_true", help="it writes its transcript, as JSON lines, to $RELAY_TRANSCRIPT"
    )
    new.add_argument(
        "--fetches", action="store_true", help="it runs `relay-tui fetch` when it is told that an agent's words wait"
    )
    adopting.add_verb_to(verbs, _in_words)
    opening.add_verb_to(verbs)
    add_verb(verbs, "list", "every agent and its state", _list, _in_words)
    for name, words, ask in (
        ("restart", "start its program again, in a new pane", _restart),
        ("release", "end its program, or let an adopted one go; what is due to it waits", _release),
        ("interrupt", "tell its program to stop what it does", _interrupt),
    ):
        add_verb(verbs, name, words, ask, _in_words).add_argument("name", metavar="NAME")
    describing.add_agent_verbs(verbs)
    own = add_verb(verbs, "command", "have its program run a command of its own, as /compact", _command, _in_words)
    own.add_argument("name", metavar="NAME")
    own.add_argument("text", metavar="TEXT", help="one line, that begins with / or !")


async def _new(http: Http, args: argparse.Namespace) -> Any:
    cwd = await asyncio.to_thread(args.cwd.resolve)
    body = {"name": args.name, "argv": args.command, "cwd": str(cwd), "transcript": args.transcript}
    body["fetches"] = args.fetches
    return await http.write("POST", "/v1/x/agents", body)


async def _list(http: Http, args: argparse.Namespace) -> Any:
    return await http.get("/v1/x/agents")


async def _restart(http: Http, args: argparse.Namespace) -> Any:
    return await http.write("POST", f"/v1/x/agents/{_as_path(args.name)}/restart")


async def _release(http: Http, args: argparse.Namespace) -> Any:
    return await http.write("POST", f"/v1/x/agents/{_as_path(args.name)}/release")


async def _interrupt(http: Http, args: argparse.Namespace) -> Any:
    done = await http.write("POST", "/v1/x/interrupt", {"agent": args.name})
    said = "was seen to stop" if done["interrupted"] else "was told to stop, and not seen to"
    return {**done, "name": done["agent"], "state": done["is"], "detail": said}


async def _command(http: Http, args: argparse.Namespace) -> Any:
    done = await http.write("POST", "/v1/x/own-command", {"agent": args.name, "text": args.text})
    return {**done, "name": done["agent"], "state": "took it", "detail": f"{done['text']}: {done['how']}"}


def _as_path(name: str) -> str:
    from urllib.parse import quote

    return quote(name.removeprefix("@"), safe="")


def _in_words(answer: Any) -> list[str]:
    rows: list[dict[str, Any]] = answer if isinstance(answer, list) else [answer]
    if not rows:
        return ["No agents yet. `relay-tui agent new NAME -- COMMAND…` starts one."]
    width = max(len(row["name"]) for row in rows)
    return [f"{row['name']:<{width}}  {row['state'] or 'away':<8}  {row['detail']}".rstrip() for row in rows]
