"""A person at a pane: keys that nothing of ours brackets."""

from __future__ import annotations

from relay_tui.agents.tmux.panes import PaneIdentity
from relay_tui.agents.tmux.paste import Typed, guarded
from relay_tui.agents.tmux.server import TmuxServer


async def type_text(server: TmuxServer, pane: PaneIdentity, text: str) -> Typed:
    """Type a short text as keystrokes."""
    return await guarded(server, pane, ("send-keys", "-l", "-t", pane.pane_id, "--", text))
