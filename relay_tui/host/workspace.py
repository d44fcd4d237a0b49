"""The workspace of a directory: `.relay/workspace.toml` names it; log, keys and lock live outside the project."""

from __future__ import annotations

import os
import secrets
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from relay_tui.core.errors import WorkspaceError
from relay_tui.core.text import visible

FILE = Path(".relay") / "workspace.toml"
VERSION = 1
MAX_NAME = 200


class _File(BaseModel):
    model_config = ConfigDict(extra="ignore")

    version: Annotated[int, Field(ge=1)]
    id: Annotated[str, Field(pattern=r"^[a-z0-9]{8,32}$")]
    name: Annotated[str, Field(min_length=1, max_length=MAX_NAME)]


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


def find_or_make(directory: Path, *, state_home: Path | None = None) -> WorkspaceFile:
    """Read the workspace file of `directory`, or write one. Raises `WorkspaceError`: not_a_workspace, workspace_newer,
    workspace_unreadable."""
    directory = directory.resolve()
    path = directory / FILE
    home = state_home or platformdirs.user_state_path("relay-tui")
    try:
        if not directory.is_dir():
            raise WorkspaceError("not_a_workspace", f"There is no directory {directory}.", "Create it first.")
        made = not path.exists()
        found = _make(path, directory.name) if made else _read(path)
        state_dir = home / found.id
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        state_dir.chmod(0o700)
    except OSError as error:
        raise WorkspaceError(
            "workspace_unreadable", f"{error.filename or path}: {error.strerror}.", "Check its permissions."
        ) from error
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
        return _File.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise WorkspaceError(
            "not_a_workspace", f"{path}: {place}: {first['msg']}.", "Mend it, or move it away to begin anew."
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
