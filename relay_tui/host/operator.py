"""The person at the screen: an agent of type human, named after the user, member of every channel but those left."""

from __future__ import annotations

import getpass
import re
from collections.abc import Sequence

from relay_tui.core import commands as c
from relay_tui.core import events as e
from relay_tui.core.events import Entry
from relay_tui.core.model import Agent, Caller, Source
from relay_tui.core.relay import Relay


def user_name() -> str:
    """The login name, as an agent name may be."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError):
        name = ""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-._")[:64] or "operator"


async def sign_in(relay: Relay, name: str | None = None) -> Agent:
    """The operator's agent, made on first use. A name that an agent program holds already gets a suffix."""
    wanted = name or user_name()
    for candidate in (wanted, f"{wanted[:55]}-operator"):
        found = await relay.queries.agent(candidate)
        if found is None:
            return await relay.execute(c.RegisterAgent(name=candidate, type="human"))
        if found.type == "human":
            return found
    raise AssertionError("both the user's name and its suffixed form are taken by agent programs")


async def join_everywhere(relay: Relay, operator: Agent) -> None:
    """Be a member of every channel there is: who supervises sees all of it. What the operator has left stays left."""
    known = await relay.queries.been_in(operator.id)
    for channel in await relay.queries.channels():
        if channel.id not in known:
            await relay.execute(c.JoinChannel(channel_id=channel.id), Caller(operator.id, Source.SYSTEM))


def new_channels(entries: Sequence[Entry]) -> list[str]:
    """Ids of the channels that these entries made."""
    made = (entry.event for entry in entries if isinstance(entry.event, e.ChannelCreated))
    return [event.channel_id for event in made if event.kind == "channel"]
