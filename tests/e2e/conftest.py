"""A project and a state home of the test's own, and an end at which nothing of it runs any more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from relay_tui.host import WorkspaceFile, find_or_make
from tests.e2e import leftovers


@dataclass(frozen=True)
class Ground:
    """Where a real program is run, killed and run again."""

    project: Path
    home: Path
    """`XDG_STATE_HOME` of the programs."""

    @property
    def state_home(self) -> Path:
        return self.home / "relay-tui"

    @property
    def workspace(self) -> WorkspaceFile:
        return find_or_make(self.project, state_home=self.state_home)

    @property
    def key(self) -> str:
        """The workspace key, once a relay was opened."""
        return (self.workspace.state_dir / "key").read_text("ascii").strip()


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    """Afterwards every process that names this folder or the workspace's tmux server is ended."""
    made = Ground(tmp_path / "project", tmp_path / "home")
    made.project.mkdir()
    yield made
    socket = made.workspace.tmux_socket
    leftovers.end_tmux(socket)
    leftovers.end(str(tmp_path))
