"""`python -m tests.bench [NAME …] [--messages N] [--rounds N] [--keep FOLDER] [--json]`."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import os
import pkgutil
import platform
import sqlite3
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import tests.bench
from relay_tui.host.collector import set_aside
from tests.bench._table import BENCHMARKS, Result, Setting, as_json, render


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Every budget beside its floor.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(sorted(BENCHMARKS))}; none: all")
    parser.add_argument("--messages", type=int, default=100_000, help="in the big workspace (default 100000)")
    parser.add_argument("--rounds", type=int, default=3, help="of each side, turn about (default 3)")
    parser.add_argument("--folder", type=Path, help="where to write; default: the temporary folder")
    parser.add_argument("--keep", type=Path, help="a folder to keep big workspaces in, so that each is made once")
    parser.add_argument("--json", action="store_true", help="print the table as JSON")
    return parser.parse_args()


def main() -> int:
    for module in pkgutil.iter_modules(tests.bench.__path__):
        if not module.name.startswith("_"):
            importlib.import_module(f"tests.bench.{module.name}")
    options = arguments()
    chosen = options.names or list(BENCHMARKS)
    if unknown := [name for name in chosen if name not in BENCHMARKS]:
        print(f"no benchmark called {', '.join(unknown)}; there are {', '.join(sorted(BENCHMARKS))}", file=sys.stderr)
        return 2
    results: list[Result] = []
    for name in chosen:
        print(f"{name} …", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="relay-bench-", dir=options.folder) as folder:
            begun = perf_counter()
            results += asyncio.run(_run(name, Setting(Path(folder), options.messages, options.rounds, options.keep)))
            print(f"  {perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)
    if options.json:
        print(as_json(results))
    else:
        print(
            f"\nPython {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {os.cpu_count()} cores, load"
            f" {os.getloadavg()[0]:.1f}; median of {options.rounds} rounds, ratio = median of the rounds' ratios\n"
        )
        print(render(results))
    return 0


async def _run(name: str, setting: Setting) -> list[Result]:
    set_aside()  # both sides run as in the program
    return list(await BENCHMARKS[name](setting))


if __name__ == "__main__":
    sys.exit(main())
