"""`relay-tui deliveries`, `why`, `hold`, `flush`, `dead`, `stop`, `resume`: the mail desk for scripts.

A relay that runs is asked over its socket; where none runs the workspace is opened for the moment.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relay_tui.cli.relay_at import DEADLINE, address
from relay_tui.cli.up import add_workspace
from relay_tui.core.errors import Refused, RelayError

if TYPE_CHECKING:
    from relay_tui.core.delivery.desk import Desk
    from relay_tui.host.workspace import WorkspaceFile

Answer = Any
OK, FAILED = 0, 1
_PARTS = ("hold", "freeze", "interrupt")
"""What `stop` does, as `core.delivery.stopping` names it."""


def add_parsers(commands: Any) -> None:
    listing = _parser(commands, "deliveries", "what has not arrived, or is not proven", _deliveries)
    listing.add_argument("--agent", default="", metavar="NAME", help="to this agent only")
    listing.add_argument("--state", default="", metavar="WORD", help="queued, deferred, held, uncertain, failed, …")
    listing.add_argument(
        "--faults",
        action="store_true",
        help="what a person should look at: failed, not proven, or behind a program that is gone",
    )
    listing.add_argument("--all", action="store_true", help="also what arrived")
    listing.add_argument("--channel", default="", metavar="NAME", help="in this channel only")
    listing.add_argument("--from", default="", metavar="NAME", dest="sender", help="of this sender only")
    listing.add_argument("--limit", type=_count, default=200, metavar="N", help="at most so many (default: 200)")
    listing.add_argument("--before", default="", metavar="MESSAGE[:AGENT]", help="the page before this row")
    why = _parser(commands, "why", "why a message stands where it does, and what to do", _why)
    why.add_argument("message", help="its id")
    why.add_argument("agent", nargs="?", default="", help="one recipient (default: all)")
    hold = _parser(commands, "hold", "hand nothing more over until it is flushed", _hold)
    hold.add_argument("agent", nargs="?", default="", help="one agent (default: everyone)")
    hold.add_argument("--reason", default="", help="why, for whoever looks later")
    flush = _parser(commands, "flush", "let what is held go", _flush)
    flush.add_argument("agent", nargs="?", default="", help="one agent (default: the hold on everyone)")
    stop = _parser(commands, "stop", "hold everyone, freeze the approvals, interrupt who works", _stop)
    stop.add_argument("--reason", default="", help="why, for whoever looks later")
    stop.add_argument("--only", nargs="+", default=_PARTS, choices=_PARTS, metavar="PART", help=", ".join(_PARTS))
    stop.add_argument("--status", action="store_true", help="only say what is stopped now")
    resume = _parser(commands, "resume", "let go what `stop` holds, and decide approvals again", _resume)
    resume.add_argument("agent", nargs="?", default="", help="one agent's deliveries (default: everything)")
    resume.add_argument("--only", nargs="+", default=_PARTS, choices=_PARTS, metavar="PART", help="hold, freeze")
    _dead(commands)


def _dead(commands: Any) -> None:
    parser = commands.add_parser("dead", help="dead letters: list, retry, redirect, drop")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    _parser(verbs, "list", "what ended short of delivered, with its text", _dead_list)
    for name, words, run in (
        ("retry", "try it again", _retry),
        ("redirect", "send it to another agent instead", _redirect),
        ("drop", "give it up", _drop),
    ):
        verb = _parser(verbs, name, words, run)
        verb.add_argument("message", help="its id")
        verb.add_argument("agent", help="who it did not reach")
        if name == "redirect":
            verb.add_argument("to", help="who gets it instead")
        if name == "drop":
            verb.add_argument("--reason", default="", help="why, for whoever looks later")


def _count(value: str) -> int:
    if not value.isdecimal() or not 0 < int(value) <= 1_000:
        raise argparse.ArgumentTypeError("a number from 1 to 1000")
    return int(value)


def _parser(commands: Any, name: str, words: str, run: Callable[..., Awaitable[Answer]]) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=words, description=f"{words[0].upper()}{words[1:]}.")
    add_workspace(parser, default=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help="the answer as JSON")
    parser.set_defaults(run=lambda args: _run(args, run))
    return parser


def _run(args: argparse.Namespace, ask: Callable[..., Awaitable[Answer]]) -> int:
    try:
        answer = asyncio.run(_at_desk(args, ask))
    except Refused as refusal:
        sys.stderr.write(f"relay-tui: {refusal.message}\n" + (f"  {refusal.hint}\n" if refusal.hint else ""))
        return FAILED
    sys.stdout.write(json.dumps(answer) + "\n" if args.json else "".join(f"{line}\n" for line in in_words(answer)))
    return OK


async def _at_desk(args: argparse.Namespace, ask: Callable[..., Awaitable[Answer]]) -> Answer:
    from relay_tui.core.delivery.desk import Desk
    from relay_tui.core.model import Caller, Source
    from relay_tui.core.relay import LOG_NAME, Relay
    from relay_tui.host import operator
    from relay_tui.host.workspace import find

    folder: Path = args.workspace
    workspace = find(folder)
    if workspace is None or not (workspace.state_dir / LOG_NAME).exists():
        place = workspace.path if workspace is not None else "this folder" if folder == Path() else folder
        raise RelayError("not_a_workspace", f"There is no workspace in {place}.", "Open it once with `relay-tui`.")
    try:
        async with Relay.open(workspace.state_dir, name=workspace.name) as relay:
            person = await operator.sign_in(relay, None)
            return await ask(Desk(relay, Caller(person.id, Source.CLI)), args)
    except RelayError as error:
        if error.code != "workspace_locked":
            raise
    return await _over_http(workspace, args, ask)


async def _over_http(workspace: WorkspaceFile, args: argparse.Namespace, ask: Callable[..., Awaitable[Answer]]) -> Any:
    from relay_tui.cli.remote_desk import RemoteDesk
    from relay_tui.client.errors import RelayClientError

    url, key = address(workspace.state_dir)
    try:
        async with RemoteDesk.open(url, key, DEADLINE) as desk:
            return await ask(desk, args)
    except RelayClientError as error:
        kind = Refused if error.status and error.status < 500 else RelayError
        raise kind(error.code, error.message, error.hint) from error


async def _deliveries(desk: Desk, args: argparse.Namespace) -> Answer:
    return await desk.deliveries(
        agent=args.agent,
        word=args.state,
        faults=args.faults,
        every=args.all,
        channel=args.channel,
        sender=args.sender,
        before=args.before,
        limit=args.limit,
    )


async def _why(desk: Desk, args: argparse.Namespace) -> Answer:
    return await desk.why(args.message, args.agent)


async def _hold(desk: Desk, args: argparse.Namespace) -> Answer:
    return await desk.hold(args.agent, args.reason)


async def _flush(desk: Desk, args: argparse.Namespace) -> Answer:
    return await desk.flush(args.agent)


async def _stop(desk: Desk, args: argparse.Namespace) -> Answer:
    return await desk.standing() if args.status else await desk.stop(args.reason, args.only)


async def _resume(desk: Desk, args: argparse.Namespace) -> Answer:
    return await desk.resume(args.agent, args.only)


async def _dead_list(desk: Desk, args: argparse.Namespace) -> Answer:
    return await desk.dead()


async def _retry(desk: Desk, args: argparse.Namespace) -> Answer:
    return await desk.retry(args.message, args.agent)


async def _redirect(desk: Desk, args: argparse.Namespace) -> Answer:
    return await desk.redirect(args.message, args.agent, args.to)


async def _drop(desk: Desk, args: argparse.Namespace) -> Answer:
    return await desk.drop(args.message, args.agent, args.reason)


def in_words(answer: Answer) -> list[str]:
    """An answer of the desk for a person's terminal; what agents wrote in it was made safe before."""
    from relay_tui.core.text import visible

    if isinstance(answer, list):
        if not answer:
            return ["Nothing."]
        return [line for one in answer for line in in_words(one)]
    if "sentence" in answer:
        return [visible(line) for line in _why_in_words(answer)]
    if "state" in answer:
        age = int(time.time() - answer["since"] / 1000)
        head = f"{answer['message']}  {answer['from']} → {answer['to']}  {answer['state']} {age}s"
        coming = f"next try {answer['next_try']}" if answer["next_try"] else ""
        return [visible("  ".join(part for part in (head, answer["reason"] or answer["how"], coming) if part))]
    if "was_held" in answer:
        whom = answer["agent"] or "everyone"
        thawed = ["approvals are decided again"] if answer.get("was_frozen") else []
        return [f"{whom} {'is not held any more' if answer['was_held'] else 'was not held'}", *thawed]
    if "frozen" in answer:
        return [visible(line) for line in _stopped_in_words(answer)]
    return [visible(f"{answer['agent'] or 'everyone'} is held by {answer['by']}  {answer['reason']}")]


