"""`relay-tui log`: look at a workspace's log, prove that nobody changed it, copy it, fold its views anew.

Everything but `rebuild` only reads, and so works beside a relay that runs.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from relay_tui.cli.up import add_workspace
from relay_tui.core.errors import WorkspaceError

OK, FAILED = 0, 1
GLANCE = 0.2
"""Seconds between two looks at a log that is followed."""
_COLUMNS = "seq, id, at, actor, source, causation, type, v, data, hash, withheld"
Entry = dict[str, Any]


def add_parser(commands: Any) -> None:
    parser = commands.add_parser("log", help="verify, read, export, back up or rebuild the log", description=__doc__)
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    _verb(verbs, "verify", "prove that no entry was changed, removed or put in between", _verify)
    tail = _verb(verbs, "tail", "the newest entries", _tail)
    tail.add_argument("-n", type=_count, default=20, metavar="N", help="how many (default: 20)")
    tail.add_argument("--follow", "-f", action="store_true", help="and then what is new, until ctrl+c")
    export = _verb(verbs, "export", "entries as lines of JSON", _export)
    export.add_argument("--from", type=_count, default=1, dest="first", metavar="SEQ", help="default: the first")
    export.add_argument("--to", type=_count, default=2**62, dest="last", metavar="SEQ", help="default: the newest")
    export.add_argument("target", nargs="?", type=Path, help="a new file (default: standard output)")
    backup = _verb(verbs, "backup", "copy the log as it is at one moment, also while it is in use", _backup)
    backup.add_argument("target", type=Path, help="a new file")
    _verb(verbs, "rebuild", "drop every view and fold the log again; no relay may run", _rebuild)


def _verb(verbs: Any, name: str, words: str, run: Callable[..., int]) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=words, description=f"{words[0].upper()}{words[1:]}.")
    add_workspace(parser, default=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help="the answer as JSON")
    parser.set_defaults(run=run)
    return parser


def _verify(args: argparse.Namespace) -> int:
    from relay_tui.core.log.chain import verify
    from relay_tui.core.log.upkeep import quick_check

    log = _log(args)
    with _readable(log) as db:
        db.execute("SELECT 1 FROM log LIMIT 1")
    faults = quick_check(log)
    with _read_faults(log):
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


def _tail(args: argparse.Namespace) -> int:
    with _readable(_log(args)) as db:
        seen = max(0, _newest(db) - args.n)
        while True:
            for entry in _entries(db, seen + 1, 2**62):
                seen = entry["seq"]
                print(json.dumps(entry) if args.json else _line(db, entry), flush=True)
            if not args.follow:
                return OK
            time.sleep(GLANCE)


def _export(args: argparse.Namespace) -> int:
    with _readable(_log(args)) as db, _target(args.target) as out:
        count = 0
        for entry in _entries(db, args.first, args.last):
            out.write(json.dumps(entry) + "\n")
            count += 1
    if args.target is not None:
        _say(args, {"entries": count, "target": str(args.target)}, f"{count} entries in {args.target}")
    return OK


def _backup(args: argparse.Namespace) -> int:
    from relay_tui.core.log.upkeep import backup

    newest = backup(_log(args), args.target)
    _say(args, {"seq": newest, "target": str(args.target)}, f"entries 1 to {newest} in {args.target}")
    return OK


def _rebuild(args: argparse.Namespace) -> int:
    from relay_tui.core.log.owner import OwnerLock
    from relay_tui.core.log.upkeep import bring_up_to_date, rebuild
    from relay_tui.core.relay import LOCK_NAME

    log = _log(args)
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


def _log(args: argparse.Namespace) -> Path:
    """The log of the directory's workspace; none is made for it."""
    from relay_tui.core.relay import LOG_NAME
    from relay_tui.host.workspace import FILE, find_or_make

    log = find_or_make(args.workspace).state_dir / LOG_NAME if (args.workspace / FILE).exists() else None
    if log is None or not log.exists():
        raise WorkspaceError(
            "workspace_not_found", f"{args.workspace.resolve()} has no log yet.", "Open the workspace there first."
        )
    return log


@contextmanager
def _readable(log: Path) -> Iterator[sqlite3.Connection]:
    from relay_tui.core.log.store import check, read_only

    with _read_faults(log):
        db = sqlite3.connect(read_only(log), uri=True)
        try:
            check(db, log)
            yield db
        finally:
            db.close()


@contextmanager
def _read_faults(log: Path) -> Iterator[None]:
    from relay_tui.core.log.store import unusable

    try:
        yield
    except sqlite3.DatabaseError as error:
        raise unusable(log, error) from error


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


def _newest(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT coalesce(max(seq), 0) FROM log").fetchone()[0])


def _entries(db: sqlite3.Connection, first: int, last: int) -> Iterator[Entry]:
    """Entries as they are exported: times as ISO 8601, ids as text, hashes in hex."""
    from relay_tui.core.clock import iso

    for row in db.execute(f"SELECT {_COLUMNS} FROM log WHERE seq BETWEEN ? AND ? ORDER BY seq", (first, last)):
        seq, event_id, at, actor, source, causation, kind, version, data, digest, withheld = row
        yield {
            "seq": seq,
            "id": event_id,
            "at": iso(at),
            "actor": str(actor),
            "source": source,
            "causation": causation,
            "type": kind,
            "v": version,
            "data": json.loads(data),
            "hash": digest.hex(),
            "withheld": None if withheld is None else withheld.hex(),
        }


def _line(db: sqlite3.Connection, entry: Entry) -> str:
    from relay_tui.core.text import visible

    row = db.execute("SELECT name FROM agents WHERE id = ?", (entry["actor"],)).fetchone()
    who = row[0] if row else entry["actor"]
    data = json.dumps(entry["data"], ensure_ascii=False, separators=(",", ":"))
    shown = data if len(data) <= 160 else data[:159] + "…"
    return visible(f"{entry['seq']:>8}  {entry['at']}  {who}  {entry['source']}  {entry['type']}  {shown}")


def _say(args: argparse.Namespace, answer: Entry, words: str) -> None:
    print(json.dumps(answer) if args.json else words, flush=True)


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 2**62:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on")
    return int(text)
