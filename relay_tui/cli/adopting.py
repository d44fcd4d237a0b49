"""`relay-tui agent adopt`: take in an agent that runs in a tmux of yours already: no restart, no key."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from relay_tui.cli.relay_at import add_verb
from relay_tui.core.errors import Refused

if TYPE_CHECKING:
    from relay_tui.client.http import Http

MORE = (
    "Nothing is typed, and nothing of that tmux is changed. Where a shell stands behind the program, messages to it "
    "are typed as one line. Releasing it lets it go: its program and its pane stay."
)


def add_verb_to(verbs: Any, in_words: Callable[[Any], Iterable[str]]) -> None:
    usage = "%(prog)s NAME [--pane %%3] [options]\n       %(prog)s --list [options]"
    words = "take in an agent that runs in your tmux"

    def say(answer: Any) -> Iterable[str]:
        return _panes_in_words(answer) if isinstance(answer, list) else in_words(answer)

    adopt = add_verb(verbs, "adopt", words, _adopt, say, usage=usage, more=MORE)
    adopt.add_argument("name", metavar="NAME", nargs="?", default="", help="what it is to be called here")
    adopt.add_argument("--pane", default="", metavar="PANE", help="tmux's id of its pane (default: the only agent)")
    adopt.add_argument("--list", action="store_true", help="only show the panes that there are")
    where = "name or path (default: the tmux that this runs in, or tmux's own)"
    adopt.add_argument("--socket", default="", metavar="SOCKET", help=where)
    adopt.add_argument("--session", default="", metavar="SESSION", help="only panes of this tmux session")


async def _adopt(http: Http, args: argparse.Namespace) -> Any:
    socket = args.socket or os.environ.get("TMUX", "").partition(",")[0]
    if args.list:
        return await http.get("/v1/x/panes", socket=socket, session=args.session)
    if not args.name:
        raise Refused("invalid_name", "What is it to be called?", "relay-tui agent adopt NAME --pane %3")
    body = {"name": args.name, "pane": args.pane, "socket": socket, "session": args.session}
    return await http.write("POST", "/v1/x/agents/adopt", body)


def _panes_in_words(rows: list[dict[str, Any]]) -> list[str]:
    if not rows:
        return ["No panes there."]
    place = max(len(row["place"]) for row in rows)
    return [
        f"{row['pane_id']:<5} {row['place']:<{place}}  {row['program'] or row['command']:<10}  "
        f"{row['refusal'] or row['cwd']}".rstrip()
        for row in rows
    ]