def _stopped_in_words(answer: Answer) -> list[str]:
    rows = in_words(answer["hold"]) if answer["hold"] else []
    if frozen := answer["frozen"]:
        rows.append(f"approvals are frozen by {frozen['by']}  {frozen['reason']}")
    ends = {None: "left alone", True: "interrupted", False: "NOT seen to stop"}
    rows += [f"{one['agent']}: {one.get('was') or 'working'}, {ends[one['interrupted']]}" for one in answer["agents"]]
    if any(one.get("is") == "out of reach" for one in answer["agents"]):
        rows.append("No relay runs here, so no program was told to stop: start `relay-tui up`, then stop again.")
    return rows or ["Nothing is stopped."]


def _why_in_words(answer: Answer) -> list[str]:
    lines = [f"{answer['message']} to {answer['to']}: {answer['word']}", f"  {answer['sentence']}", ""]
    for signal in answer["signals"]:
        lines.append(f"  {_stamp(signal['at'])}  {signal['source']:<10}  {signal['words']}")
    for attempt in answer["attempts"]:
        head = f"  attempt {attempt['number']}  {_stamp(attempt['began_at'])}  {attempt['route']}"
        lines.append(f"{head}  {attempt['outcome'] or 'under way'}")
        for step in attempt["steps"]:
            mark = "ok" if step["ok"] else "no"
            lines.append(f"    {_stamp(step['at'])}  {mark}  {step['name']}  {step['detail']}".rstrip())
    lines += ["", f"  rule     {answer['rule']}"]
    if answer["changes"]:
        lines.append(f"  changes  {answer['changes']}")
    command = f"   relay-tui {answer['next']['command']}" if answer["next"]["command"] else ""
    return [*lines, f"  next     {answer['next']['words']}{command}"]


def _stamp(at: int) -> str:
    return time.strftime("%H:%M:%S", time.localtime(at / 1000)) + f".{at % 1000:03d}"
