"""Names into ids, once: who a predicate is about is settled when it is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from relay_tui.core.errors import Refused
from relay_tui.core.predicates import model as p
from relay_tui.core.predicates.compiled import delivery_stands, invocation_stands, session_stands
from relay_tui.core.views.queries import Queries
from relay_tui.core.views.state import State

_AGENTS = ("agent", "sender", "caller")
LookUp = Callable[[str], str]
"""A name or id to an id. Raises `Refused` when there is none of it."""


def resolved(predicate: p.Predicate, agent: LookUp, channel: LookUp) -> p.Predicate:
    """The same predicate with ids where it had names."""
    if isinstance(predicate, p.AnyOf | p.AllOf):
        return predicate.model_copy(update={"of": [resolved(part, agent, channel) for part in predicate.of]})
    if isinstance(predicate, p.NotOf):
        return predicate.model_copy(update={"of": resolved(predicate.of, agent, channel)})
    changed: dict[str, Any] = {}
    for name in (*_AGENTS, "channel"):
        ref: str | None = getattr(predicate, name, None)
        if ref not in (None, "*"):
            changed[name] = channel(ref.removeprefix("#")) if name == "channel" else agent(ref.removeprefix("@"))
    return predicate.model_copy(update=changed) if changed else predicate


def resolved_in(predicate: p.Predicate, state: State) -> p.Predicate:
    """By what the writer knows. Raises `Refused` (agent_not_found, channel_not_found)."""

    def agent(ref: str) -> str:
        return ref if ref in state.agents else state.agent_ids.get(ref.lower()) or _nobody(ref)

    def channel(ref: str) -> str:
        return ref if ref in state.channels else state.channel_ids.get(("channel", ref.lower())) or _nowhere(ref)

    return resolved(predicate, agent, channel)


async def resolved_by(predicate: p.Predicate, queries: Queries) -> p.Predicate:
    """By what can be read. Raises `Refused` (agent_not_found, channel_not_found)."""
    agents: dict[str, str] = {}
    channels: dict[str, str] = {}
    for part in p.parts(predicate):
        for name in _AGENTS:
            ref = (getattr(part, name, None) or "*").removeprefix("@")
            if ref != "*" and (found := await queries.agent(ref)) is not None:
                agents[ref] = found.id
        if (place := getattr(part, "channel", None)) and (channel := await queries.channel(place)) is not None:
            channels[place.removeprefix("#")] = channel.id
    return resolved(predicate, lambda r: agents.get(r) or _nobody(r), lambda r: channels.get(r) or _nowhere(r))


async def stands(predicate: p.Predicate, queries: Queries) -> bool:
    """It is so already. False for everything that can only happen."""
    if isinstance(predicate, p.AnyOf):
        for part in predicate.of:
            if await stands(part, queries):
                return True
        return False
    if not p.is_level(predicate):
        return False
    match predicate:
        case p.Status():
            return session_stands(predicate, (await queries.sessions()).get(predicate.agent))
        case p.DeliveryReached():
            assert predicate.message_id is not None
            return delivery_stands(predicate, await queries.delivery(predicate.message_id, predicate.agent))
        case p.ActionEnded():
            assert predicate.invocation_id is not None
            return invocation_stands(predicate, await queries.invocation(predicate.invocation_id))
        case _:
            return False


def _nobody(ref: str) -> str:
    raise Refused("agent_not_found", f"There is no agent called {ref}.")


def _nowhere(ref: str) -> str:
    raise Refused("channel_not_found", f"There is no channel #{ref}.")
