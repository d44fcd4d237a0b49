"""The source of the deck over a relay: its facts, and what the operator does, as commands of his own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from relay_tui.core import commands as c
from relay_tui.core.errors import RelayError
from relay_tui.core.events import Entry
from relay_tui.core.signals import Signal
from relay_tui.tui.facts.facts import DeckHost
from relay_tui.tui.facts.mail import recalled
from relay_tui.tui.facts.waiting import LOOKED_BACK
from relay_tui.tui.facts.window import Window
from relay_tui.tui.store.adopting import Adoptions
from relay_tui.tui.store.contents import Contents
from relay_tui.tui.store.describing import Descriptions
from relay_tui.tui.store.finding import Finding
from relay_tui.tui.store.places import Places
from relay_tui.tui.store.programs import Programs
from relay_tui.tui.store.reins import Reins
from relay_tui.tui.store.ruling import Ruling
from relay_tui.tui.store.talk import Talk
from relay_tui.tui.view.deck import CardView, LadderView, WhyView
from relay_tui.tui.view.enclosed import ContentView
from relay_tui.tui.view.kept import Kept
from relay_tui.tui.view.news import News
from relay_tui.tui.words.explain import why_agent, why_approval, why_need, why_over
from relay_tui.tui.words.inspector import ladder_view
from relay_tui.tui.words.rows import worth_a_look

SNOOZE_MS = 600_000


class Store(Finding):
    """Everything that is asked of a `Source`; what belongs together is a part of its own."""

    def __init__(self, host: DeckHost, *, throwaway: bool = False) -> None:
        super().__init__(host, throwaway=throwaway)
        self.reins = Reins(host.relay, host.operator, self.people)
        self.talk, self.places, self.ruling = Talk(self), Places(self), Ruling(self)
        self.adopting, self.describing = Adoptions(self), Descriptions(self)
        self._contents, self.programs = Contents(self), Programs(self)

    async def open(self) -> None:
        self._unsubscribe = [
            self.relay.on_commit(self._committed),
            self.relay.on_signal(self._signalled),
        ]
        await self.refresh()
        await self._open_first()
        await self.refresh()

    def settle(self) -> None:
        self._later(self._look_back())

    async def _look_back(self) -> None:
        """What rules said while no deck was open."""
        first = max(1, self.relay.last_seq - LOOKED_BACK + 1)
        self.waiting.look_back(await self.relay.entries(first, LOOKED_BACK), self.people.operator_id, self.clock())

    def _committed(self, entries: Sequence[Entry]) -> None:
        self._dirt.committed(entries)
        self.waiting.committed(entries, self.people.operator_id)
        self._dirt.transcripts = self._dirt.transcripts or bool(self.waiting.news)
        self.mail.committed(entries)
        self._news.set()

    def _signalled(self, signal: Signal) -> None:
        self._dirt.signalled(signal)
        self._news.set()

    async def close(self) -> None:
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self._unsubscribe = []
        for task in self._tasks:
            task.cancel()

    def recall(self, kept: Kept) -> None:
        """What was written down before; to be called before the store is opened."""
        self._last = kept.last
        self.watch_list.pinned = list(kept.pins)
        self.needing.snoozed = dict(kept.snoozed)
        self.mail.filter = recalled(kept.mail)

    def remember(self, kept: Kept) -> None:
        now = self.clock()
        kept.last = self.window.id if self.window is not None else ""
        kept.pins = list(self.watch_list.pinned)
        kept.mail = asdict(self.mail.filter)
        kept.snoozed = {key: until for key, until in self.needing.snoozed.items() if until > now}

    @property
    def me(self) -> str:
        return self.people.operator_id

    # Verbs
    async def select_need(self, key: str) -> None:
        self.needing.choose(key)
        self.needing.fill_card(self.view, self.clock(), self.people.frozen)

    def news(self) -> list[News]:
        said = [News("notice", one.name, one.text) for one in self.waiting.news]
        self.waiting.news.clear()
        return [*said, *self.needing.take_news()]

    async def waive(self, message_id: str) -> None:
        await self.relay.execute(c.WaiveReply(message_id=message_id), self.host.operator)

    def snooze(self, key: str) -> bool:
        comes_back = not self.waiting.put_away(key)
        if comes_back:
            self.needing.snoozed[key] = self.clock() + SNOOZE_MS
        self.needing.choose("")
        self._second = 0
        return comes_back

    def unsnooze(self, key: str = "") -> None:
        self.needing.unsnooze(key)
        self._second = 0

    def watch(self, slots: int) -> None:
        if slots and slots != self.watch_list.slots:
            self.watch_list.slots = slots
            self._dirt.transcripts = True
            self._news.set()

    def pin(self, agent_id: str) -> None:
        self.watch_list.toggle_pin(agent_id)
        self._dirt.transcripts = True
        self._news.set()

    def toggle_raw(self, agent_id: str) -> None:
        self.watch_list.toggle_raw(agent_id)
        self._raw_at = 0
        self._dirt.transcripts = True
        self._news.set()

    def at_end(self, reading: bool) -> None:
        window = self.window
        if not reading or window is None or window.newer or window.channel is None or not window.messages:
            return
        if window.root:
            self._read_thread(window)
            return
        window.trim()
        newest = window.messages[-1].id
        unread = self._unread_of(window.channel.id).count
        if unread and newest != window.read_to:
            window.read_to = newest
            self._later(self._mark_read(window.channel.id, newest))

    def _read_thread(self, window: Window) -> None:
        newest = window.messages[-1].id
        if self.thread_list.unread.get(window.root) and newest != window.read_to:
            window.read_to = newest
            self._later(self._execute_read(c.MarkThreadRead(message_id=newest)))

    async def _mark_read(self, channel_id: str, message_id: str) -> None:
        await self._execute_read(c.MarkRead(channel_id=channel_id, message_id=message_id))

    async def _execute_read(self, command: c.MarkRead | c.MarkThreadRead) -> None:
        try:
            await self.relay.execute(command, self.host.operator)
        except RelayError as error:
            # Not a member, or archived meanwhile: then there is nothing to count as read.
            if not self.view.notice:
                self.view.notice, self.view.notice_role = str(error), "need"

    async def decide(self, card: CardView, approve: bool, words: str) -> None:
        id = card.key.partition(":")[2]
        command = c.DecideApproval(approval_id=id, request_hash=card.request_hash, approve=approve, words=words)
        said = f": {words}" if words else ""
        outcome = (f"approved; {card.name} goes on", "ok") if approve else (f"denied{said}", "need")
        self.needing.decided(card.key, *outcome)
        try:
            await self.relay.execute(command, self.host.operator)
        except RelayError:
            self.needing.undecided(card.key)
            self._dirt.approvals = True
            raise
        if approve:
            self._later(self._say_result(card, id))

    async def _say_result(self, card: CardView, approval_id: str) -> None:
        """What came of it, as soon as it is known; the card stays until the operator moves on."""
        approval = await self.relay.queries.approval(approval_id)
        if approval is None:
            return
        done = await self.relay.actions.finished(approval.invocation_id)
        result = done.error or ", ".join(f"{key} {value}" for key, value in (done.output or {}).items())
        said = f"approved; {approval.action} {done.status.value.replace('_', ' ')}" + (f": {result}" if result else "")
        self.needing.outcomes[card.key] = (said, "fault" if done.error else "ok")
        self._dirt.approvals = True

    async def ladder(self, message_id: str, agent_id: str = "") -> LadderView | None:
        message = await self.relay.queries.message(message_id)
        known = (await self.relay.queries.deliveries([message_id]))[message_id]
        if message is None or not known:
            return None
        known = worth_a_look(message, known, self.people, self.clock())
        chosen = next((d for d in known if d.agent_id == agent_id), known[0])
        entries = await self.relay.queries.delivery_entries(message, chosen)
        _, answer = await self.reins.explain(message, chosen)
        view = ladder_view(message, chosen, known, entries, answer, self.people, self.clock())
        view.reactions = await self.talk.reactions_to(message_id)
        return view

    async def why(self, subject: str) -> WhyView | None:
        kind, _, id = subject.partition(":")
        if kind == "need":
            need = self.needing.by_key(id)
            if need is None:
                card = self.needing.card
                return why_over(card) if card is not None and card.key == id and card.outcome else None
            if need.approval is not None:
                return why_approval(need, self.clock())
            if need.kind != "agent":
                return why_need(need, self.clock())
            kind, id = "agent", need.agent_id
        if kind != "agent":
            return None
        session = self.people.sessions.get(id)
        return why_agent(self.people.name(id), session, self.people, id, self.clock())

    async def content(self, message_id: str, index: int) -> ContentView:
        return await self._contents.content(message_id, index)
