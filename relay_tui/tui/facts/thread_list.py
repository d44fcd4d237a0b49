"""The operator's threads: which have something unread, and how each begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from relay_tui.core.model import Channel, Message
from relay_tui.core.model_talk import ThreadState
from relay_tui.core.text import preview
from relay_tui.core.views.queries import Queries
from relay_tui.tui.view.talk import ThreadRow
from relay_tui.tui.words.people import People
from relay_tui.tui.words.when import hhmm

TITLE = 60
"""Characters of a root that are kept for its row."""
SHOWN = 20


@dataclass(slots=True)
class ThreadList:
    states: list[ThreadState] = field(default_factory=list[ThreadState])
    """Unread ones, that with the newest reply first."""
    unread: dict[str, int] = field(default_factory=dict[str, int])
    """New replies by root id, of all."""
    roots: dict[str, Message] = field(default_factory=dict[str, Message])
    asked: bool = False

    async def ask(self, queries: Queries, agent_id: str) -> None:
        self.asked = True
        self.unread = await queries.thread_unread(agent_id)
        self.states = await queries.threads(agent_id, limit=SHOWN) if self.unread else []
        known, self.roots = self.roots, {}
        for state in self.states:
            root = known.get(state.root_id) or await queries.message(state.root_id)
            if root is not None:
                self.roots[root.id] = root

    def rows(self, places: Mapping[str, str], people: People) -> list[ThreadRow]:
        """`places`: what each channel and conversation is called, by id."""
        return [
            ThreadRow(
                state.root_id,
                preview(root.text, TITLE) if root.deleted_at is None else "a deleted message",
                places.get(state.channel_id, ""),
                state.unread,
                replied(state, people),
            )
            for state in self.states
            if (root := self.roots.get(state.root_id)) is not None
        ]


def replied(state: ThreadState, people: People) -> str:
    """Who replied last, and when."""
    who = people.name(state.last_reply_by) if state.last_reply_by else ""
    return f"{who} {hhmm(state.last_reply_at)}" if state.last_reply_at else who


def places_of(channels: list[Channel], people: People) -> dict[str, str]:
    """What channels and conversations are called, by id."""
    found: dict[str, str] = {}
    for channel in channels:
        if channel.kind == "channel":
            found[channel.id] = f"#{channel.name}"
        elif channel.kind == "dm":
            others = [people.name(id) for id in channel.name.split(":") if id != people.operator_id]
            found[channel.id] = f"@{', '.join(others)}"
        else:
            found[channel.id] = channel.name
    return found
