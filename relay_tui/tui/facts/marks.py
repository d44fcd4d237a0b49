"""What was put on the messages of a window: reactions, pins, and how much of their threads is unread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from relay_tui.core.model import Message
from relay_tui.core.model_talk import ReactionCount
from relay_tui.core.views.queries import Queries
from relay_tui.tui.view.deck import MessageRow
from relay_tui.tui.view.talk import ReactionMark
from relay_tui.tui.words.people import People
from relay_tui.tui.words.when import hhmm

SPARE = 100
"""Messages that may be known beyond those in the window."""


@dataclass(slots=True)
class Marks:
    """Asked for once per message, and again when something says that they have changed."""

    reactions: dict[str, list[ReactionCount]] = field(default_factory=dict[str, list[ReactionCount]])
    """By message id."""
    pins: dict[str, str] = field(default_factory=dict[str, str])
    """Who pinned it, by message id; of the whole channel."""
    unread: Mapping[str, int] = field(default_factory=dict[str, int])
    """New replies by root id; of all threads that the operator takes part in."""
    known: set[str] = field(default_factory=set[str])
    pins_known: bool = False

    async def cover(self, queries: Queries, messages: Sequence[Message], channel_id: str) -> set[str]:
        """Ask about those of them that are not known yet; gives the ids of those that look otherwise now."""
        changed: set[str] = set()
        if not self.pins_known:
            pins = {pin.message_id: pin.pinned_by for pin in await queries.pins(channel_id)}
            changed |= pins.keys() ^ self.pins.keys()
            self.pins, self.pins_known = pins, True
        self._let_go({message.id for message in messages})
        wanted = [message.id for message in messages if message.id not in self.known]
        if wanted:
            found = await queries.reactions(wanted)
            changed |= {id for id in wanted if found.get(id) != self.reactions.get(id)}
            for id in wanted:
                self.reactions.pop(id, None)
            self.reactions |= found
            self.known |= set(wanted)
        return changed

    def _let_go(self, here: set[str]) -> None:
        """Forget those that left the window, once they are more than those that are in it."""
        if len(self.known) > 2 * len(here) + SPARE:
            self.known &= here
            self.reactions = {id: counts for id, counts in self.reactions.items() if id in here}

    def forget(self, message_ids: set[str]) -> None:
        """They have other reactions than before."""
        self.known -= message_ids

    def read_to(self, unread: Mapping[str, int]) -> set[str]:
        """Another state of the threads; gives the ids of the roots that look otherwise now."""
        before, self.unread = self.unread, unread
        return {id for id in before.keys() | unread.keys() if before.get(id) != unread.get(id)}

    def put_on(self, row: MessageRow, message: Message, people: People) -> None:
        row.pinned = message.id in self.pins
        row.new_replies = min(row.replies, self.unread.get(message.id, 0))
        row.reactions = tuple(
            ReactionMark(
                count.emoji,
                len(count.agent_ids),
                people.name(count.agent_ids[0]) if len(count.agent_ids) == 1 else "",
                people.operator_id in count.agent_ids,
            )
            for count in self.reactions.get(message.id, ())
        )
        row.edited = message.edited_at is not None and message.deleted_at is None
        if message.deleted_at is not None:
            row.deleted = hhmm(message.deleted_at)
            row.deliveries, row.rest = (), ""
