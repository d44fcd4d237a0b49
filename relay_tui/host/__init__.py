"""The composition root: what a running relay-tui is made of."""

from relay_tui.host.host import Host
from relay_tui.host.workspace import WorkspaceFile, find_or_make

__all__ = ["Host", "WorkspaceFile", "find_or_make"]
