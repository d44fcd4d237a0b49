"""`relay-tui send`, `reply`, `dm`, `edit`, `delete`, `react`, `pin`: saying things as the operator, from a script."""

from __future__ import annotations

import argparse
import asyncio
import math
from typing import TYPE_CHECKING, Any

from relay_tui.cli import arguments, wording
from relay_tui.cli.attaching import add_attach, along
from relay_tui.cli.relay_at import Undelivered, add_verb
from relay_tui.core.model import Mode, Reached

if TYPE_CHECKING:
    from relay_tui.client.http import Http

Json = dict[str, Any]
RUNGS = [rung.word for rung in (Reached.DELIVERED, Reached.ACKNOWLEDGED, Reached.ANSWERED)]
TIMEOUT = 60.0
LONG_POLL = 8
"""Seconds that one question after a message stays open; shorter than the client's own patience with an answer."""


def add_parsers(commands: Any) -> None:
    send = add_verb(commands, "send", "say something in a channel, or to an agent", _send, wording.sent)
    send.add_argument("to", metavar="WHERE", help="a channel, @agent, or the id of a conversation")
    _add_saying(send)
    reply = add_verb(commands, "reply", "answer in the thread of a message", _reply, wording.sent)
    reply.add_argument("message", metavar="MESSAGE", help="its id")
    _add_saying(reply)
    dm = add_verb(commands, "dm", "say something to one agent, or to several in one conversation", _dm, wording.sent)
    dm.add_argument("to", metavar="AGENT[,AGENT…]", help="one name, or several with commas between them")
    dm.add_argument("--name", default="", help="of a conversation of several")
    _add_saying(dm)
    edit = add_verb(
        commands, "edit", "say one of your messages differently; every version is kept", _edit, wording.sent
    )
    edit.add_argument("message", metavar="MESSAGE", help="its id")
    arguments.add_text(edit)
    _add_any_mention(edit)
    delete = add_verb(commands, "delete", "take a message back; who was not shown it never is", _delete, wording.done)
    delete.add_argument("message", metavar="MESSAGE", help="its id")
    react = add_verb(commands, "react", "put an emoji on a message", _react, wording.done)
    react.add_argument("message", metavar="MESSAGE", help="its id")
    react.add_argument("emoji", metavar="EMOJI", help="itself, or its name")
    react.add_argument("--remove", action="store_true", help="take it off again")
    pin = add_verb(commands, "pin", "keep a message in sight of its channel", _pin, wording.done)
    pin.add_argument("message", metavar="MESSAGE", help="its id")
    pin.add_argument("--remove", action="store_true", help="take it off again")


def add_content(parser: argparse.ArgumentParser) -> None:
    """What a message may carry."""
    arguments.add_text(parser)
    modes = [mode.value for mode in Mode]
    parser.add_argument("--mode", choices=modes, default=Mode.ON_IDLE.value, help="when it is shown (on-idle)")
    add_attach(parser)
    parser.add_argument("--expects-reply", action="store_true", help="say that an answer is expected")
    parser.add_argument(
        "--reply-by", type=arguments.moment, metavar="TIME", help="expect it by then: +10m, or ISO 8601"
    )
    parser.add_argument("--key", metavar="KEY", help="the same one again is the same message, stored once")
    _add_any_mention(parser)


async def content(http: Http, args: argparse.Namespace) -> Json:
    """The fields of a message as the wire has them; its files are stored."""
    said = await arguments.text(args.text)
    body: Json = {"text": said, "mode": args.mode, "strict_mentions": not args.any_mention}
    body |= await along(http, args)
    if args.expects_reply or args.reply_by is not None:
        body |= {"expects_reply": True, "reply_by": args.reply_by}
    return body


