"""One thing that waits for a person: how urgent, since when, the literal thing, the reason, and one next action."""

from __future__ import annotations

from dataclasses import dataclass

from relay_tui.core.model import Approval
from relay_tui.tui.view.deck import NeedRow
from relay_tui.tui.words.when import age

LINE = 200
"""Characters of the literal thing that are kept for its row."""


@dataclass(slots=True)
class Need:
    """`key` begins with its kind: storage, policy, approval, agent, owed, delivery, due, reply, notice."""

    key: str
    urgency: int
    since: int
    glyph: str
    role: str
    name: str
    what: str
    line: str
    agent_id: str = ""
    message_id: str = ""
    approval: Approval | None = None
    outside: bool = False
    """Its agent's program is none of ours: it comes in over a socket."""
    mine: bool = False
    """The message is the operator's own."""
    state: str = ""
    """Of its delivery: queued, dead, …"""
    does: str = ""
    """On the card, behind the name: what it does, or does not."""
    reason: str = ""
    """Why it needs a person, in words."""
    next_step: str = ""
    """The one thing to do, with its key."""

    @property
    def kind(self) -> str:
        return self.key.partition(":")[0]

    def row(self, now: int) -> NeedRow:
        return NeedRow(
            self.key,
            self.glyph,
            self.role,
            self.name,
            self.what,
            age(now - self.since),
            self.line,
            self.approval is not None,
            self.agent_id,
            self.since,
        )
