"""Whom a text names: agents, `@channel`, `@here`, and groups that agents say they belong to.

In a conversation nobody outside of it is named: what is said there is for those who are in it.
"""

from __future__ import annotations

from collections.abc import Iterable

from relay_tui.core import text
from relay_tui.core.decide.context import did_you_mean, shown
from relay_tui.core.errors import Refused
from relay_tui.core.model import ENDED_STATES
from relay_tui.core.views.state import State

EVERYBODY = "channel"
PRESENT = "here"
RESERVED = frozenset({EVERYBODY, PRESENT})
"""No agent can have these names."""


def named(state: State, channel_id: str, said: str, by: str, *, strict: bool = False) -> list[str]:
    """Ids of who is named, in order, each once, without the sender. Strict: Raises `Refused` (unknown_mention,
    not_a_member)."""
    if "@" not in said:
        return []
    channel = state.channels.get(channel_id)
    inside = state.members(channel_id).keys() if channel is not None and channel.kind != "channel" else None
    found: dict[str, None] = {}
    for name in text.mentions(said):
        agent_id = state.agent_ids.get(name.lower())
        if agent_id is not None:
            if strict and inside is not None and agent_id not in inside:
                raise Refused("not_a_member", f"@{shown(name)} is not in this conversation.", "Invite them first.")
            found[agent_id] = None
        elif (several := _several(state, channel_id, name.lower())) is not None:
            found |= dict.fromkeys(several)
        elif strict:
            known = [a.name for a in state.agents.values() if a.removed_at is None and a.type != "system"]
            hint = did_you_mean(name, [*known, *state.group_names(), *RESERVED], "@")
            raise Refused("unknown_mention", f"There is nobody called @{shown(name)}.", hint)
    found.pop(by, None)
    return [agent_id for agent_id in found if inside is None or agent_id in inside]


def _several(state: State, channel_id: str, name: str) -> Iterable[str] | None:
    if name not in RESERVED:
        return state.group(name) or None
    # Somebody who muted the channel asked for exactly this: only what names them alone.
    members = sorted((m.agent_id for m in state.members(channel_id).values() if not m.muted), key=int)
    return members if name == EVERYBODY else [a for a in members if _is_present(state, a)]


def _is_present(state: State, agent_id: str) -> bool:
    """A person counts as present; an agent while a program of it runs."""
    if state.agents[agent_id].type == "human":
        return True
    session = state.sessions.get(agent_id)
    return session is not None and session.state not in ENDED_STATES
