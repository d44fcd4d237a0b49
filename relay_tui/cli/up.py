"""`relay-tui up`: the relay of a workspace without a screen."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any


def add_parser(commands: Any) -> None:
    parser = commands.add_parser("up", help="run the relay without a screen", description=__doc__)
    add_workspace(parser, default=argparse.SUPPRESS)
    parser.add_argument(
        "--port", type=port_number, default=argparse.SUPPRESS, help="default: the one this workspace had; 0: a free one"
    )
    parser.add_argument("--json", action="store_true", help="print one line of JSON when the relay is ready")
    parser.set_defaults(run=run)


def add_workspace(parser: argparse.ArgumentParser, *, default: Any) -> None:
    """`default` SUPPRESS: what was given before the command stands."""
    parser.add_argument(
        "--workspace", type=Path, default=default, metavar="DIR", help="the project's directory (default: this one)"
    )


def port_number(text: str) -> int:
    """A TCP port, as an argument."""
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (0 to 65535)")
    return int(text)


def run(args: argparse.Namespace) -> int:
    return asyncio.run(_up(args))


async def _up(args: argparse.Namespace) -> int:
    from relay_tui.cli.logs import log_to
    from relay_tui.core.text import visible
    from relay_tui.host import Host, find_or_make
    from relay_tui.host.collector import set_aside

    workspace = find_or_make(args.workspace)
    log_to(workspace.state_dir)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    async with Host.open(workspace) as host:
        url = await host.serve(args.port, end=stop.set)
        await host.find_agents()
        set_aside()
        if args.json:
            ready = {
                "url": url,
                "pid": os.getpid(),
                "workspace": host.relay.workspace.id,
                "state": str(workspace.state_dir),
                "key_file": str(host.key_file),
            }
            print(json.dumps(ready), flush=True)
        else:
            note = " (made just now)" if workspace.made else ""
            where = f"relay of {visible(str(workspace.path), keep='')}{note} at {url}"
            print(f"{where}; ctrl+c or `relay-tui down` ends it", flush=True)
            if host.tmux_missing is not None:
                print(f"  {host.tmux_missing} {host.tmux_missing.hint}", file=sys.stderr)
        await stop.wait()
    return 0
