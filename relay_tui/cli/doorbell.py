"""`relay-tui doorbell`: between whom words are typed whole. `relay-tui fetch`: what an agent was rung for, read."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from relay_tui.cli.relay_at import DEADLINE, add_verb
from relay_tui.core.errors import Refused, RelayError
from relay_tui.core.text import visible

if TYPE_CHECKING:
    from relay_tui.client.http import Http

OK, FAILED = 0, 1


def add_parsers(commands: Any) -> None:
    words = "between whom words are typed whole, and whom a doorbell is rung for"
    parser = commands.add_parser("doorbell", help=words)
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    add_verb(verbs, "list", "the rules that were made", _rules, _say_rules, more=_DEFAULT)
    rule = add_verb(verbs, "set", "make a rule for a pair, or take it away", _rule, _say_rule, more=_DEFAULT)
    rule.add_argument("sender", metavar="FROM", help="who says something; * for anybody")
    rule.add_argument("agent", metavar="TO", help="who is told; * for anybody")
    rule.add_argument("say", choices=("whole", "doorbell", "default"), help="default takes the rule away")
    fetch = commands.add_parser(
        "fetch",
        help="in an agent's own terminal: read what waits for it",
        description="For agents: reads what waits for the agent whose token is in RELAY_AGENT_TOKEN, from the relay in "
        "RELAY_BASE_URL. What is read counts as delivered.",
    )
    fetch.add_argument("message", nargs="?", default="", help="its id, as the doorbell says it (default: all)")
    fetch.add_argument("--list", action="store_true", help="only who wrote, reading nothing")
    fetch.add_argument("--json", action="store_true", help="the answer as JSON")
    fetch.set_defaults(run=_run_fetch)


_DEFAULT = (
    "By default an agent that can read its messages by itself is only told that another agent's words wait; everything "
    "else is typed whole. The nearest rule counts: of the pair, of the recipient, of the sender, of everybody."
)


async def _rules(http: Http, args: argparse.Namespace) -> Any:
    return await http.get("/v1/x/doorbells")


async def _rule(http: Http, args: argparse.Namespace) -> Any:
    body = {"sender": args.sender, "agent": args.agent, "say": args.say}
    return await http.write("POST", "/v1/x/doorbells", body)


def _say_rules(answer: Any) -> Iterable[str]:
    return map(_said, answer) if answer else ["No rules: the default holds for everybody."]


def _say_rule(rule: Any) -> Iterator[str]:
    yield _said(rule)
    if rule["unable"]:
        yield f"  {', '.join(rule['unable'])} cannot read messages by itself: what is only rung for will fail there."
        yield "  Start it by `agent new … --fetches` if it runs `relay-tui fetch` when it is told to; or say `whole`."


def _said(rule: Any) -> str:
    return f"{rule['from']} → {rule['to']}  {rule['say']}  by {rule['set_by']}"


def _run_fetch(args: argparse.Namespace) -> int:
    try:
        asyncio.run(_fetch(args))
    except RelayError as error:
        if args.json:
            said = {"code": error.code, "message": error.message, "hint": error.hint}
            sys.stdout.write(json.dumps({"ok": False, "error": said}) + "\n")
        if not isinstance(error, Refused):
            raise
        sys.stderr.write(
            f"relay-tui: {visible(error.message)}\n" + (f"  {visible(error.hint)}\n" if error.hint else "")
        )
        return FAILED
    return OK


def _print(args: argparse.Namespace, answer: Any) -> None:
    sys.stdout.write(json.dumps(answer) + "\n" if args.json else "".join(f"{line}\n" for line in _lines(answer)))
    sys.stdout.flush()


async def _fetch(args: argparse.Namespace) -> None:
    from relay_tui.client.errors import RelayClientError
    from relay_tui.client.http import Http

    url, token = os.environ.get("RELAY_BASE_URL", ""), os.environ.get("RELAY_AGENT_TOKEN", "")
    if not url or not token:
        raise RelayError(
            "not_configured",
            "This is for agents, and the environment names none.",
            "An agent that relay-tui starts has RELAY_BASE_URL and RELAY_AGENT_TOKEN.",
        )
    _check(args.message)
    http = Http(url, token, deadline=DEADLINE)
    try:
        if args.list:
            _print(args, await http.get("/v1/x/postbox"))
            return
        wanted = [args.message] if args.message else [one["id"] for one in await http.get("/v1/x/postbox")]
        read: dict[str, Any] = {}
        for ref in wanted:
            await _read(http, ref, read)
        _print(args, list(read.values()))
        # Only now: an agent that was interrupted before has not seen it.
        for message_id in read:
            await http.write("POST", f"/v1/x/postbox/{message_id}/read")
    except RelayClientError as error:
        kind = Refused if 400 <= error.status < 500 else RelayError
        raise kind(error.code, error.message, error.hint) from error
    finally:
        await http.aclose()


async def _read(http: Http, ref: str, read: dict[str, Any]) -> None:
    """Read a message, and before it is shown what its sender said before it."""
    found = await http.get(f"/v1/x/postbox/{ref}")
    for earlier in found["unread_before"]:
        if earlier not in read:
            read[earlier] = await http.get(f"/v1/x/postbox/{earlier}")
    read.setdefault(found["id"], found)


def _check(ref: str) -> None:
    """What stands in an address is an id or nothing."""
    if ref and not (ref.isascii() and ref.replace("_", "").isalnum() and len(ref) < 64):
        raise Refused("delivery_not_found", "That is no message's id.", "Take it from the doorbell.")


def _lines(answer: Any) -> Iterator[str]:
    if not answer:
        yield "Nothing waits."
    for one in answer:
        thread = f" thread={one['thread_id']}" if one.get("thread_id") else ""
        yield visible(f"[relay msg={one['id']}{thread} from={one['from']} to={one['to']}]", keep="")
        if "text" in one:
            yield from visible(one["text"]).split("\n")
