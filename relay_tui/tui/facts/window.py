"""The window of a conversation that is in memory: its newest messages, and what a reader has scrolled back to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from relay_tui.core.model import Channel, Delivery, Member, Message, Reached
from relay_tui.core.views.queries import Queries
from relay_tui.tui.facts.marks import Marks
from relay_tui.tui.turn import Turn
from relay_tui.tui.view.deck import ConversationView, MessageRow
from relay_tui.tui.words.people import People
from relay_tui.tui.words.rows import message_row
from relay_tui.tui.words.stopping import hold_words
from relay_tui.tui.words.when import hhmm

PAGE = 100
KEPT = 200
"""Messages that stay in memory while the end is being followed."""
THREAD_LIMIT = 500


@dataclass(slots=True)
class Window:
    """What is open: a channel, a conversation, or a thread (`root` is set).

    `channel` None: a DM that does not exist yet.
    """

    id: str
    channel: Channel | None
    root: str = ""
    agent_id: str = ""
    """Set for a DM that does not exist yet."""
    members: list[Member] = field(default_factory=list[Member])
    messages: list[Message] = field(default_factory=list[Message])
    deliveries: dict[str, list[Delivery]] = field(default_factory=dict[str, list[Delivery]])
    rows: dict[str, MessageRow] = field(default_factory=dict[str, MessageRow])
    marks: Marks = field(default_factory=Marks)
    wants: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    """Words and role of what wants a reply, by message id."""
    older: bool = False
    newer: bool = False
    """There is more below: it was opened around a message, and does not reach to what is said now."""
    new_from: str = ""
    new_label: str = ""
    read_to: str = ""
    """Newest message that was marked as read."""

    async def load(self, queries: Queries) -> None:
        """The newest page, from nothing."""
        if self.channel is None:
            return
        if self.root:
            root = await queries.message(self.root)
            replies = await queries.replies(self.root, limit=THREAD_LIMIT)
            self.messages = [*([root] if root is not None else []), *replies]
        else:
            self.messages = await queries.messages(self.channel.id, limit=PAGE)
            self.older = len(self.messages) == PAGE
        self.newer = False
        self.members = await queries.members(self.channel.id)
        self.deliveries = await queries.deliveries([message.id for message in self.messages])
        self.rows.clear()

    async def load_around(self, queries: Queries, message: Message) -> None:
        """A page with this message in its middle. In a thread that is loaded from its end: all of it that there is."""
        if self.channel is None or self.root:
            await self.load(queries)
            return
        above = await queries.messages(self.channel.id, before=message.id, limit=PAGE // 2)
        below = await queries.messages(self.channel.id, after=message.id, limit=PAGE // 2)
        self.older, self.newer = len(above) == PAGE // 2, len(below) == PAGE // 2
        self.messages = [*above, message, *below]
        self.members = await queries.members(self.channel.id)
        self.deliveries = await queries.deliveries([message.id for message in self.messages])
        self.rows.clear()

    async def load_newer(self, queries: Queries) -> bool:
        """The page below; the one that is not full reaches to what is said now."""
        if self.channel is None or not self.newer or not self.messages:
            return False
        found = await queries.messages(self.channel.id, after=self.messages[-1].id, limit=PAGE)
        self.newer = len(found) == PAGE
        self.messages += found
        self.deliveries |= await queries.deliveries([message.id for message in found])
        return True

    async def load_new(self, queries: Queries) -> None:
        """What was said since. A burst larger than a page starts again from the newest."""
        if self.channel is None or self.newer:
            return
        if self.root or not self.messages:
            await self.load(queries)
            return
        found = await queries.messages(self.channel.id, after=self.messages[-1].id, limit=PAGE)
        if len(found) == PAGE:
            await self.load(queries)
            return
        self.messages += found
        self.deliveries |= await queries.deliveries([message.id for message in found])

    async def load_older(self, queries: Queries) -> bool:
        if self.channel is None or self.root or not self.older or not self.messages:
            return False
        found = await queries.messages(self.channel.id, before=self.messages[0].id, limit=PAGE)
        self.older = len(found) == PAGE
        self.messages = found + self.messages
        self.deliveries |= await queries.deliveries([message.id for message in found])
        return bool(found)

    async def reload(self, queries: Queries, message_ids: set[str]) -> None:
        """These messages have other deliveries, or other replies, than before."""
        here = {message.id: index for index, message in enumerate(self.messages)}
        wanted = [id for id in message_ids if id in here]
        if not wanted:
            return
        self.deliveries |= await queries.deliveries(wanted)
        for id in wanted:
            self.rows.pop(id, None)

    async def reload_threads(self, queries: Queries, roots: set[str]) -> None:
        here = {message.id: index for index, message in enumerate(self.messages)}
        for root in roots & here.keys():
            found = await queries.message(root)
            if found is not None:
                self.messages[here[root]] = found
                self.rows.pop(root, None)

    async def reread(self, queries: Queries, message_ids: set[str]) -> None:
        """These messages say something else than before, or nothing any more."""
        here = {message.id: index for index, message in enumerate(self.messages)}
        roots: set[str] = set()
        for id in message_ids:
            found = await queries.message(id)
            if found is not None and id in here:
                self.messages[here[id]] = found
                self.rows.pop(id, None)
            if found is not None and found.thread_id is not None and found.deleted_at is not None:
                roots.add(found.thread_id)
        await self.reload_threads(queries, roots)

    def put_wants(self, wants: dict[str, tuple[str, str]]) -> None:
        """Which messages want a reply now: (words, role) by id."""
        for id in {id for id, _ in self.wants.items() ^ wants.items()}:
            self.rows.pop(id, None)
        self.wants = wants

    async def cover(self, queries: Queries) -> None:
        """Know what was put on each message that is here."""
        if self.channel is not None:
            for id in await self.marks.cover(queries, self.messages, self.channel.id):
                self.rows.pop(id, None)

    def trim(self) -> None:
        """Forget what is far above a reader who follows the end."""
        if len(self.messages) > KEPT + PAGE and not self.root and not self.newer:
            for message in self.messages[:-KEPT]:
                self.deliveries.pop(message.id, None)
                self.rows.pop(message.id, None)
            self.messages = self.messages[-KEPT:]
            self.older = True

    def age_rows(self) -> None:
        """Time has passed, or an agent's state has changed: rows that are not proven yet read otherwise now."""
        for message in self.messages:
            if any(d.reached < Reached.DELIVERED or d.unverified for d in self.deliveries.get(message.id, ())):
                self.rows.pop(message.id, None)

    def mark_new(self, member: Member | None) -> None:
        """Where the unread messages begin, as it was when the conversation was opened."""
        self.new_from = self.new_label = ""
        if member is None or self.root:
            return
        for before, message in zip([None, *self.messages], self.messages, strict=False):
            if message.channel_seq > member.read_seq and message.sender_id != member.agent_id:
                if message.channel_seq > 1:
                    self.new_from = message.id
                    self.new_label = f"new since {hhmm((before or message).created_at)}"
                return

    def mark_new_replies(self, unread: int) -> None:
        """In a thread: the newest so many replies are new."""
        standing = [message.id for message in self.messages[1:] if message.deleted_at is None]
        if self.root and unread and len(standing) >= unread:
            self.new_from, self.new_label = standing[-unread], f"{unread} new"

    def message(self, message_id: str) -> Message | None:
        return next((message for message in self.messages if message.id == message_id), None)

    async def prepare(self, people: People, now: int) -> None:
        """Make the rows that `view` is about to need, in turns with the keys."""
        turn = Turn()
        for message in tuple(self.messages):
            self._row(message, people, now)
            await turn.give_way()

    def _row(self, message: Message, people: People, now: int) -> MessageRow:
        row = self.rows.get(message.id)
        if row is None:
            assert self.channel is not None, "nothing was said where there is no channel yet"
            known = self.deliveries.get(message.id, ())
            row = message_row(message, known, self.channel, people, now, whole=bool(self.root))
            self.marks.put_on(row, message, people)
            row.wants, row.wants_role = self.wants.get(message.id, ("", ""))
            self.rows[message.id] = row
        return row

    def view(self, people: People, now: int) -> ConversationView:
        view = ConversationView(
            self.id, older=self.older, newer=self.newer, new_from=self.new_from, new_label=self.new_label
        )
        channel = self.channel
        if channel is None:
            view.title = f"@{people.name(self.agent_id)}"
            view.teach = ("", "`m` writes the first message to it.")
            return view
        view.rows = [self._row(message, people, now) for message in self.messages]
        view.channel_id, view.pinned = channel.id, len(self.marks.pins)
        self._title(view, channel, people, now)
        if self.newer:
            view.right = "not the newest · G goes there"
        if not view.rows:
            view.teach = ("", "Nothing has been said here yet. `m` writes the first message.")
        return view

    def _title(self, view: ConversationView, channel: Channel, people: People, now: int) -> None:
        count = len(self.members)
        if self.root:
            first = self.messages[0] if self.messages else None
            view.title = "thread"
            view.topic = f"{people.name(first.sender_id)} {hhmm(first.created_at)}" if first is not None else ""
            replies = sum(message.deleted_at is None for message in self.messages[1:])
            view.right = f"{replies} {'reply' if replies == 1 else 'replies'} · esc back"
            return
        if channel.kind == "channel":
            view.title, view.topic = f"#{channel.name}", channel.topic
            threads = sum(message.reply_count > 0 for message in self.messages)
            view.right = f"{count} {'member' if count == 1 else 'members'}"
            if channel.archived_at is not None:
                view.right = f"archived · {view.right}"
            if view.pinned:
                view.right += f" · {view.pinned} pinned"
            if threads:
                view.right += f" · {threads} {'thread' if threads == 1 else 'threads'}"
            return
        view.title = f"@{direct_title(channel, [member.agent_id for member in self.members], people)}"
        view.right = f"{view.pinned} pinned" if view.pinned else ""
        others = [member.agent_id for member in self.members if member.agent_id != people.operator_id]
        if len(others) == 1:
            view.topic = hold_words(others[0], people, now) or people.look(others[0]).word


def direct_title(channel: Channel, member_ids: Sequence[str], people: People) -> str:
    """The others in a conversation, by name; a group that was given a name of its own has that."""
    if channel.kind == "group":
        # A group that nobody named is called after those who were in it at first.
        names = {agent.name for agent in people.agents.values()}
        if not member_ids or not set(channel.name.split(", ")) <= names:
            return channel.name or "a group"
    ids = channel.name.split(":") if channel.kind == "dm" else member_ids
    return ", ".join(sorted(people.name(id) for id in ids if id != people.operator_id)) or "yourself"
