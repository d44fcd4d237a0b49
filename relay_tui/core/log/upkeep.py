"""What is done to a whole log file: copied while it is in use, looked over, made anew, brought to this schema version.

Making anew swaps files in one rename, so that a process that dies on the way leaves the old file, or the new one.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from contextlib import suppress
from pathlib import Path

from relay_tui.core.disk import sync
from relay_tui.core.errors import WorkspaceError
from relay_tui.core.log.store import SCHEMA_VERSION, read_only, unusable, version_of
from relay_tui.core.views.refold import refold

logger = logging.getLogger(__name__)


def backup(source: Path, target: Path) -> int:
    """Copy the log as it is at one moment, also while it is written to; gives the copy's newest `seq`.

    Raises `WorkspaceError`: target_exists, not_a_workspace, workspace_unreadable.
    """
    half = Path(f"{target}.part")
    try:
        if target.exists():
            raise WorkspaceError("target_exists", f"{target} is there already.", "Name another file.")
        _remove(half)
        reader = sqlite3.connect(read_only(source), uri=True)
        try:
            version_of(reader, source)
            os.close(os.open(half, os.O_RDWR | os.O_CREAT, 0o600))
            writer = sqlite3.connect(half)
            try:
                reader.backup(writer)  # in one step: readers do not hold the writer up
                newest = int(writer.execute("SELECT coalesce(max(seq), 0) FROM log").fetchone()[0])
            finally:
                writer.close()
        finally:
            reader.close()
        sync(half)
        os.replace(half, target)
        sync(target.parent)
        return newest
    except sqlite3.DatabaseError as error:
        raise unusable(source, error) from error
    except OSError as error:
        raise WorkspaceError(
            "workspace_unreadable", f"The copy {target} cannot be written: {error.strerror}.", "Name another place."
        ) from error
    finally:
        with suppress(OSError):  # what cannot be written was said already
            _remove(half)


def quick_check(path: Path) -> list[str]:
    """What SQLite finds wrong with the file, in its words; empty: nothing. Reads all of it."""
    try:
        db = sqlite3.connect(read_only(path), uri=True)
        try:
            found = [str(row[0]) for row in db.execute("PRAGMA quick_check(20)")]
        finally:
            db.close()
    except sqlite3.DatabaseError as error:
        return [str(error)]
    return [] if found == ["ok"] else found


def rebuild(path: Path) -> int:
    """Drop every view of the log and fold it again; gives its newest `seq`. The caller owns the file.

    Raises `WorkspaceError`; the file is then as it was.
    """
    fresh = path.with_name(path.name + ".rebuilding")
    _remove(fresh)
    try:
        newest = refold(path, fresh)
        _rest(path)
        os.replace(fresh, path)
        sync(path.parent)
        return newest
    finally:
        _remove(fresh)


def bring_up_to_date(path: Path) -> Path | None:
    """Bring a log of an older schema to this one, a backup beside it first; gives the backup, None: nothing to do.

    The caller owns the file. Raises `WorkspaceError`; the file is then as it was.
    """
    if not path.exists() or path.stat().st_size == 0:
        return None
    try:
        db = sqlite3.connect(read_only(path), uri=True)
        try:
            version = version_of(db, path)
        finally:
            db.close()
    except sqlite3.DatabaseError as error:
        raise unusable(path, error) from error
    if version >= SCHEMA_VERSION:
        return None
    kept = path.with_name(f"{path.stem}.v{version}{path.suffix}")
    logger.info("the log has schema version %d; it is brought to %d", version, SCHEMA_VERSION)
    if not kept.exists():
        backup(path, kept)
    rebuild(path)
    return kept


def _rest(path: Path) -> None:
    """Put what the write-ahead log holds into the file: nothing may be left beside it that a new file is not."""
    db = sqlite3.connect(path, isolation_level=None)
    try:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        db.close()


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
