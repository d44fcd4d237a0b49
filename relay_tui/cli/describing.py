"""`relay-tui agent show|set|remove`, `channel show|set`: what is known of them beside what they do and say."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from relay_tui.cli import wording
from relay_tui.cli.relay_at import add_verb
from relay_tui.core import metadata
from relay_tui.core.errors import Refused

if TYPE_CHECKING:
    from relay_tui.client.http import Http

Json = dict[str, Any]
_META = "KEY=VALUE"
_META_HELP = "text; KEY:=JSON for anything else, KEY= takes it away"
_ENDED = (None, "exited", "lost")


def add_agent_verbs(verbs: Any) -> None:
    show = add_verb(verbs, "show", "what is known of an agent", _agent, _say_agent)
    change = add_verb(
        verbs, "set", "its groups, what it is for, and what else is to be known of it", _set_agent, _say_agent,
        more="Who is in the group `reviewers` is meant by @reviewers.",
    )  # fmt: skip
    change.add_argument("--group", action="append", default=[], metavar="GROUP", help="be in a group; may be repeated")
    change.add_argument("--no-group", action="append", default=[], metavar="GROUP", help="be in it no longer")
    change.add_argument("--persona", metavar="TEXT", help="what it is for")
    change.add_argument("--meta", action="append", default=[], metavar=_META, help=_META_HELP)
    remove = add_verb(
        verbs, "remove", "take an agent out whose program has ended", _remove_agent, wording.done,
        more="What it said stays, its name is free again, and what is due to it is cancelled.",
    )  # fmt: skip
    for verb in (show, change, remove):
        verb.add_argument("name", metavar="NAME")


def add_channel_verbs(verbs: Any) -> None:
    show = add_verb(verbs, "show", "what is known of a channel, and who is in it", _channel, _say_channel)
    change = add_verb(verbs, "set", "what is to be known of a channel", _set_channel, _say_channel)
    for verb in (show, change):
        verb.add_argument("name", metavar="CHANNEL", help="its name, with or without #")
    change.add_argument("--meta", action="append", required=True, metavar=_META, help=_META_HELP)


async def _agent(http: Http, args: argparse.Namespace) -> Json:
    return await http.get(_agent_path(args.name))


async def _set_agent(http: Http, args: argparse.Namespace) -> Json:
    change = metadata.typed(args.meta)
    added, gone = metadata.checked_groups(args.group), {one.lower() for one in metadata.checked_groups(args.no_group)}
    if not change and not added and not gone and args.persona is None:
        raise Refused("invalid_request", "It says nothing that is to change.", "Give --group, --persona or --meta.")
    if added or gone:
        known = metadata.groups((await http.get(_agent_path(args.name)))["metadata"])
        kept = [one for one in metadata.checked_groups([*known, *added]) if one.lower() not in gone]
        change[metadata.GROUPS] = kept or None
    body = {"persona": args.persona, "metadata": change}
    await http.write("PATCH", _agent_path(args.name), {key: value for key, value in body.items() if value is not None})
    return await _agent(http, args)


async def _remove_agent(http: Http, args: argparse.Namespace) -> Json:
    found = await _agent(http, args)
    if found["type"] != "agent":
        raise Refused("forbidden", f"{found['name']} is no agent, and stays.")
    running = {one["name"]: one["state"] for one in await http.get("/v1/x/agents")}
    if running.get(found["name"]) not in _ENDED:
        raise Refused("agent_running", f"The program of {found['name']} runs.", "Release it first, or end it.")
    await http.write("DELETE", _agent_path(args.name))
    return {"agent": found["name"], "removed": True}


async def _channel(http: Http, args: argparse.Namespace) -> Json:
    return await http.get(_channel_path(args.name))


async def _set_channel(http: Http, args: argparse.Namespace) -> Json:
    await http.write("PATCH", _channel_path(args.name), {"metadata": metadata.typed(args.meta)})
    return await _channel(http, args)


def _agent_path(name: str) -> str:
    from relay_tui.client.talk import part

    return f"/v1/agents/{part(name.removeprefix('@'))}"


def _channel_path(name: str) -> str:
    from relay_tui.client.talk import part

    return f"/v1/channels/{part(name)}"


def _say_agent(answer: Json) -> Iterator[str]:
    yield f"{answer['name']}  {answer['type']}  {answer['status']}"
    if answer["persona"]:
        yield f"  for       {answer['persona']}"
    if groups := metadata.groups(answer["metadata"]):
        yield f"  groups    {', '.join(f'@{group}' for group in groups)}"
    channels = [f"#{one['name']}{' (owner)' if one['role'] == 'owner' else ''}" for one in answer["channels"]]
    yield f"  in        {', '.join(channels) or 'no channel'}"
    if answer["pending_deliveries"]:
        yield f"  due       {answer['pending_deliveries']}"
    yield from (f"  {line}" for line in metadata.shown(answer["metadata"]))


def _say_channel(answer: Json) -> Iterator[str]:
    yield from wording.channels(answer)
    yield from (f"  {line}" for line in wording.members(answer["members"]))
    yield from (f"  {line}" for line in metadata.shown(answer["metadata"]))
