"""`relay-tui log`: look at a workspace's log, prove that nobody changed it, copy it, fold its views anew.

Everything but `rebuild` only reads, and so works beside a relay that runs.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from relay_tui.cli import log_tail
from relay_tui.cli.log_file import Entry, entries, log_of, read_faults, readable
from relay_tui.cli.up import add_workspace
from relay_tui.core.errors import WorkspaceError
from relay_tui.core.text import visible

OK, FAILED = 0, 1
EXPORT = "entries as lines of JSON"
REBUILD = "drop every view and fold the log again; no relay may run"


def add_parser(commands: Any) -> None:
    parser = commands.add_parser("log", help="read, follow, verify, export, back up or rebuild the log",
                                 description=__doc__)  # fmt: skip
    add_workspace(parser, default=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help="the answer as JSON")
    log_tail.add_options(parser)
    parser.set_defaults(run=log_tail.run)
    verbs = parser.add_subparsers(title="verbs", metavar="VERB")
    _verb(verbs, "verify", "prove that no entry was changed, removed or put in between", _verify)
    log_tail.add_options(_verb(verbs, "tail", "the newest entries; `log` alone does the same", log_tail.run))
    _export_options(_verb(verbs, "export", EXPORT, _export))
    backup = _verb(verbs, "backup", "copy the log as it is at one moment, also while it is in use", _backup)
    backup.add_argument("target", type=Path, help="a new file")
    _verb(verbs, "rebuild", REBUILD, _rebuild)
    # Also where one looks for them first.
    _export_options(_verb(commands, "export", f"{EXPORT}; `log export` is the same", _export, json=False))
    _verb(commands, "rebuild", f"{REBUILD}; `log rebuild` is the same", _rebuild, json=False)


def _export_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--from", type=_count, default=1, dest="first", metavar="SEQ", help="default: the first")
    parser.add_argument("--to", type=_count, default=2**62, dest="last", metavar="SEQ", help="default: the newest")
    parser.add_argument("target", nargs="?", type=Path, help="a new file (default: standard output)")


def _verb(
    verbs: Any, name: str, words: str, run: Callable[..., int], json: Any = argparse.SUPPRESS
) -> argparse.ArgumentParser:
    """`json`: what it is without `--json`; not set: what stands before the verb."""
    parser = verbs.add_parser(name, help=words, description=f"{words[0].upper()}{words[1:]}.")
    add_workspace(parser, default=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", default=json, help="the answer as JSON")
    parser.set_defaults(run=run)
    return parser


def _verify(args: argparse.Namespace) -> int:
    from relay_tui.core.log.chain import verify
    from relay_tui.core.log.upkeep import quick_check

    log = log_of(args)
    with readable(log) as db:
        db.execute("SELECT 1 FROM log LIMIT 1")
    faults = quick_check(log)
    with read_faults(log):
        verdict = verify(log)
    answer = {
        "ok": verdict.ok and not faults,
        "entries": verdict.entries,
        "head": verdict.head,
        "withheld": verdict.withheld,
        "bad_seq": verdict.bad_seq,
        "reason": verdict.reason,
        "file": faults,
    }
    withheld = f", what {verdict.withheld} of them said is withheld" if verdict.withheld else ""
    words = f"{verdict.entries} entries are as they were written{withheld}; head {verdict.head}"
    if not verdict.ok:
        words = f"entry {verdict.bad_seq}: {verdict.reason}; the {verdict.entries} before it are as they were written"
    _say(args, answer, "\n".join([words, *(f"the file: {fault}" for fault in faults)]))
    return OK if answer["ok"] else FAILED


def _export(args: argparse.Namespace) -> int:
    with readable(log_of(args)) as db, _target(args.target) as out:
        count = 0
        for entry in entries(db, args.first, args.last):
            out.write(json.dumps(entry) + "\n")
            count += 1
    if args.target is not None:
        _say(args, {"entries": count, "target": str(args.target)}, f"{count} entries in {args.target}")
    return OK


def _backup(args: argparse.Namespace) -> int:
    from relay_tui.core.log.upkeep import backup

    newest = backup(log_of(args), args.target)
    _say(args, {"seq": newest, "target": str(args.target)}, f"entries 1 to {newest} in {args.target}")
    return OK


def _rebuild(args: argparse.Namespace) -> int:
    from relay_tui.core.log.owner import OwnerLock
    from relay_tui.core.log.upkeep import bring_up_to_date, rebuild
    from relay_tui.core.relay import LOCK_NAME

    log = log_of(args)
    lock = OwnerLock(log.with_name(LOCK_NAME))
    lock.take()
    try:
        began = time.monotonic()
        bring_up_to_date(log)
        newest = rebuild(log)
        seconds = time.monotonic() - began
    finally:
        lock.release()
    _say(args, {"entries": newest, "seconds": round(seconds, 3)}, f"{newest} entries folded again in {seconds:.1f} s")
    return OK


@contextmanager
def _target(path: Path | None) -> Iterator[TextIO]:
    if path is None:
        yield sys.stdout
        return
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(fd, "w", encoding="utf-8") as out:
            yield out
    except FileExistsError as error:
        raise WorkspaceError("target_exists", f"{path} is there already.", "Name another file.") from error
    except OSError as error:
        raise WorkspaceError("workspace_unreadable", f"{path} cannot be written: {error.strerror}.") from error


def _say(args: argparse.Namespace, answer: Entry, words: str) -> None:
    print(json.dumps(answer) if args.json else visible(words, keep="\n"), flush=True)


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 2**62:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on")
    return int(text)
