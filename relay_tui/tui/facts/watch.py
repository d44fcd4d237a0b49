"""Which agents' transcripts are on the screen, and what is in them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from relay_tui.agents.tmux.errors import TmuxError
from relay_tui.core.errors import RelayError
from relay_tui.core.model import Agent, State
from relay_tui.core.session import AgentSession, TranscriptEntry
from relay_tui.tui.view.deck import TranscriptView
from relay_tui.tui.words.people import People
from relay_tui.tui.words.when import age, hhmm

if TYPE_CHECKING:
    from relay_tui.agents.tmux.screen import Run
    from relay_tui.agents.tmux.sgr import Style

SHOWN = 40
"""Newest entries of a transcript that are kept for its card."""
_ACTIVE = frozenset({State.WORKING, State.WAITING, State.BLOCKED, State.STARTING, State.UNKNOWN})
_STATE_WORDS = {"approve": "waits for you", "asks": "asks you"}
RawRows = tuple[tuple[tuple[str, str], ...], ...]


@dataclass(slots=True)
class Watch:
    """Slots keep their agents: one changes hands only when its agent has gone quiet and another is at work."""

    slots: int = 4
    pinned: list[str] = field(default_factory=list[str])
    raw: set[str] = field(default_factory=set[str])
    shown: list[str] = field(default_factory=list[str])
    screens: dict[str, RawRows] = field(default_factory=dict[str, RawRows])

    def choose(self, people: People) -> None:
        """Fill the slots: what is pinned first, then what was there, then what is at work, then the rest."""
        ids = [agent.id for agent in people.workers()]
        active = [id for id in ids if (s := people.sessions.get(id)) is not None and s.state in _ACTIVE]
        keep = [id for id in self.pinned if id in ids]
        room = max(1, self.slots)
        before = [id for id in self.shown if id in ids and id not in keep]
        waiting = [id for id in active if id not in keep and id not in before]
        rest = [id for id in ids if id not in keep and id not in before and id not in waiting]
        chosen = keep + before + waiting + rest
        overflow = [id for id in chosen[room:] if id in active]
        chosen = chosen[:room]
        for index in reversed(range(len(keep), len(chosen))):
            if overflow and chosen[index] not in active:
                chosen[index] = overflow.pop(0)
        self.shown = chosen

    def toggle_pin(self, agent_id: str) -> None:
        if agent_id in self.pinned:
            self.pinned.remove(agent_id)
        elif agent_id:
            self.pinned.append(agent_id)

    def toggle_raw(self, agent_id: str) -> None:
        self.raw ^= {agent_id}
        self.screens.pop(agent_id, None)

    async def capture(self, capture: Callable[[str], Awaitable[Sequence[Sequence[Run]]]]) -> bool:
        """Take the screens of the panes that are shown raw; True: one has changed."""
        changed = False
        for agent_id in self.shown:
            if agent_id not in self.raw:
                continue
            try:
                rows = await capture(agent_id)
            except (RelayError, TmuxError) as error:
                picture: RawRows = (((str(error), "faint"),),)
            else:
                picture = tuple(tuple((run.text, style_role(run.style)) for run in row) for row in rows)
            changed = changed or self.screens.get(agent_id) != picture
            self.screens[agent_id] = picture
        return changed

    def views(self, people: People, session_of: Callable[[str], AgentSession | None], now: int) -> list[TranscriptView]:
        return [
            self._view(agent, people, session_of(agent.id), now)
            for id in self.shown
            if (agent := people.agents.get(id)) is not None
        ]

    def _view(self, agent: Agent, people: People, live: AgentSession | None, now: int) -> TranscriptView:
        session = people.sessions.get(agent.id)
        look = people.look(agent.id)
        state = _STATE_WORDS.get(look.word, look.word)
        since = people.held_since(agent.id) if look.word == "held" else session.since if session is not None else 0
        entries: tuple[TranscriptEntry, ...] = ()
        if live is not None:
            kept = (entry for entry in live.recent_transcript(SHOWN) if entry.kind != "status")
            entries = tuple(kept)
        view = TranscriptView(
            agent.id,
            agent.name,
            session.harness if session is not None else "",
            look.glyph,
            look.role,
            f"{state} {age(now - since)}" if since else state,
            entries=entries,
            times=tuple(hhmm(entry.at) for entry in entries),
            pinned=agent.id in self.pinned,
            note=_note(live),
            me=operator.name if (operator := people.agents.get(people.operator_id)) is not None else "",
        )
        if agent.id in self.raw:
            view.raw = self.screens.get(agent.id, ())
            view.right = "raw"
        return view


def _note(live: AgentSession | None) -> str:
    if live is None:
        return "no program of it runs here"
    return (
        "nothing in its transcript yet" if live.capabilities.transcript else "it keeps no transcript that we can read"
    )


def style_role(style: Style) -> str:
    """The style of a captured run as a role of ink; empty: plain text."""
    words = [name for name in ("bold", "dim", "italic", "underline", "reverse", "strike") if getattr(style, name)]
    if style.fg is not None:
        words.append(_colour(style.fg))
    if style.bg is not None:
        words.append(f"on {_colour(style.bg)}")
    return f"raw:{' '.join(words)}" if words else ""


def _colour(colour: str | int) -> str:
    return colour if isinstance(colour, str) else f"color({colour})"
