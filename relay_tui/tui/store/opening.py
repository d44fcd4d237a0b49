"""The conversation that is open: which one it is, how much of it is in memory, and where the deck begins."""

from __future__ import annotations

import logging

from relay_tui.core.errors import RelayError
from relay_tui.tui.facts.facts import Facts
from relay_tui.tui.facts.window import Window

log = logging.getLogger(__name__)
LIVELY = 3
"""Messages that make a channel the place where the talk is."""


class Opening(Facts):
    """Part of the store."""

    _last = ""
    """The conversation that was open before; empty: none."""
    _may_move = False
    """Nothing had been said when the deck opened, and the operator has chosen nothing yet."""

    async def _open_first(self) -> None:
        """What was open when the screen was left; else the channel with the most to read; else the first one that
        anything was said in."""
        if self._last:
            try:
                await self._go(self._last)
                return
            except RelayError:
                log.info("what was open is not there any more: %s", self._last)
        if self.channels:
            self._may_move = not any(channel.last_seq for channel in self.channels)
            best = max(self.channels, key=lambda channel: (self._unread_of(channel.id).count, channel.last_seq))
            await self._go(best.id)

    async def refresh(self) -> bool:
        changed = await super().refresh()
        if changed and self._may_move:
            await self._follow_the_talk()
        return changed

    async def _follow_the_talk(self) -> None:
        """In a workspace that began empty, go once to where the talk is, as long as the operator went nowhere."""
        here = self.here.id if self.here is not None else ""
        lively = [row for row in self.view.channels if row.id != here and row.unread >= LIVELY]
        if lively:
            self._may_move = False
            await self._go(lively[0].id)

    def stay(self) -> None:
        self._may_move = False

    # Opening

    async def show(self, conversation_id: str) -> None:
        self._may_move = False
        await self._go(conversation_id)

    async def _go(self, conversation_id: str) -> None:
        """What is said while it is being read is still marked, and comes with the next refresh."""
        async with self._reading:
            await self._open(conversation_id)

    async def _open(self, conversation_id: str) -> None:
        kind, _, id = conversation_id.partition(":")
        if kind == "thread":
            window = await self._thread(id)
        elif kind == "agent":
            window = await self._direct(id)
        else:
            channel = await self.relay.queries.channel(conversation_id)
            if channel is None:
                raise RelayError("unknown_channel", "That conversation is not there any more.")
            window = Window(channel.id, channel)
        await window.load(self.relay.queries)
        await self._cover(window)
        member = next((member for member in window.members if member.agent_id == self.people.operator_id), None)
        window.mark_new(member)
        window.mark_new_replies(self.thread_list.unread.get(window.root, 0))
        self.window = window
        self._fill(self.clock())

    async def _thread(self, root_id: str) -> Window:
        root = await self.relay.queries.message(root_id)
        channel = await self.relay.queries.channel(root.channel_id) if root is not None else None
        if root is None or channel is None:
            raise RelayError("unknown_message", "That message is not there any more.")
        return Window(f"thread:{root.id}", channel, root=root.id)

    async def _direct(self, agent_id: str) -> Window:
        """The DM with an agent; where there is none yet, an empty one that its first message makes."""
        me = self.people.operator_id
        for channel in await self.relay.queries.conversations(me):
            if channel.kind == "dm" and set(channel.name.split(":")) == {me, agent_id}:
                return Window(channel.id, channel)
        return Window(f"agent:{agent_id}", None, agent_id=agent_id)

    async def older(self) -> bool:
        async with self._reading:
            if self.window is None or not await self.window.load_older(self.relay.queries):
                return False
            await self._cover(self.window)
            self._fill(self.clock())
            return True

    # To a message

    async def show_message(self, message_id: str) -> None:
        """Open the conversation (of a reply: the thread) around this message. Raises `RelayError`."""
        message = await self.relay.queries.message(message_id)
        channel = await self.relay.queries.channel(message.channel_id) if message is not None else None
        if message is None or channel is None:
            raise RelayError("unknown_message", "That message is not there any more.")
        self.stay()
        if message.thread_id is not None:
            await self.show(f"thread:{message.thread_id}")
            return
        async with self._reading:
            here = self.window
            if here is not None and here.id == channel.id and any(one.id == message_id for one in here.messages):
                return
            window = Window(channel.id, channel)
            await window.load_around(self.relay.queries, message)
            await self._cover(window)
            self.window = window
            self._fill(self.clock())

    async def newer(self) -> bool:
        async with self._reading:
            if self.window is None or not await self.window.load_newer(self.relay.queries):
                return False
            await self._cover(self.window)
            self._fill(self.clock())
            return True

    async def newest(self) -> None:
        """Back from around a message to what is said now."""
        async with self._reading:
            if self.window is not None and self.window.newer:
                await self.window.load(self.relay.queries)
                await self._cover(self.window)
                self._fill(self.clock())
