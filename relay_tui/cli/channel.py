"""`relay-tui channel`: make channels, say who is in them, and put them away."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from relay_tui.cli import describing, wording
from relay_tui.cli.relay_at import Ask, Say, add_verb

if TYPE_CHECKING:
    from relay_tui.client.http import Http

Json = dict[str, Any]


def add_parser(commands: Any) -> None:
    parser = commands.add_parser("channel", help="make channels, and say who is in them", description=__doc__)
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    listing = add_verb(verbs, "list", "every channel", _list, wording.channels)
    listing.add_argument("--archived", action="store_true", help="those that were put away, too")
    create = _verb(verbs, "create", "make a channel; you are its owner", _create, wording.channels)
    create.add_argument("--topic", default="", help="what it is about")
    topic = _verb(verbs, "topic", "say what a channel is about", _topic, wording.channels)
    topic.add_argument("topic", metavar="TOPIC", nargs="+")
    archive = _verb(verbs, "archive", "put a channel away; it takes nothing new", _archive, wording.channels)
    archive.add_argument("--undo", action="store_true", help="bring it back")
    _verb(verbs, "join", "be a member", _join, wording.done)
    _verb(verbs, "leave", "be a member no longer", _leave, wording.done)
    mute = _verb(verbs, "mute", "be told only of what mentions you", _mute, wording.done)
    mute.add_argument("--off", action="store_true", help="be told of everything again")
    _verb(verbs, "members", "who is in a channel", _members, wording.members)
    _verb(verbs, "pins", "the messages that are pinned there", _pins, wording.pins)
    for name, words, ask, say in (
        ("invite", "make an agent a member", _invite, wording.done),
        ("remove", "make an agent a member no longer", _remove, wording.done),
        ("role", "make a member an owner, or an owner a member", _role, wording.members),
    ):
        _verb(verbs, name, words, ask, say).add_argument("agent", metavar="AGENT")
    describing.add_channel_verbs(verbs)
    verbs.choices["role"].add_argument("role", choices=["owner", "member"])


def _verb(verbs: Any, name: str, words: str, ask: Ask, say: Say) -> argparse.ArgumentParser:
    parser = add_verb(verbs, name, words, ask, say)
    parser.add_argument("name", metavar="CHANNEL", help="its name, with or without #")
    return parser


def _path(args: argparse.Namespace, more: str = "", *, ours: bool = False) -> str:
    from relay_tui.client.talk import part

    return f"/v1/{'x/' if ours else ''}channels/{part(args.name)}{more}"


def _member(args: argparse.Namespace) -> str:
    from relay_tui.client.talk import part

    return _path(args, f"/members/{part(args.agent.removeprefix('@'))}", ours=True)


async def _list(http: Http, args: argparse.Namespace) -> list[Json]:
    return await http.get("/v1/channels", include_archived="true" if args.archived else None)


async def _create(http: Http, args: argparse.Namespace) -> Json:
    return await http.write("POST", "/v1/channels", {"name": args.name.removeprefix("#"), "topic": args.topic})


async def _topic(http: Http, args: argparse.Namespace) -> Json:
    return await http.write("PATCH", _path(args), {"topic": " ".join(args.topic)})


async def _archive(http: Http, args: argparse.Namespace) -> Json:
    if args.undo:
        return await http.write("POST", _path(args, "/unarchive", ours=True))
    await http.write("DELETE", _path(args))
    return await http.get(_path(args))


async def _join(http: Http, args: argparse.Namespace) -> Json:
    return await http.write("POST", _path(args, "/join"))


async def _leave(http: Http, args: argparse.Namespace) -> Json:
    await http.write("POST", _path(args, "/leave"))
    return {"channel": args.name.removeprefix("#"), "left": True}


async def _mute(http: Http, args: argparse.Namespace) -> Json:
    return await http.write("POST", _path(args, "/unmute" if args.off else "/mute"))


async def _members(http: Http, args: argparse.Namespace) -> list[Json]:
    return await http.get(_path(args, "/members"))


async def _pins(http: Http, args: argparse.Namespace) -> list[Json]:
    return await http.get(_path(args, "/pins", ours=True))


async def _invite(http: Http, args: argparse.Namespace) -> Json:
    return await http.write("POST", _path(args, "/invite"), {"agent_name": args.agent.removeprefix("@")})


async def _remove(http: Http, args: argparse.Namespace) -> Json:
    await http.write("DELETE", _member(args))
    return {"channel": args.name.removeprefix("#"), "agent": args.agent.removeprefix("@"), "removed": True}


async def _role(http: Http, args: argparse.Namespace) -> Json:
    return await http.write("PATCH", _member(args), {"role": args.role})
