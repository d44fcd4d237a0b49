"""`relay-tui demo`: a swarm of scripted agents in real tmux panes, in a workspace that is thrown away."""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import sys
import time
from typing import TYPE_CHECKING, Any

from relay_tui.cli.screen import require_terminal
from relay_tui.cli.signals import ended_by_signals
from relay_tui.cli.up import port_number

if TYPE_CHECKING:
    from relay_tui.demo.headless import Report
    from relay_tui.demo.swarm import Swarm

HEADLESS_SECONDS = 20.0
MOST_AGENTS = 50


def add_parser(commands: Any) -> None:
    parser = commands.add_parser("demo", help="a swarm of scripted agents to look at", description=__doc__)
    parser.add_argument(
        "--agents", type=_count, default=5, metavar="N", help=f"how many, 1 to {MOST_AGENTS} (default: 5)"
    )
    parser.add_argument("--seed", type=int, default=1, help="the same seed is the same conversation (default: 1)")
    parser.add_argument(
        "--seconds",
        type=_seconds,
        metavar="S",
        help=f"how long (default: until you quit; headless: {HEADLESS_SECONDS:g})",
    )
    parser.add_argument("--headless", action="store_true", help="no screen: approves what is asked, then counts")
    parser.add_argument("--json", action="store_true", help="headless: the last line is the count, as JSON")
    parser.add_argument("--port", type=port_number, default=0, help="of the relay (default: a free one)")
    parser.add_argument(
        "--faults",
        type=_faults,
        default="",
        metavar="SPEC",
        help="what goes wrong: all, all=0.5, eats-enter=0.2,dies=0.05",
    )
    parser.add_argument("--ascii", action="store_true", help="draw with ASCII glyphs only")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    return asyncio.run(_demo(args, time.monotonic()))


async def _demo(args: argparse.Namespace, began: float) -> int:
    from relay_tui.agents.tmux.backend import find_tmux
    from relay_tui.agents.tmux.errors import TmuxMissing
    from relay_tui.core.errors import RelayError
    from relay_tui.demo.swarm import Swarm, sweep
    from relay_tui.server.serve import bind

    if not args.headless:
        require_terminal("relay-tui demo --headless")
    try:
        find_tmux()
    except TmuxMissing as error:
        raise RelayError("tmux_missing", str(error), error.hint) from error
    if args.port:
        bind("127.0.0.1", args.port).close()  # a port that was asked for and is taken is said before anything is made
    with ended_by_signals() as ended:
        await sweep()
        async with Swarm.open(args.agents, args.seed, faults=args.faults) as swarm:
            code = await (_headless(swarm, args, began) if args.headless else _on_screen(swarm, args))
        if not ended:  # the screen takes a cancellation as a request to close
            return code
    return 128 + ended[0]


async def _headless(swarm: Swarm, args: argparse.Namespace, began: float) -> int:
    from relay_tui.demo.headless import run_headless

    report = await run_headless(swarm, args.seconds or HEADLESS_SECONDS, port=args.port, began=began)
    for fault in report.faults:
        print(fault, file=sys.stderr)
    print(_as_json(report) if args.json else _in_words(report), flush=True)
    return 0 if report.ok else 1


async def _on_screen(swarm: Swarm, args: argparse.Namespace) -> int:
    # Textual costs 190 ms to import, which a run without a screen need not pay.
    from relay_tui.cli.logs import log_to
    from relay_tui.tui.app import run as run_deck

    log_to(swarm.host.workspace.state_dir)
    try:
        async with asyncio.timeout(args.seconds):
            return await run_deck(
                swarm.host,
                ascii_only=args.ascii or None,
                after_paint=lambda: swarm.start(args.port),
                leaving=["The demo ends: its agents and its workspace are removed."],
            )
    except TimeoutError:
        return 0


def _as_json(report: Report) -> str:
    shown = ("agents", "messages", "deliveries", "unproven", "approvals", "errors", "seconds")
    return json.dumps({name: getattr(report, name) for name in shown})


def _in_words(report: Report) -> str:
    counts = ", ".join(f"{count} {word}" for word, count in sorted(report.deliveries.items()))
    talking = f"all talking after {report.talking:g} s; " if report.talking is not None else ""
    return (
        f"{report.agents} agents, {talking}{report.messages} messages; deliveries: {counts or 'none'}; "
        f"{report.unproven} unproven, {report.approvals} approvals, {report.errors} errors, {report.seconds:g} s"
    )


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MOST_AGENTS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of agents (1 to {MOST_AGENTS})")
    return int(text)


def _faults(text: str) -> str:
    from relay_tui.demo.faults import chances

    try:
        chances(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time in seconds")
    return seconds
