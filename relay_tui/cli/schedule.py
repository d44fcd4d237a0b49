"""`relay-tui schedule`: messages for later."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from relay_tui.cli import arguments, wording
from relay_tui.cli.relay_at import add_verb
from relay_tui.cli.talk import add_content, content

if TYPE_CHECKING:
    from relay_tui.client.http import Http

Json = dict[str, Any]


def add_parser(commands: Any) -> None:
    parser = commands.add_parser("schedule", help="messages for later", description=__doc__)
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    new = add_verb(
        verbs, "new", "send something at a time, or once somebody is idle", _new, wording.scheduled,
        more="With both, when both hold. It survives a restart of the relay.",
    )  # fmt: skip
    new.add_argument("to", metavar="WHERE", help="a channel, @agent, or the id of a conversation")
    new.add_argument("--at", type=arguments.moment, metavar="TIME", help="+10m, or ISO 8601")
    new.add_argument("--when-idle", metavar="AGENT", help="once this agent is idle")
    add_content(new)
    listing = add_verb(verbs, "list", "what waits to be sent", _list, wording.scheduled)
    listing.add_argument("--all", action="store_true", help="also what was sent, cancelled or given up")
    arguments.add_limit(listing)
    cancel = add_verb(verbs, "cancel", "send it never", _cancel, wording.scheduled)
    cancel.add_argument("scheduled", metavar="ID", help="as `list` shows it")


async def _new(http: Http, args: argparse.Namespace) -> Json:
    to: str = args.to if args.to.startswith(("@", "#")) or args.to.isdecimal() else f"#{args.to}"
    body = {"to": to, "at": args.at, "when_idle": args.when_idle, **await content(http, args)}
    return await http.write("POST", "/v1/x/scheduled", body, key=args.key)


async def _list(http: Http, args: argparse.Namespace) -> list[Json]:
    return await http.get("/v1/x/scheduled", all="true" if args.all else None, limit=args.limit)


async def _cancel(http: Http, args: argparse.Namespace) -> Json:
    from relay_tui.client.talk import part

    return await http.write("DELETE", f"/v1/x/scheduled/{part(args.scheduled)}")
