"""Opening the file behind an embedded log: made when missing, checked when there, refused when it is not ours."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from relay_tui.core.errors import WorkspaceError
from relay_tui.core.views import history

APPLICATION_ID = 0x52544C59
"""SQLite's application id for our files: "RTLY"."""
SCHEMA_VERSION = 7


def open_store(path: Path) -> sqlite3.Connection:
    """A writing connection (WAL, synchronous=FULL). Raises `WorkspaceError`: not_a_workspace, workspace_newer,
    workspace_older, workspace_unreadable."""
    with _said(path):
        if not path.exists() or path.stat().st_size == 0:
            return make_store(path)
        if not os.access(path, os.W_OK):  # SQLite would say so only with the first entry
            raise PermissionError(errno.EACCES, "it cannot be written")
        db = _connect(path)
        try:
            check(db, path)
            return configured(db)
        except BaseException:
            db.close()
            raise


def make_store(path: Path) -> sqlite3.Connection:
    """A new file, for its owner only, with an empty log and empty views. Raises as `open_store`."""
    with _said(path):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        db = _connect(path)
        try:
            _create(db)
            return configured(db)
        except BaseException:
            db.close()
            raise


def _connect(path: Path) -> sqlite3.Connection:
    # As a URI, so that another file can be attached read-only. The same few statements come for several sizes of batch.
    name = path.resolve().as_uri()
    return sqlite3.connect(name, uri=True, isolation_level=None, check_same_thread=False, cached_statements=512)


def configured(db: sqlite3.Connection) -> sqlite3.Connection:
    """Durable once committed."""
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA fullfsync = 1")
    return db


@contextmanager
def _said(path: Path) -> Generator[None]:
    """What the disk or SQLite says within, as a `WorkspaceError`."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise unusable(path, error) from error
    except OSError as error:
        raise WorkspaceError(
            "workspace_unreadable", f"The log {path} cannot be opened: {error.strerror}.", "Check its permissions."
        ) from error


def read_only(path: Path) -> str:
    """The URI of a connection that cannot write, nor needs to: on a disk that is read-only SQLite cannot make the files
    by which it shares a database, and does without them only if it is told that nobody else is there."""
    alone = not os.access(path.parent, os.W_OK) and not path.with_name(f"{path.name}-wal").exists()
    return f"{path.resolve().as_uri()}?mode=ro{'&immutable=1' if alone else ''}"


def _create(db: sqlite3.Connection) -> None:
    schema = files("relay_tui.core.views").joinpath("schema.sql").read_text("utf-8")
    db.executescript(
        f"BEGIN; PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {SCHEMA_VERSION}; {schema}"
    )
    history.create(db)
    db.execute("COMMIT")


def version_of(db: sqlite3.Connection, path: Path) -> int:
    """The schema version of a file of ours. Raises `WorkspaceError`: not_a_workspace, workspace_newer."""
    application = db.execute("PRAGMA application_id").fetchone()[0]
    if application != APPLICATION_ID:
        raise WorkspaceError(
            "not_a_workspace",
            f"{path} is a database, but not a log of relay-tui.",
            "Move it away; nothing in it was changed.",
        )
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version > SCHEMA_VERSION:
        raise WorkspaceError(
            "workspace_newer",
            f"The log has schema version {version}; this relay-tui knows up to {SCHEMA_VERSION}.",
            "Update relay-tui; nothing in the log was changed.",
        )
    return version


def check(db: sqlite3.Connection, path: Path) -> None:
    """Raises `WorkspaceError` unless the file is a log of this very schema version."""
    version = version_of(db, path)
    if version < SCHEMA_VERSION:
        raise WorkspaceError(
            "workspace_older",
            f"The log has schema version {version}; this relay-tui writes {SCHEMA_VERSION}.",
            "Open the workspace once with relay-tui: it is brought up to date, with a backup first.",
        )


def unusable(path: Path, error: sqlite3.DatabaseError) -> WorkspaceError:
    """What SQLite says of a file that it cannot work with, as what a person can do about it."""
    if "not a database" in str(error) or "malformed" in str(error):
        return WorkspaceError(
            "not_a_workspace",
            f"{path} is not a readable log: {error}.",
            "Restore a copy of it, or move it away to begin anew; nothing in it was changed.",
        )
    if _is_full(path):
        return WorkspaceError(
            "storage_full", f"The disk is full, so the log {path} cannot be opened.", "Free space, then start again."
        )
    return WorkspaceError(
        "workspace_unreadable", f"The log {path} cannot be opened: {error}.", "Check disk and rights."
    )


def _is_full(path: Path) -> bool:
    try:
        return not shutil.disk_usage(path.parent).free
    except OSError:
        return False
