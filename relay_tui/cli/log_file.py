"""The log of a directory's workspace as a file that is only read, beside a relay that runs or without one."""

from __future__ import annotations

import argparse
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from relay_tui.core.errors import WorkspaceError

COLUMNS = "seq, id, at, actor, source, causation, type, v, data, hash, withheld"
Entry = dict[str, Any]


def log_of(args: argparse.Namespace) -> Path:
    """The log of the directory's workspace; none is made for it."""
    from relay_tui.core.relay import LOG_NAME
    from relay_tui.host.workspace import find

    workspace = find(args.workspace)
    log = workspace.state_dir / LOG_NAME if workspace is not None else None
    if log is None or not log.exists():
        raise WorkspaceError(
            "workspace_not_found", f"{args.workspace.resolve()} has no log yet.", "Open the workspace there first."
        )
    return log


@contextmanager
def readable(log: Path) -> Iterator[sqlite3.Connection]:
    from relay_tui.core.log.store import check, read_only

    with read_faults(log):
        db = sqlite3.connect(read_only(log), uri=True)
        try:
            check(db, log)
            yield db
        finally:
            db.close()


@contextmanager
def read_faults(log: Path) -> Iterator[None]:
    from relay_tui.core.log.store import unusable

    try:
        yield
    except sqlite3.DatabaseError as error:
        raise unusable(log, error) from error


def entries(db: sqlite3.Connection, first: int = 1, last: int = 2**62) -> Iterator[Entry]:
    """Entries as they are exported: times as ISO 8601, ids as text, hashes in hex."""
    yield from shaped(db.execute(f"SELECT {COLUMNS} FROM log WHERE seq BETWEEN ? AND ? ORDER BY seq", (first, last)))


def shaped(rows: Iterable[Sequence[Any]]) -> Iterator[Entry]:
    """Rows of `COLUMNS` as entries."""
    from relay_tui.core.clock import iso

    for row in rows:
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
