"""The workspace of a directory: `.relay/workspace.toml` names it; log, keys and lock live outside the project."""

from __future__ import annotations

import os
import secrets
import stat
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
import platformdirs

from relay_tui.core.errors import WorkspaceError
from relay_tui.core.text import visible

FILE = Path(".relay") / "workspace.toml"
VERSION = 1
PRIVATE = 0o700
DEMO, DEMO_STATE = "relay-demo-", "state"
"""How the folder of a demo begins, and where in it its state is."""
MAX_NAME = 200


class _File(msgspec.Struct):
    version: Annotated[int, msgspec.Meta(ge=1)]
    id: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9]{8,32}$")]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME)]


@dataclass(slots=True, frozen=True)
class WorkspaceFile:
    """Which workspace a directory has."""

    path: Path
    """The project's directory."""
    id: str
    name: str
    state_dir: Path
    """Log, lock, keys and transcripts; mode 0700, outside the project so that agents at work do not see it."""
    made: bool = False
    """It was made just now."""

    @property
    def tmux_socket(self) -> str:
        """`tmux -L` name of this workspace's own server."""
        return f"relay-{self.id}"


def find(directory: Path, *, state_home: Path | None = None) -> WorkspaceFile | None:
    """The workspace of a directory, if it has one; nothing is written. Raises as `find_or_make`."""
    directory = directory.resolve()
    path = directory / FILE
    try:
        if not path.exists():
            return None
        found = _read(path)
    except OSError as error:
        raise _unreadable(path, error) from error
    return WorkspaceFile(directory, found.id, found.name, _state_dir(directory, found.id, state_home))


def _state_dir(directory: Path, id: str, state_home: Path | None) -> Path:
    usual = (state_home or platformdirs.user_state_path("relay-tui")) / id
    # A demo is thrown away as a whole, so it keeps everything in one folder.
    beside = directory.parent / DEMO_STATE / id
    if state_home is None and not usual.exists() and directory.parent.name.startswith(DEMO) and _is_ours(beside):
        return beside
    return usual


def _is_ours(folder: Path) -> bool:
    try:
        return folder.parent.parent.stat().st_uid == os.getuid() and folder.is_dir()
    except OSError:
        return False


def _unreadable(path: Path, error: OSError) -> WorkspaceError:
    return WorkspaceError(
        "workspace_unreadable", f"{error.filename or path}: {error.strerror}.", "Check the disk, and its permissions."
    )


def find_or_make(directory: Path, *, state_home: Path | None = None) -> WorkspaceFile:
    """Read the workspace file of `directory`, or write one. Raises `WorkspaceError`: not_a_workspace, workspace_newer,
    workspace_unreadable."""
    directory = directory.resolve()
    path = directory / FILE
    try:
        if not directory.is_dir():
            raise WorkspaceError("not_a_workspace", f"There is no directory {directory}.", "Create it first.")
        made = not path.exists()
        found = _make(path, directory.name) if made else _read(path)
        state_dir = _state_dir(directory, found.id, state_home)
        state_dir.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        if stat.S_IMODE(state_dir.stat().st_mode) != PRIVATE:
            state_dir.chmod(PRIVATE)
    except OSError as error:
        raise _unreadable(path, error) from error
    return WorkspaceFile(directory, found.id, found.name, state_dir, made)


def _read(path: Path) -> _File:
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WorkspaceError(
            "not_a_workspace", f"{path} is not TOML: {error}.", "Mend it, or move it away to begin anew."
        ) from error
    version = content.get("version")
    if isinstance(version, int) and version > VERSION:
        raise WorkspaceError(
            "workspace_newer",
            f"{path} has version {version}; this relay-tui knows up to {VERSION}.",
            "Update relay-tui; nothing was changed.",
        )
    try:
        return msgspec.convert(content, _File)
    except msgspec.ValidationError as error:
        raise WorkspaceError(
            "not_a_workspace", f"{path}: {error}.", "Mend it, or move it away to begin anew."
        ) from error


def _make(path: Path, name: str) -> _File:
    # A directory may be called anything, also what no file of text can hold.
    shown = visible(name, keep="")[:MAX_NAME]
    found = _File(version=VERSION, id=secrets.token_hex(6), name=shown or "workspace")
    path.parent.mkdir(exist_ok=True)
    quoted = found.name.replace("\\", "\\\\").replace('"', '\\"')
    # Whole or not at all: half a file could never be read again.
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.write_text(
        "# Which Relay TUI workspace this directory has. Safe to commit; the log and the keys are elsewhere.\n"
        f'version = {found.version}\nid = "{found.id}"\nname = "{quoted}"\n',
        "utf-8",
    )
    os.replace(fresh, path)
    return found
