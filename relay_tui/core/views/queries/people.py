"""Who takes part, where they talk, and what they have not read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from relay_tui.core.model import Agent, Channel, Member, Session
from relay_tui.core.views import rows
from relay_tui.core.views.queries.base import Reader, marks


@dataclass(slots=True)
class Unread:
    """What one agent has not read of one channel: others' top-level messages, and those of them that name it."""

    count: int
    mentions: int


class PeopleQueries(Reader):
    async def agents(self) -> list[Agent]:
        """Everyone who has not been removed, by name."""
        return await self._all(rows.AGENTS, "WHERE removed_at IS NULL ORDER BY name COLLATE NOCASE")

    async def names_of_removed(self) -> dict[str, str]:
        """By id; somebody else may have the name by now."""
        found = await self._rows("SELECT CAST(id AS TEXT), name FROM agents WHERE removed_at IS NOT NULL")
        return {str(id): str(name) for id, name in found}

    async def agent(self, ref: str) -> Agent | None:
        """By id (also one that was removed) or by name, case ignored."""
        if ref.isdecimal() and (found := await self._one(rows.AGENTS, "WHERE id = ?", (ref,))):
            return found
        return await self._one(rows.AGENTS, "WHERE removed_at IS NULL AND name = ? COLLATE NOCASE", (ref,))

    async def agent_by_token(self, token_hash: str) -> tuple[Agent, Literal["agent", "node"]] | None:
        """Whose token has this hash, and which of the two kinds it is."""
        if found := await self._one(rows.AGENTS, "WHERE token_hash = ? AND token_hash <> ''", (token_hash,)):
            return found, "agent"
        where = "WHERE node_token_hash = ? AND node_token_hash <> ''"
        if found := await self._one(rows.AGENTS, where, (token_hash,)):
            return found, "node"
        return None

    async def sessions(self) -> dict[str, Session]:
        """By agent id."""
        return {session.agent_id: session for session in await self._all(rows.SESSIONS)}

    async def channels(self, *, archived: bool = False) -> list[Channel]:
        """Named channels, by name."""
        where = "WHERE kind = 'channel'" + ("" if archived else " AND archived_at IS NULL")
        return await self._all(rows.CHANNELS, f"{where} ORDER BY name COLLATE NOCASE")

    async def channel(self, ref: str) -> Channel | None:
        """Any conversation by id, or a named channel by name, with or without `#`."""
        if ref.isdecimal() and (found := await self._one(rows.CHANNELS, "WHERE id = ?", (ref,))):
            return found
        where = "WHERE kind = 'channel' AND name = ? COLLATE NOCASE"
        return await self._one(rows.CHANNELS, where, (ref.removeprefix("#"),))

    async def conversations(self, agent_id: str) -> list[Channel]:
        """Direct and group conversations that the agent is in, the one that was last spoken in first."""
        newest = (
            "(SELECT seq FROM messages WHERE channel_id = channels.id AND channel_seq > 0 AND channel_seq = last_seq)"
        )
        where = (
            "WHERE kind <> 'channel' AND id IN (SELECT channel_id FROM members WHERE agent_id = ? AND left_seq IS NULL)"
        )
        return await self._all(rows.CHANNELS, f"{where} ORDER BY {newest} DESC", (agent_id,))

    async def all_conversations(self, limit: int = 100) -> list[Channel]:
        """Everybody's direct and group conversations, the newest first."""
        return await self._all(rows.CHANNELS, "WHERE kind <> 'channel' ORDER BY id DESC LIMIT ?", (limit,))

    async def members(self, channel_id: str) -> list[Member]:
        """Current members, in the order they joined."""
        where = "WHERE channel_id = ? AND left_seq IS NULL ORDER BY joined_at, agent_id"
        return await self._all(rows.MEMBERS, where, (channel_id,))

    async def memberships(self, agent_id: str) -> list[Member]:
        """The agent's current memberships in all channels."""
        return await self._all(rows.MEMBERS, "WHERE agent_id = ? AND left_seq IS NULL", (agent_id,))

    async def been_in(self, agent_id: str) -> set[str]:
        """Ids of the channels that the agent is or once was a member of."""
        found = await self._rows("SELECT DISTINCT channel_id FROM members WHERE agent_id = ?", (agent_id,))
        return {str(channel_id) for (channel_id,) in found}

    async def unread(self, agent_id: str) -> dict[str, Unread]:
        """By channel id, only where there is something unread."""
        return (await self.unread_of([agent_id]))[agent_id]

    async def unread_of(self, agent_ids: Sequence[str]) -> dict[str, dict[str, Unread]]:
        """As `unread`, of several agents in one go, by agent id: a subtraction a membership, whatever was said."""
        found: dict[str, dict[str, Unread]] = {agent_id: {} for agent_id in agent_ids}
        for agent_id, channel_id, count, mentions in await self._rows(
            "SELECT CAST(m.agent_id AS TEXT), CAST(m.channel_id AS TEXT), c.last_seq - m.read_seq - m.unread_own,"
            " m.unread_mentions FROM members AS m CROSS JOIN channels AS c ON c.id = m.channel_id"
            f" WHERE m.agent_id IN ({marks(agent_ids)}) AND m.left_seq IS NULL"
            " AND c.last_seq > m.read_seq + m.unread_own",
            agent_ids,
        ):
            found[agent_id][channel_id] = Unread(count, mentions)
        return found
