"""Programs outside the screen that show things: the operator's editor, and the desktop's viewers.

Nothing here passes through a shell. What came from an agent is only ever opened as a copy in a folder of our own that
nobody else can read, without the right to be run, and a desktop is only handed kinds that it looks at and does not run.
"""

from __future__ import annotations

import mimetypes
import os
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from relay_tui.core.errors import RelayError

_EDITORS = ("sensible-editor", "nano", "vim", "vi")
_KNOW_PLUS_LINE = frozenset({"vi", "vim", "nvim", "nano", "emacs", "emacsclient", "micro", "kak", "sensible-editor"})
_LOOKED_AT = ("image/", "audio/", "video/")
_LOOKED_AT_TOO = frozenset({"application/pdf"})
_ACTIVE = frozenset({"image/svg+xml"})
"""A viewer may run what is in these."""


def editor_argv(path: Path, line: int = 0) -> list[str]:
    """`$VISUAL`, `$EDITOR`, or an editor that is there, on this file. Raises `RelayError` (no_editor)."""
    given = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
    try:
        argv = shlex.split(given)
    except ValueError as error:
        raise RelayError("no_editor", f"$EDITOR cannot be read: {error}.", "Set it to a program's name.") from error
    if not argv:
        argv = [name for name in _EDITORS if shutil.which(name)][:1]
    if not argv or shutil.which(argv[0]) is None:
        what = f"{argv[0]} is not there" if argv else "There is no editor"
        raise RelayError("no_editor", f"{what}.", "Set $EDITOR to the name of one.")
    at_line = [f"+{line}"] if line and Path(argv[0]).name in _KNOW_PLUS_LINE else []
    return [*argv, *at_line, str(path.absolute())]


def looked_at(content_type: str) -> bool:
    """A desktop shows this kind of file, and runs nothing of it."""
    plain = content_type.partition(";")[0].strip()
    return (plain.startswith(_LOOKED_AT) and plain not in _ACTIVE) or plain in _LOOKED_AT_TOO


def desktop_argv(target: str) -> list[str]:
    """What shows a file or an address on the desktop. Raises `RelayError` (no_desktop)."""
    name = "open" if sys.platform == "darwin" else "xdg-open"
    if shutil.which(name) is None or not (sys.platform == "darwin" or _has_display()):
        raise RelayError("no_desktop", "There is no desktop here that could show it.", "Save it, or look elsewhere.")
    return [name, target]


def _has_display() -> bool:
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


class Copies:
    """Private copies, gone with the screen. `folder` is made when first needed."""

    def __init__(self) -> None:
        self._folder: Path | None = None

    def write(self, filename: str, data: bytes, content_type: str = "") -> Path:
        """A read-only copy that cannot be run. Touches the disk.

        `content_type`: its ending says this kind, whatever the name says: a desktop goes by endings.
        """
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="relay-tui-"))
        path = Path(tempfile.mkdtemp(dir=self._folder)) / _safe_name(filename, content_type)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o400)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        return path

    def remove(self) -> None:
        """Touches the disk."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None


def _safe_name(filename: str, content_type: str) -> str:
    stem, dot, ending = filename.rpartition(".")
    if not dot:
        stem, ending = filename, ""
    stem = re.sub(r"[^A-Za-z0-9._ -]+", "_", stem).lstrip("-. ")[:80] or "attachment"
    if content_type:
        return stem + (mimetypes.guess_extension(content_type.partition(";")[0].strip()) or ".bin")
    ending = re.sub(r"[^A-Za-z0-9]+", "", ending)[:12]
    return f"{stem}.{ending}" if ending else stem


@contextmanager
def draft_file(text: str) -> Generator[Path]:
    """A file with this text, for an editor; gone afterwards. Touches the disk."""
    folder = Path(tempfile.mkdtemp(prefix="relay-tui-"))
    try:
        path = folder / "message.md"
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
        yield path
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def read_draft(path: Path, limit: int) -> str:
    """What an editor left; at most `limit` characters. Touches the disk. Raises `RelayError`."""
    try:
        with path.open("rb") as file:
            raw = file.read(limit * 4 + 1)
    except OSError as error:
        raise RelayError("no_editor", f"The editor left nothing: {error.strerror}.") from error
    text = raw.decode("utf-8", "replace").replace("\r\n", "\n").replace("\0", "")
    if len(text) > limit:
        raise RelayError("invalid_text", f"That is more than {limit:,} characters.", "Attach it as a file.")
    return text.removesuffix("\n")