def _add_any_mention(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--any-mention", action="store_true", help="let @names of nobody pass as text")


def _add_saying(parser: argparse.ArgumentParser) -> None:
    add_content(parser)
    parser.add_argument("--wait", choices=RUNGS, help="return when every agent it is for is proven to be there")
    parser.add_argument(
        "--timeout", type=arguments.seconds, default=TIMEOUT, metavar="S", help=f"with --wait, seconds ({TIMEOUT:g})"
    )


async def _send(http: Http, args: argparse.Namespace) -> Json:
    from relay_tui.client.talk import part

    body = await content(http, args)
    if args.to.startswith("@"):
        return await _said(http, args, "/v1/dm", {"to": args.to, **body})
    if args.to.isdecimal() and not await is_channel(http, args.to):
        return await _said(http, args, f"/v1/dm/{args.to}/messages", body)
    return await _said(http, args, f"/v1/channels/{part(args.to)}/messages", body)


async def is_channel(http: Http, ref: str) -> bool:
    from relay_tui.client.errors import RelayClientError

    try:
        await http.get(f"/v1/channels/{ref}")
    except RelayClientError as error:
        if error.code != "channel_not_found":
            raise
        return False
    return True


async def _reply(http: Http, args: argparse.Namespace) -> Json:
    from relay_tui.client.talk import part

    return await _said(http, args, f"/v1/messages/{part(args.message)}/replies", await content(http, args))


async def _dm(http: Http, args: argparse.Namespace) -> Json:
    names = [name.strip().removeprefix("@") for name in args.to.split(",") if name.strip()]
    body = await content(http, args)
    if len(names) == 1:
        return await _said(http, args, "/v1/dm", {"to": f"@{names[0]}", **body})
    group = {"participants": names, "name": args.name}
    opened = await http.write("POST", "/v1/dm/group", group, key=args.key)
    return await _said(http, args, f"/v1/dm/{opened['id']}/messages", body)


async def _said(http: Http, args: argparse.Namespace, path: str, body: Json) -> Json:
    """Store it; with `--wait` stay until it has arrived. Raises `Undelivered`."""
    sent: Json = await http.write("POST", path, body, key=args.key)
    if args.wait is None:
        return sent
    rows = await _arrived(http, sent["id"], args.wait, args.timeout)
    answer = {**sent, "deliveries": rows}
    if not rows:
        raise Undelivered(answer, "No agent is among its recipients, so there is nothing to wait for.")
    late = [row for row in rows if not row["there"]]
    if late:
        names = ", ".join(row["agent_name"] for row in late)
        raise Undelivered(answer, f"Not {args.wait}: {names}.", f"`relay-tui why {sent['id']}` says why.")
    return answer


async def _arrived(http: Http, message_id: str, rung: str, seconds: float) -> list[Json]:
    """Where its deliveries stand once all of them are there or will not get there, or when the time is over."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while True:
        wait = max(0, min(LONG_POLL, math.ceil(end - loop.time())))
        rows: list[Json] = await http.get(f"/v1/x/messages/{message_id}/deliveries", until=rung, wait=wait)
        if all(row["there"] or row["over"] for row in rows) or loop.time() >= end:
            return rows


async def _edit(http: Http, args: argparse.Namespace) -> Json:
    from relay_tui.client.talk import part

    body = {"text": await arguments.text(args.text), "strict_mentions": not args.any_mention}
    return await http.write("PATCH", f"/v1/x/messages/{part(args.message)}", body)


async def _delete(http: Http, args: argparse.Namespace) -> Json:
    from relay_tui.client.talk import part

    await http.write("DELETE", f"/v1/x/messages/{part(args.message)}")
    return {"message_id": args.message, "deleted": True}


async def _react(http: Http, args: argparse.Namespace) -> Json:
    from relay_tui.client.talk import part

    path = f"/v1/messages/{part(args.message)}/reactions"
    if not args.remove:
        return await http.write("POST", path, {"emoji": args.emoji})
    await http.write("DELETE", f"{path}/{part(args.emoji)}")
    return {"message_id": args.message, "emoji": args.emoji, "removed": True}


async def _pin(http: Http, args: argparse.Namespace) -> Json:
    from relay_tui.client.talk import part

    path = f"/v1/x/messages/{part(args.message)}/pin"
    if not args.remove:
        return await http.write("POST", path)
    await http.write("DELETE", path)
    return {"message_id": args.message, "pinned": False}
