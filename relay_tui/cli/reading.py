"""`relay-tui inbox`, `read`, `search`, `activity` and what else there is to look at. Looking marks nothing as read."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from relay_tui.cli import arguments, wording
from relay_tui.cli.relay_at import add_verb
from relay_tui.cli.talk import is_channel

if TYPE_CHECKING:
    from relay_tui.client.http import Http

Json = dict[str, Any]


def add_parsers(commands: Any) -> None:
    inbox = add_verb(commands, "inbox", "what you have not read, and who waits for you", _inbox, wording.inbox)
    arguments.add_limit(inbox)
    read = add_verb(commands, "read", "the messages of a place, oldest first", _read, wording.messages)
    read.add_argument(
        "place", metavar="WHERE", help="a channel, @agent, a conversation's id, or a message's: its thread"
    )
    arguments.add_limit(read)
    read.add_argument("--before", metavar="MESSAGE", help="only those before it")
    read.add_argument("--after", metavar="MESSAGE", help="only those after it")
    read.add_argument("--mark", action="store_true", help="what is shown counts as read by you")
    search = add_verb(
        commands, "search", "messages by words", _search, wording.lines,
        more='Also "two words", pars*, from:NAME, in:#CHANNEL, before:DATE, has:link, -word.',
    )  # fmt: skip
    search.add_argument("words", metavar="WORDS", nargs="+")
    arguments.add_limit(search)
    search.add_argument("--before", metavar="MESSAGE", help="go on behind an earlier page")
    activity = add_verb(commands, "activity", "the newest messages everywhere", _activity, wording.lines)
    arguments.add_limit(activity)
    talks = add_verb(commands, "conversations", "every conversation of two or several", _talks, wording.conversations)
    arguments.add_limit(talks)
    threads = add_verb(commands, "threads", "threads with replies that you have not read", _threads, wording.threads)
    threads.add_argument("--all", action="store_true", help="every thread that you are in")
    arguments.add_limit(threads)
    expected = add_verb(commands, "expected", "replies that somebody waits for", _expected, wording.expected)
    which = expected.add_mutually_exclusive_group()
    which.add_argument("--overdue", action="store_true", help="whose deadline is over")
    which.add_argument("--owed", action="store_true", help="that wait on you")
    arguments.add_limit(expected)
    for name, words, ask, say in (
        ("waive", "wait for the reply to a message no longer", _waive, wording.done),
        ("history", "the earlier versions of a message", _history, wording.versions),
        ("readers", "who has read a message", _readers, wording.readers),
    ):
        add_verb(commands, name, words, ask, say).add_argument("message", metavar="MESSAGE", help="its id")


async def _inbox(http: Http, args: argparse.Namespace) -> Json:
    return await http.get("/v1/inbox", limit=args.limit)


async def _read(http: Http, args: argparse.Namespace) -> list[Json]:
    found = await _messages(http, args)
    if args.mark and found:
        await http.write("POST", f"/v1/messages/{found[-1]['id']}/read")
    return found


async def _messages(http: Http, args: argparse.Namespace) -> list[Json]:
    from relay_tui.client.errors import RelayClientError
    from relay_tui.client.talk import part

    page = {"limit": args.limit, "before": args.before, "after": args.after}
    place: str = args.place
    if place.startswith("@"):
        with_them = await _conversation(http, place.removeprefix("@"))
        return await http.get(f"/v1/dm/{with_them}/messages", **page) if with_them else []
    if not place.isdecimal() or await is_channel(http, place):
        return await http.get(f"/v1/channels/{part(place)}/messages", **page)
    try:
        return await http.get(f"/v1/dm/conversations/{place}/messages", **page)
    except RelayClientError as error:
        if error.code != "conversation_not_found":
            raise
    thread = await http.get(f"/v1/messages/{place}/replies", limit=args.limit)
    return [thread["parent"], *thread["replies"]]


async def _conversation(http: Http, name: str) -> str:
    """The id of the conversation of two with this agent; empty: there is none yet."""
    from relay_tui.client.talk import part

    agent = await http.get(f"/v1/agents/{part(name)}")
    for one in await http.get("/v1/dm/conversations"):
        if one["type"] == "1:1" and any(other["agent_id"] == agent["id"] for other in one["participants"]):
            return one["id"]
    return ""


async def _search(http: Http, args: argparse.Namespace) -> list[Json]:
    return await http.get("/v1/search", q=" ".join(args.words), limit=args.limit, before=args.before)


async def _activity(http: Http, args: argparse.Namespace) -> list[Json]:
    return await http.get("/v1/activity", limit=args.limit)


async def _talks(http: Http, args: argparse.Namespace) -> list[Json]:
    return await http.get("/v1/dm/conversations/all", limit=args.limit)


async def _threads(http: Http, args: argparse.Namespace) -> list[Json]:
    return await http.get("/v1/x/threads", limit=args.limit, all="true" if args.all else None)


async def _expected(http: Http, args: argparse.Namespace) -> list[Json]:
    flags = {"overdue": "true" if args.overdue else None, "owed": "true" if args.owed else None}
    return await http.get("/v1/x/expected", limit=args.limit, **flags)


async def _waive(http: Http, args: argparse.Namespace) -> Json:
    from relay_tui.client.talk import part

    return await http.write("POST", f"/v1/x/messages/{part(args.message)}/waive")


async def _history(http: Http, args: argparse.Namespace) -> list[Json]:
    from relay_tui.client.talk import part

    return await http.get(f"/v1/x/messages/{part(args.message)}/history")


async def _readers(http: Http, args: argparse.Namespace) -> list[Json]:
    from relay_tui.client.talk import part

    return await http.get(f"/v1/messages/{part(args.message)}/readers")
