"""The part of the store that finds things and leads to them: search, inbox, activity, a message in its conversation."""

from __future__ import annotations

from collections.abc import Sequence

from relay_tui.core.model import Channel, Message
from relay_tui.core.model_talk import Reaction
from relay_tui.core.search.query import SearchQuery, parse
from relay_tui.tui.facts.window import direct_title
from relay_tui.tui.store.outgoing import Outgoing
from relay_tui.tui.view.deck import ComposerView
from relay_tui.tui.view.hits import Found, Hit, Section
from relay_tui.tui.view.letter import Letter
from relay_tui.tui.words.when import age, hhmm, moment

HERE, ELSEWHERE = 30, 60
"""Matches that are shown of this conversation, and of all others, before more are asked for."""
PATIENCE = 0.3
"""Seconds that a search waits for the index; then it says how far that has come."""
SHOWN = 100


class Finding(Outgoing):
    async def send(self, view: ComposerView, letter: Letter) -> None:
        await super().send(view, letter)
        await self.newest()

    # Search

    async def find(self, text: str, before_seq: int | None = None) -> Found:
        """What matches here, then everywhere, between agents too; `before_seq`: only the page behind an earlier one.

        Raises `Refused` (invalid_search)."""
        query = parse(text)
        found = Found(terms=terms_of(query))
        if not text.strip():
            return found
        channel = self.here
        here: list[Message] = []
        if channel is not None and query.channel is None and before_seq is None:
            asked = f"{text} in:{channel.id}"
            here = await self.relay.search(asked, HERE, patience=PATIENCE)
        there = await self.relay.search(text, HERE + ELSEWHERE, before_seq, patience=PATIENCE)
        known = {message.id for message in here}
        there = [one for one in there if one.id not in known and (channel is None or one.channel_id != channel.id
                 or query.channel is not None or before_seq is not None)]  # fmt: skip
        if here and channel is not None:
            found.sections.append(Section("here", await self._hits(here)))
        if there:
            found.sections.append(Section("everywhere" if not here else "elsewhere", await self._hits(there)))
        behind = self.relay.last_seq - self.relay.indexed
        if behind > 0:
            found.note = f"indexed up to entry {self.relay.indexed:,} of {self.relay.last_seq:,}; the rest follows"
        return found

    async def _hits(self, messages: Sequence[Message], note: str = "", role: str = "faint") -> list[Hit]:
        now, places = self.clock(), dict[str, str]()
        hits: list[Hit] = []
        for one in messages:
            if one.channel_id not in places:
                places[one.channel_id] = await self._place(one.channel_id)
            place = places[one.channel_id] + (" thread" if one.thread_id else "")
            sender, time = self.people.name(one.sender_id), moment(one.created_at, now)
            hits.append(Hit(f"message:{one.id}", place, sender, time, one.text, note, role, one.seq))
        return hits

    async def _place(self, channel_id: str) -> str:
        channel = await self.relay.queries.channel(channel_id)
        return self._title_of(channel) if channel is not None else ""

    def _title_of(self, channel: Channel) -> str:
        if channel.kind == "channel":
            return f"#{channel.name}"
        ids = channel.name.split(":") if channel.kind == "dm" else self._members.get(channel.id, [])
        return f"@{direct_title(channel, ids, self.people)}"

    # What is unread, what goes on

    async def inbox(self) -> Found:
        """Replies that wait for the operator or that he waits for, mentions, conversations, threads, reactions."""
        box = await self.relay.queries.inbox(self.people.operator_id)
        parts = {
            "replies": await self._expected(),
            "mentions": await self._hits(box.mentions, "mentions you", "accent"),
            "direct": [await self._place_hit(channel, unread.count) for channel, unread in box.direct],
            "channels": [await self._place_hit(channel, unread.count) for channel, unread in box.channels],
            "threads": [row for one in box.threads for row in await self._thread_hit(one.root_id, one.unread)],
            "reactions to yours": [row for one in box.reactions for row in await self._reaction_hit(one)],
        }
        return Found([Section(title, hits) for title, hits in parts.items() if hits])

    async def _expected(self) -> list[Hit]:
        """Replies that somebody waits for from the operator, and those that he waits for."""
        now, hits = self.clock(), list[Hit]()
        for one, message in (*self.waiting.owed, *self.waiting.mine):
            whom = "you wait" if one.sender_id == self.people.operator_id else "waits for you"
            late = one.reply_by is not None and one.reply_by < now
            by = f" by {hhmm(one.reply_by)}" if one.reply_by is not None else ""
            if late and one.reply_by is not None:
                by = f", overdue {age(now - one.reply_by)}"
            hits += await self._hits([message], f"{whom}{by}", "need" if late else "muted")
        return hits

    async def _reaction_hit(self, one: Reaction) -> list[Hit]:
        message = await self.relay.queries.message(one.message_id)
        return [] if message is None else await self._hits([message], f"{one.emoji} {self.people.name(one.agent_id)}")

    async def _place_hit(self, channel: Channel, unread: int) -> Hit:
        last = await self.relay.queries.messages(channel.id, limit=1)
        note = f"{unread} unread"
        if not last:
            return Hit(channel.id, self._title_of(channel), "", "", "", note)
        newest = last[-1]
        sender, time = self.people.name(newest.sender_id), moment(newest.created_at, self.clock())
        return Hit(channel.id, self._title_of(channel), sender, time, newest.text, note)

    async def _thread_hit(self, root_id: str, unread: int) -> list[Hit]:
        root = await self.relay.queries.message(root_id)
        if root is None:
            return []
        [hit] = await self._hits([root], f"{unread} new {'reply' if unread == 1 else 'replies'}", "accent")
        hit.id = f"thread:{root_id}"
        return [hit]

    async def activity(self, before_seq: int | None = None) -> Found:
        """The newest messages everywhere, or those before an entry."""
        newest = await self.relay.queries.activity(limit=SHOWN, before_seq=before_seq)
        return Found([Section("everywhere", await self._hits(newest))] if newest else [])


def terms_of(query: SearchQuery) -> tuple[str, ...]:
    """The words and phrases of a search as they stand in a text."""
    return tuple(word.rstrip("*")[1:-1].replace('""', '"').lower() for word in query.words)
