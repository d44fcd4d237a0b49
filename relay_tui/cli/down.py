"""`relay-tui down`: end the relay that `up` runs here. Its agents live on, and the next relay finds them again."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from relay_tui.cli.relay_at import add_verb
from relay_tui.core.errors import Refused
from relay_tui.core.text import visible

if TYPE_CHECKING:
    from relay_tui.client.http import Http

Json = dict[str, Any]
PATIENCE = 20.0
"""Seconds for the relay to end: requests under way are given 3, and what is being typed is typed to its end."""


def add_parser(commands: Any) -> None:
    more = "Its agents live on and are found again by the next `relay-tui`. A deck ends by its own quit only."
    down = add_verb(commands, "down", "end the relay that `up` runs here", _down, _said, more=more)
    down.set_defaults(absent="There is nothing to end.")
    down.add_argument("--agents", action="store_true", help="end their programs first; adopted ones are let go")
    down.add_argument("--yes", action="store_true", help="with --agents: do not ask")


async def _down(http: Http, args: argparse.Namespace) -> Json:
    """Returns when its process is over, and with it its hold on the workspace. Raises `Refused`."""
    from relay_tui.agents.tmux.process import ProcessHandle

    status = await http.get("/v1/x/status")
    if status["screen"]:
        sentence = f"A deck runs this relay (process {status['pid']}), and only its own quit ends it."
        raise Refused("not_up", sentence, "Press ctrl+q there.")
    process = ProcessHandle(status["pid"])
    try:
        agents = await http.get("/v1/x/agents")
        live = [one["name"] for one in agents if one["state"] not in (None, "exited", "lost")]
        if args.agents and live:
            await _confirm(live, args)
            await asyncio.gather(*(http.write("POST", f"/v1/x/agents/{name}/release") for name in live))
        await http.write("POST", "/v1/x/down")
        if not await process.ended(PATIENCE):
            sentence = f"The relay (process {process.pid}) was told to end, and has not within {PATIENCE:g} s."
            raise Refused("relay_still_running", sentence)
    finally:
        process.close()
    return {"pid": status["pid"], "name": status["name"], "agents": live, "agents_ended": args.agents}


async def _confirm(names: list[str], args: argparse.Namespace) -> None:
    """Raises `Refused` unless a person says yes, or has said it with `--yes`."""
    if args.yes:
        return
    words = f"That ends {len(names)} program{'s' if len(names) > 1 else ''}: {', '.join(names)}"
    if args.json or not (sys.stdin and sys.stdin.isatty()):
        raise Refused("not_confirmed", f"{words}.")
    print(visible(f"{words}. Sure? [y/N] ", keep=""), end="", file=sys.stderr, flush=True)
    said = await asyncio.to_thread(sys.stdin.readline)
    if said.strip().lower() not in ("y", "yes"):
        raise Refused("not_confirmed", "Nothing was ended.", "The relay and its agents go on.")


def _said(answer: Json) -> Iterator[str]:
    yield f"{answer['name']}: the relay has ended (process {answer['pid']})"
    if not answer["agents"]:
        return
    names = ", ".join(answer["agents"])
    if answer["agents_ended"]:
        yield f"  ended before it: {names}"
    else:
        yield f"  live on: {names}; the next `relay-tui` finds them, and mail waits for them"
