"""`relay-tui agent open`: stand in the pane behind an agent, from a shell."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from relay_tui.cli.relay_at import add_verb
from relay_tui.cli.screen import require_terminal
from relay_tui.core.errors import Refused

if TYPE_CHECKING:
    from relay_tui.client.http import Http

Json = dict[str, Any]
MORE = (
    "Inside the tmux that it runs in, your terminal is switched to it; anywhere else tmux is attached until you leave."
)


def add_verb_to(verbs: Any) -> None:
    verb = add_verb(verbs, "open", "stand in its pane, and type there yourself", _open, _said, more=MORE)
    verb.add_argument("name", metavar="NAME")


async def _open(http: Http, args: argparse.Namespace) -> Json:
    """Returns when the person has left the pane, or was switched to it. With `--json` it only says where it is."""
    from relay_tui.agents.tmux.errors import TmuxError
    from relay_tui.host.pane import opened_from_outside

    place = await http.get(f"/v1/x/agents/{quote(args.name.removeprefix('@'), safe='')}/pane")
    if args.json:
        return place
    require_terminal("relay-tui agent open NAME --json")
    try:
        async with opened_from_outside(place, "relay") as command:
            process = await asyncio.create_subprocess_exec(*command.argv, env=dict(command.env))
            code = await process.wait()
    except TmuxError as error:
        raise Refused("no_pane", f"The pane of {place['name']} cannot be opened: {error}.", error.hint) from error
    if code:
        raise Refused("tmux", f"tmux ended with code {code}.", "What it said stands above.")
    return place


def _said(answer: Json) -> Iterator[str]:
    yield from ()
