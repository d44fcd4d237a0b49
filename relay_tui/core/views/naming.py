"""How many unread messages of a channel name a member, and how many are its own: kept with it, so that asking is no
counting."""

from __future__ import annotations

from collections.abc import Iterable

from relay_tui.core.model import Member
from relay_tui.core.views.state import State


def named(state: State, channel_id: str, channel_seq: int, agent_ids: Iterable[str], change: int = 1) -> None:
    """A message of the channel names these agents; `change` -1: it does so no longer."""
    if not channel_seq:  # a reply is not unread in the channel
        return
    members = state.members(channel_id)
    for agent_id in agent_ids:
        member = members.get(agent_id)
        if member is not None and member.read_seq < channel_seq:
            member.unread_mentions += change
            state.put_member(member)


def read_up_to(state: State, member: Member, channel_seq: int) -> None:
    """Move the read mark forward, never back."""
    if channel_seq <= member.read_seq:
        return
    newest = state.channels[member.channel_id].last_seq
    if channel_seq >= newest:
        member.unread_mentions = member.unread_own = 0
    else:
        passed = channel_seq - member.read_seq <= newest - channel_seq
        # Whichever is shorter is counted: what the mark passes over, or what is left above it.
        stretch = (member.read_seq, channel_seq) if passed else (channel_seq, newest)
        if member.unread_mentions:
            found = state.namings(member, *stretch)
            member.unread_mentions = member.unread_mentions - found if passed else found
        if member.unread_own:
            found = state.sayings_of(member, *stretch)
            member.unread_own = member.unread_own - found if passed else found
    member.read_seq = channel_seq
