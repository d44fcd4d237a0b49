"""`relay-tui log`, `log tail`: the newest entries, all of them or some, and then what is new."""

from __future__ import annotations

import argparse
import json
import sqlite3
import time

from relay_tui.cli.log_file import COLUMNS, Entry, log_of, readable, shaped
from relay_tui.core.errors import Refused

GLANCE = 0.2
"""Seconds between two looks at a log that is followed."""
NEWEST = 20
OK = 0


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-n", type=_count, default=NEWEST, metavar="N", help=f"how many (default: {NEWEST})")
    parser.add_argument("--follow", "-f", action="store_true", help="and then what is new, until ctrl+c")
    parser.add_argument("--type", type=_type, metavar="TYPE", help="message.created, or message.* for more")
    parser.add_argument("--agent", default="", metavar="NAME", help="who did it, or whom it is about")
    parser.add_argument("--channel", default="", metavar="NAME", help="where it happened")


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 1000000")
    return int(text)


def _type(text: str) -> str:
    known = text.removesuffix(".*").replace(".", "").replace("_", "")
    if not known.isascii() or not known.isalpha():
        raise argparse.ArgumentTypeError(f"{text!r} is not a type of entry (message.created, message.*)")
    return text


def run(args: argparse.Namespace) -> int:
    """Print the entries. Raises `Refused` for a name of nobody, `WorkspaceError` where there is no log."""
    with readable(log_of(args)) as db:
        where, values = _filters(db, args)
        chosen = f"SELECT {COLUMNS} FROM log WHERE {where}"
        newest = int(db.execute("SELECT coalesce(max(seq), 0) FROM log").fetchone()[0])
        rows = db.execute(f"{chosen} AND seq <= ? ORDER BY seq DESC LIMIT ?", (*values, newest, args.n)).fetchall()
        for entry in shaped(reversed(rows)):
            _print(db, entry, args.json)
        while args.follow:
            time.sleep(GLANCE)
            for entry in shaped(db.execute(f"{chosen} AND seq > ? ORDER BY seq", (*values, newest))):
                newest = entry["seq"]
                _print(db, entry, args.json)
    return OK


def _filters(db: sqlite3.Connection, args: argparse.Namespace) -> tuple[str, list[object]]:
    """A condition on rows of the log, and its values. The same choice as a predicate's `event TYPE by A in #C`."""
    where, values = ["1"], list[object]()
    wanted: str | None = args.type
    if wanted and wanted.endswith(".*"):
        where.append("substr(type, 1, ?) = ?")
        values += [len(wanted) - 1, wanted[:-1]]
    elif wanted:
        where.append("type = ?")
        values.append(wanted)
    if args.agent:
        agent = _id(db, "agents", args.agent.removeprefix("@"), "agent_not_found", f"agent {args.agent}")
        about = ", ".join(f"data ->> '{name}'" for name in ("agent_id", "sender_id", "caller_id"))
        where.append(f"(actor = ? OR ? IN ({about}))")
        values += [agent, str(agent)]
    if args.channel:
        name = args.channel.removeprefix("#")
        channel = _id(db, "channels", name, "channel_not_found", f"channel #{name}")
        where.append("data ->> 'channel_id' = ?")
        values.append(str(channel))
    return " AND ".join(where), values


def _id(db: sqlite3.Connection, table: str, ref: str, code: str, what: str) -> int:
    """The id of what has this name, or is this id. Raises `Refused`."""
    row = db.execute(
        f"SELECT id FROM {table} WHERE name = ?1 COLLATE NOCASE OR CAST(id AS TEXT) = ?1 ORDER BY id DESC", (ref,)
    ).fetchone()
    if row is None:
        raise Refused(code, f"There is no {what}.")
    return int(row[0])


def _print(db: sqlite3.Connection, entry: Entry, as_json: bool) -> None:
    print(json.dumps(entry) if as_json else _line(db, entry), flush=True)


def _line(db: sqlite3.Connection, entry: Entry) -> str:
    from relay_tui.core.text import visible

    row = db.execute("SELECT name FROM agents WHERE id = ?", (entry["actor"],)).fetchone()
    who = row[0] if row else entry["actor"]
    data = json.dumps(entry["data"], ensure_ascii=False, separators=(",", ":"))
    shown = data if len(data) <= 160 else data[:159] + "…"
    return visible(f"{entry['seq']:>8}  {entry['at']}  {who}  {entry['source']}  {entry['type']}  {shown}")
