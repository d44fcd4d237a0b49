"""Where the program's own log goes: a file in the workspace's state folder, never the screen."""

from __future__ import annotations

import logging
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path

from relay_tui.core.text import visible

NAME = "relay-tui.log"
MAX_BYTES = 2_000_000
BACKUPS = 2
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class _VisibleFormatter(logging.Formatter):
    """What agents wrote can be part of a line; whoever reads the file in a terminal is safe from it."""

    def format(self, record: logging.LogRecord) -> str:
        return visible(super().format(record))


class _File(RotatingFileHandler):
    """Of a disk that takes no line the relay tells by itself; a traceback for each would only bury the terminal."""

    def handleError(self, record: logging.LogRecord) -> None:
        pass

    def close(self) -> None:
        with suppress(OSError):
            super().close()


def log_to(folder: Path) -> Path:
    """Send the log of this process to a file in `folder`, which only the user can read; gives its path."""
    path = folder / NAME
    handler = _File(path, maxBytes=MAX_BYTES, backupCount=BACKUPS, encoding="utf-8", delay=True)
    handler.setFormatter(_VisibleFormatter(_FORMAT))
    root = logging.getLogger()
    for old in [found for found in root.handlers if isinstance(found, RotatingFileHandler)]:
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("relay_tui").setLevel(logging.INFO)
    return path


def log_path() -> Path | None:
    """Where this process logs to; None: nowhere yet."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, RotatingFileHandler):
            return Path(handler.baseFilename)
    return None
