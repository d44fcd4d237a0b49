"""`relay-tui rule`: what the relay does by itself when something happens. `relay-tui wait`: be told once.

What is waited for, in words (or as JSON): `builder becomes idle`, `anyone mentioned in #ops`, `message in #ops contains
"ship it"`, `builder calls run contains "git push"`, `action deploy.* failed`, `delivery of 123 to builder answered`,
`event approval.*`; `and`, `or`, `not` and brackets join them. What is done: `notify TEXT`, `send #ops TEXT`,
`invoke ACTION {…}`.
"""

from __future__ import annotations

import argparse
import asyncio
from typing import TYPE_CHECKING, Any

from relay_tui.cli import arguments, rule_wording
from relay_tui.cli.relay_at import Undelivered, add_verb
from relay_tui.core.errors import Refused

if TYPE_CHECKING:
    from relay_tui.client.http import Http

Json = dict[str, Any]
TIMEOUT = 60.0
LONG_POLL = 8.0
"""Seconds that one question stays open; shorter than the client's own patience with an answer."""
LOOKED = 1_000


def add_parsers(commands: Any) -> None:
    parser = commands.add_parser("rule", help="what the relay does by itself when something happens",
                                 description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    add_verb(verbs, "list", "every stored rule", _list, rule_wording.rules)
    new = add_verb(verbs, "new", "store a rule", _new, rule_wording.rules)
    new.add_argument("name", metavar="NAME")
    _add_parts(new, required=True)
    new.add_argument("--per-minute", type=_per_minute, default=30, metavar="N",
                     help="switched off when it runs more often: the guard against loops (30)")  # fmt: skip
    new.add_argument("--off", action="store_true", help="store it switched off")
    _verb(verbs, "show", "one rule, and its newest runs", _show, rule_wording.rule)
    _verb(verbs, "on", "switch a rule on", _switch, rule_wording.rules).set_defaults(enabled=True)
    _verb(verbs, "off", "switch a rule off", _switch, rule_wording.rules).set_defaults(enabled=False)
    _verb(verbs, "remove", "remove a rule; its log stays", _remove, rule_wording.rules)
    arguments.add_limit(_verb(verbs, "runs", "what became of each time that it was set off", _runs, rule_wording.runs))
    attempt = add_verb(verbs, "try", "what would have set a rule off lately; nothing is done", _try, rule_wording.trial)
    attempt.add_argument("rule", metavar="RULE", nargs="?", default="", help="its id or name")
    _add_parts(attempt, required=False)
    attempt.add_argument("--last", type=_entries, default=LOOKED, metavar="N", help=f"newest entries ({LOOKED})")
    wait = add_verb(commands, "wait", "return when something happens, or is so", _wait, rule_wording.happening,
                    more="The words are those of `relay-tui rule --help`. With `is` it may be so already.")  # fmt: skip
    wait.add_argument("predicate", metavar="PREDICATE", nargs="+")
    wait.add_argument("--timeout", type=arguments.seconds, default=TIMEOUT, metavar="S", help=f"seconds ({TIMEOUT:g})")
    wait.add_argument("--from", type=_entries, dest="first", metavar="SEQ", help="from this entry of the log on")


def _verb(verbs: Any, name: str, words: str, ask: Any, say: Any) -> argparse.ArgumentParser:
    parser = add_verb(verbs, name, words, ask, say)
    parser.add_argument("rule", metavar="RULE", help="its id or name")
    return parser


def _add_parts(parser: argparse.ArgumentParser, *, required: bool) -> None:
    parser.add_argument("--when", required=required, default="", metavar="PREDICATE", help="what sets it off")
    parser.add_argument("--then", required=required, default="", metavar="DEED", help="what it does")


def _per_minute(given: str) -> int:
    return _number(given, 600)


def _entries(given: str) -> int:
    return _number(given, 100_000)


def _number(given: str, most: int) -> int:
    if not given.isascii() or not given.isdigit() or not 1 <= int(given[:9]) <= most:
        raise argparse.ArgumentTypeError(f"{given!r} is not a number from 1 to {most}")
    return int(given)


async def _list(http: Http, args: argparse.Namespace) -> list[Json]:
    return await _in_words(http, await http.get("/v1/x/rules"))


async def _new(http: Http, args: argparse.Namespace) -> list[Json]:
    parts = _parts(args)
    body = {"name": args.name, **parts, "enabled": not args.off, "per_minute": args.per_minute}
    return await _in_words(http, [await http.write("POST", "/v1/x/rules", body)])


def _parts(args: argparse.Namespace) -> Json:
    from relay_tui.core.predicates import words
    from relay_tui.core.rules.words import read_deed

    return {"when": words.read(args.when), "then": read_deed(args.then)}


async def _show(http: Http, args: argparse.Namespace) -> Json:
    [found] = await _in_words(http, [await _found(http, args.rule)])
    return {**found, "newest_runs": await http.get(f"/v1/x/rules/{found['id']}/runs", limit=10)}


async def _switch(http: Http, args: argparse.Namespace) -> list[Json]:
    found = await _found(http, args.rule)
    return await _in_words(http, [await http.write("PATCH", f"/v1/x/rules/{found['id']}", {"enabled": args.enabled})])


async def _remove(http: Http, args: argparse.Namespace) -> list[Json]:
    found = await _found(http, args.rule)
    return await _in_words(http, [{**await http.write("DELETE", f"/v1/x/rules/{found['id']}"), "removed": True}])


async def _runs(http: Http, args: argparse.Namespace) -> list[Json]:
    found = await _found(http, args.rule)
    return await http.get(f"/v1/x/rules/{found['id']}/runs", limit=args.limit)


async def _try(http: Http, args: argparse.Namespace) -> Json:
    if bool(args.rule) == bool(args.when):
        raise Refused("invalid_request", "Name a stored rule, or say with --when what sets it off.")
    from relay_tui.core.predicates import words
    from relay_tui.core.rules.words import read_deed

    if args.rule:
        found = await _found(http, args.rule)
        when, then = found["when"], found["then"]
    else:
        when, then = words.read(args.when), read_deed(args.then) if args.then else None
    return await http.write("POST", "/v1/x/rules/try", {"when": when, "then": then, "last": args.last})


async def _found(http: Http, ref: str) -> Json:
    """A rule by its id, else by its name where that is one rule's only. Raises `Refused` (rule_not_found)."""
    rules: list[Json] = await http.get("/v1/x/rules")
    for one in rules:
        if one["id"] == ref:
            return one
    named = [one for one in rules if one["name"].casefold() == ref.casefold()]
    if len(named) == 1:
        return named[0]
    said = f"Several rules are called {ref}." if named else f"There is no rule {ref}."
    raise Refused("rule_not_found", said, "`relay-tui rule list` shows their ids.")


async def _in_words(http: Http, rules: list[Json]) -> list[Json]:
    """With `when_words` and `then_words` beside the data, which has ids where it names somebody."""
    if not rules:
        return rules
    from relay_tui.core.predicates.model import parse_predicate
    from relay_tui.core.predicates.words import say
    from relay_tui.core.rules.model import parse_deed
    from relay_tui.core.rules.words import say_deed

    agents = {one["id"]: one["name"] for one in await http.get("/v1/agents")}
    channels = {one["id"]: one["name"] for one in await http.get("/v1/channels", include_archived="true")}
    for one in rules:
        when = parse_predicate(one["when"])
        one["when_words"] = say(when, lambda id: agents.get(id, id), lambda id: channels.get(id, id))
        one["then_words"] = say_deed(parse_deed(one["then"]), lambda to: f"#{channels[to]}" if to in channels else to)
        one["owner"] = agents.get(one["owner_id"], one["owner_id"])
    return rules


async def _wait(http: Http, args: argparse.Namespace) -> Json:
    from relay_tui.core.predicates import words

    given: list[str] = args.predicate
    # The shell took the quotes off; where one argument has blanks and is not all of it, there were some.
    when = words.read(given[0] if len(given) == 1 else " ".join(words.quoted(one) for one in given))
    loop = asyncio.get_running_loop()
    end = loop.time() + args.timeout
    seq: int | None = args.first
    while True:
        left = max(0.0, min(LONG_POLL, end - loop.time()))
        body = {"when": when, "timeout": left} | ({"from_seq": seq} if seq is not None else {})
        found: Json = await http.write("POST", "/v1/x/wait", body)
        if found["found"]:
            return found
        if loop.time() >= end:
            raise Undelivered(found, "It has not happened in that time.", code="timed_out")
        seq = found["seq"] + 1
