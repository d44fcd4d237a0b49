"""`relay-tui approvals`: the requests that wait for a person. A decision is bound to the hash of what was shown.

`approve ID` and `deny ID` show the literal request and ask, where there is a terminal; a script gives `--hash H`, as
`show` prints it. A request that has changed, expired or was decided already is refused, and nothing happens.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from relay_tui.cli import arguments
from relay_tui.cli.relay_at import add_verb
from relay_tui.cli.wording import time
from relay_tui.core.errors import Refused
from relay_tui.core.text import visible

if TYPE_CHECKING:
    from relay_tui.client.http import Http

Json = dict[str, Any]
_HASH_LENGTH = 64
_DECISIONS = {"approve": "approved", "deny": "denied", "expire": "expired"}


def add_parser(commands: Any) -> None:
    parser = commands.add_parser("approvals", help="what agents ask for and a person decides", description=__doc__)
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    arguments.add_limit(add_verb(verbs, "list", "the requests that wait, the oldest first", _list, _lines))
    _verb(verbs, "show", "one request, exactly as it would run, and its hash", _show)
    for name, words in (("approve", "let exactly this happen, once"), ("deny", "refuse it; the words go back to it")):
        verb = _verb(verbs, name, words, _decide)
        verb.set_defaults(approve=name == "approve")
        verb.add_argument("--hash", type=_hash, metavar="H", help="of the request as `show` printed it")
        verb.add_argument("--words", default="", help="what is said to who asked")
    history = add_verb(verbs, "history", "every request and what became of it, the newest first", _history, _lines)
    arguments.add_limit(history)


def _verb(verbs: Any, name: str, words: str, ask: Any) -> argparse.ArgumentParser:
    parser = add_verb(verbs, name, words, ask, whole)
    parser.add_argument("id", metavar="ID", help="as `list` shows it")
    return parser


def _hash(given: str) -> str:
    if len(given) != _HASH_LENGTH or not given.isascii() or not given.isalnum():
        raise argparse.ArgumentTypeError("a hash is 64 hexadecimal digits, as `show` prints it")
    return given.lower()


async def _list(http: Http, args: argparse.Namespace) -> list[Json]:
    return await http.get("/v1/x/approvals", limit=args.limit)


async def _history(http: Http, args: argparse.Namespace) -> list[Json]:
    return await http.get("/v1/x/approvals", all="true", limit=args.limit)


async def _show(http: Http, args: argparse.Namespace) -> Json:
    from relay_tui.client.talk import part

    return await http.get(f"/v1/x/approvals/{part(args.id)}")


async def _decide(http: Http, args: argparse.Namespace) -> Json:
    from relay_tui.client.talk import part

    digest: str = args.hash or await _agreed(await _show(http, args), args)
    body = {"request_hash": digest, "approve": args.approve, "words": args.words}
    return await http.write("POST", f"/v1/x/approvals/{part(args.id)}", body)


async def _agreed(found: Json, args: argparse.Namespace) -> str:
    """The hash of the request that the person has read and said yes to. Raises `Refused` where there is none to ask."""
    if found["decision"]:
        raise Refused("approval_taken", f"That request was decided already: {found['decision']}.")
    verb = "Approve" if args.approve else "Deny"
    if args.json or sys.stdin is None or not sys.stdin.isatty():
        raise Refused("invalid_request", "There is nobody to ask, so the request's hash must be given.",
                      f"`relay-tui approvals show {found['approval_id']}` shows the request and its hash.")  # fmt: skip
    for line in whole(found):
        sys.stderr.write(f"{visible(line, keep='')}\n")
    sys.stderr.write(f"{verb} exactly this? [y/N] ")
    sys.stderr.flush()
    said = await asyncio.to_thread(sys.stdin.readline)
    if said.strip().lower() not in ("y", "yes"):
        raise Refused("forbidden", "Nothing was decided.", "It still waits.")
    return found["request_hash"]


def _lines(answer: list[Json]) -> Iterator[str]:
    for one in answer:
        word = _DECISIONS.get(one["decision"] or "", "waits")
        literal = " ".join(line.strip() for line in _literal(one))
        yield f"{one['approval_id']}  {word}  {time(one['requested_at'])}  {one['caller_name']}  {literal}"
    if not answer:
        yield "Nothing."


def whole(answer: Json) -> Iterator[str]:
    yield f"{answer['approval_id']}  {answer['caller_name']} asks"
    yield from (f"    {line}" for line in _literal(answer))
    if cwd := answer["request"].get("cwd"):
        yield f"  in     {cwd}"
    reason = f": {answer['reason']}" if answer["reason"] else ""
    yield f"  rule   {answer['rule']}{reason}"
    yield f"  asked  {time(answer['requested_at'])}, until {time(answer['expires_at'])}, then it is refused"
    yield f"  hash   {answer['request_hash']}"
    if answer["decision"]:
        words = f": {answer['words']}" if answer["words"] else ""
        yield f"  {_DECISIONS[answer['decision']]}  {time(answer['decided_at'])}{words}"


def _literal(answer: Json) -> list[str]:
    """The request as it will run: the action, then each argument as JSON."""
    given = answer["request"].get("arguments", {})
    named = given.items() if isinstance(given, dict) else [("arguments", given)]
    rows = [f"  {name}: {json.dumps(value, ensure_ascii=False)}" for name, value in named]
    return [answer["action_name"], *rows]
