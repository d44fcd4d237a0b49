"""What a decision is made from: who asks, when, and what is known. A decision is events, or a refusal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from relay_tui.core import text
from relay_tui.core.errors import Refused
from relay_tui.core.events import Event
from relay_tui.core.ids import Snowflakes
from relay_tui.core.model import Agent, Channel, Member, Message
from relay_tui.core.policy.rules import Policy
from relay_tui.core.views.state import State

Kind = Literal[
    "agent",
    "channel",
    "member",
    "message",
    "session",
    "delivery",
    "dispatch",
    "action",
    "invocation",
    "approval",
    "workspace",
    "reaction",
    "pin",
    "expectation",
    "thread_read",
    "scheduled",
    "file",
    "hold",
    "interrupt",
    "doorbell",
    "rule",
    "rule_run",
]


class Ref(NamedTuple):
    """What a command's answer is about: a record, by kind and key."""

    kind: Kind
    key: tuple[str, ...]


class Decision(NamedTuple):
    """No events: what was asked for is so already."""

    events: list[Event]
    answer: Ref


@dataclass(slots=True)
class Asked:
    """One command being decided, by whom and when (milliseconds, UTC)."""

    command: Any
    actor: Agent
    at: int
    ids: Snowflakes
    policy: Policy

    def new_id(self) -> str:
        return self.ids.next(self.at)


def agent_or_refuse(state: State, agent_id: str) -> Agent:
    agent = state.agents.get(agent_id)
    if agent is None or agent.removed_at is not None:
        raise Refused("agent_not_found", f"There is no agent with the id {agent_id}.")
    return agent


def agent_named_or_refuse(state: State, name: str) -> Agent:
    agent_id = state.agent_ids.get(name.lower())
    if agent_id is None:
        known = [a.name for a in state.agents.values() if a.removed_at is None and a.type != "system"]
        raise Refused("agent_not_found", f"There is no agent called {shown(name)}.", did_you_mean(name, known, "@"))
    return state.agents[agent_id]


def channel_or_refuse(state: State, channel_id: str) -> Channel:
    channel = state.channels.get(channel_id)
    if channel is None:
        raise Refused("channel_not_found", f"There is no channel with the id {channel_id}.")
    return channel


def channel_named_or_refuse(state: State, name: str) -> Channel:
    channel_id = state.channel_ids.get(("channel", name.lower()))
    if channel_id is None:
        known = [c.name for c in state.channels.values() if c.kind == "channel" and c.archived_at is None]
        raise Refused("channel_not_found", f"There is no channel #{shown(name)}.", did_you_mean(name, known, "#"))
    return state.channels[channel_id]


def message_or_refuse(state: State, message_id: str) -> Message:
    message = state.message(message_id)
    if message is None:
        raise Refused("message_not_found", f"There is no message with the id {message_id}.")
    return message


def member_or_refuse(state: State, channel: Channel, agent: Agent) -> Member:
    member = state.members(channel.id).get(agent.id)
    if member is None:
        place = f"#{channel.name}" if channel.kind == "channel" else "that conversation"
        hint = f"Join #{channel.name} first." if channel.kind == "channel" else ""
        raise Refused("not_a_member", f"{agent.name} is not a member of {place}.", hint)
    return member


def writable_or_refuse(channel: Channel) -> None:
    if channel.archived_at is not None:
        raise Refused("channel_archived", f"#{channel.name} is archived.", "Post in another channel.")


def is_person(agent: Agent) -> bool:
    """A person may change what others said and owed; so may the relay itself."""
    return agent.type != "agent"


def shown(name: str) -> str:
    """A name from outside, safe and short enough to stand in a sentence."""
    return text.preview(name, 60)


def did_you_mean(name: str, known: list[str], sigil: str) -> str:
    near = text.nearest(name, known)
    return f"Did you mean {' or '.join(sigil + n for n in near)}?" if near else ""
