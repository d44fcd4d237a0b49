"""`relay-tui` without a command: the deck of this directory's workspace."""

from __future__ import annotations

import argparse
import asyncio
import gc
from pathlib import Path

from relay_tui.cli.screen import require_terminal
from relay_tui.cli.signals import ended_by_signals
from relay_tui.cli.up import add_workspace, port_number

FLAGS = frozenset({"--ascii"})
"""Options without a value. Where nothing else was typed, no command can have been meant."""


def add_options(parser: argparse.ArgumentParser) -> None:
    add_workspace(parser, default=Path())
    parser.add_argument(
        "--port", type=port_number, default=None, help="default: the one this workspace had; 0: a free one"
    )
    parser.add_argument("--ascii", action="store_true", help="draw with ASCII glyphs only")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    # What is imported stays: looking through it for garbage is a fifth of the time to the first paint. The app turns
    # the collector on again when it has painted.
    gc.disable()
    try:
        return asyncio.run(_deck(args))
    finally:
        gc.enable()


async def _deck(args: argparse.Namespace) -> int:
    from relay_tui.cli.logs import log_to
    from relay_tui.host import Host, find_or_make
    from relay_tui.server.serve import bind
    from relay_tui.tui.app import run as run_deck

    require_terminal("relay-tui up")
    if args.port:
        bind("127.0.0.1", args.port).close()  # a port that was asked for and is taken is said before the screen opens
    workspace = find_or_make(args.workspace)
    log_to(workspace.state_dir)
    with ended_by_signals() as ended:
        async with Host.open(workspace) as host:

            async def begin() -> None:
                await host.serve(args.port)
                await host.find_agents()

            code = await run_deck(host, ascii_only=args.ascii or None, after_paint=begin)
        if not ended:  # the screen takes a cancellation as a request to close
            return code
    return 128 + ended[0]
