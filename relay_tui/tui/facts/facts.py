"""The deck's view of a relay. Commits mark parts dirty; a tick asks again for those parts only; widgets draw the view.

The view is made of cached records. Nothing here is called per message, and an idle workspace costs a comparison a tick.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from relay_tui.agents.tmux.errors import TmuxError
from relay_tui.core.model import Agent, Approval, Caller, Channel, Delivery, Disposition, Json, Message, State
from relay_tui.core.model_delivery import hold_over
from relay_tui.core.relay import Relay
from relay_tui.core.session import TranscriptEntry, Unsubscribe
from relay_tui.core.views.queries import Unread
from relay_tui.tui.facts.dirt import Dirt
from relay_tui.tui.facts.mail import Mail
from relay_tui.tui.facts.needing import Needing
from relay_tui.tui.facts.thread_list import ThreadList, places_of
from relay_tui.tui.facts.waiting import Waiting, storage_of
from relay_tui.tui.facts.watch import Watch
from relay_tui.tui.facts.window import Window, direct_title
from relay_tui.tui.source.programs import PaneCommand
from relay_tui.tui.view.deck import (
    ChannelRow,
    DeckView,
    DirectRow,
    HeaderView,
)
from relay_tui.tui.words.arrivals import doubtful
from relay_tui.tui.words.needs import find_needs
from relay_tui.tui.words.people import People
from relay_tui.tui.words.replies import unanswered, wants_of
from relay_tui.tui.words.rows import in_trouble, open_mine
from relay_tui.tui.words.stopping import stop_view
from relay_tui.tui.words.teach import no_agents
from relay_tui.tui.words.when import hhmm

if TYPE_CHECKING:
    from relay_tui.agents.tmux.screen import Run

MAIL_EVERY_MS = 500
"""The list of open deliveries is asked for at most so often: it is the dearest question."""
RAW_EVERY_MS = 200
COUNTED = 200
"""Open deliveries that are looked at; more are shown as so many and more."""


class Place(Protocol):
    """Where a workspace is, as its host knows it."""

    @property
    def path(self) -> Path: ...
    @property
    def name(self) -> str: ...
    @property
    def made(self) -> bool:
        """Just now: it was not there before."""
        ...


class Programs(Protocol):
    """Starts what runs behind agents."""

    async def launch(self, name: str, argv: Sequence[str], cwd: Path) -> Agent: ...
    async def panes(self, socket: str, session: str) -> Sequence[Json]: ...
    async def adopt(self, name: str, *, pane: str = ..., socket: str = ..., session: str = ...) -> Agent: ...


class DeckHost(Protocol):
    """What the deck needs of the host."""

    relay: Relay
    operator: Caller
    server_url: str | None
    """None: it does not answer yet."""

    @property
    def programs(self) -> Programs: ...
    @property
    def key_file(self) -> Path: ...
    @property
    def workspace(self) -> Place: ...
    @property
    def tmux_missing(self) -> TmuxError | None: ...
    def pane(self, agent_id: str) -> object | None: ...
    async def capture(self, agent_id: str) -> Sequence[Sequence[Run]]: ...
    async def turn(
        self, agent_id: str, offset: int, taken: Callable[[TranscriptEntry], bool]
    ) -> Sequence[TranscriptEntry]: ...
    def open_pane(self, agent_id: str, note: str = ...) -> AbstractAsyncContextManager[PaneCommand]: ...
    async def restart(self, agent_id: str) -> object: ...
    async def release(self, agent_id: str) -> object: ...


class Facts:
    """What the relay says, as a `DeckView` that is kept up to date."""

    def __init__(self, host: DeckHost, *, throwaway: bool = False) -> None:
        """`throwaway`: the workspace ends with the screen, so nothing need be said of where it is."""
        self.host = host
        self._throwaway = throwaway
        self.relay = host.relay
        self.clock = host.relay.clock
        self.view = DeckView()
        self.people = People(operator_id=host.operator.agent_id)
        self.watch_list = Watch()
        self.mail = Mail(host.relay, self.people)
        self.window: Window | None = None
        self._dirt = Dirt()
        self._reading = asyncio.Lock()
        """Held while the window or the view is brought up to date: what two ask for at once would be in it twice."""
        self._news = asyncio.Event()
        self._unsubscribe: list[Unsubscribe] = []
        self.channels: list[Channel] = []
        self.conversations: list[Channel] = []
        self._stored: dict[str, list[Json]] = {}
        """Attachments of letters whose files are stored, by client id."""
        self._unread: dict[str, Unread] = {}
        self.muted: set[str] = set()
        self._members: dict[str, list[str]] = {}
        """Agent ids of who is in each group conversation."""
        self.joined: set[str] = set()
        self.thread_list = ThreadList()
        self._approvals: list[Approval] = []
        self._mail: list[tuple[Message, Delivery]] = []
        self._mail_at = 0
        self.waiting = Waiting()
        self.needing = Needing()
        self._second = 0
        self._raw_at = 0
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def here(self) -> Channel | None:
        """The channel or conversation that is open; None: none yet, or one that its first message makes."""
        return self.window.channel if self.window is not None else None

    # Bringing the view up to date

    async def changed(self, timeout: float) -> None:
        if not self._dirt.clean:
            return
        self._news.clear()
        wait = min(timeout, RAW_EVERY_MS / 1000) if self.watch_list.raw else timeout
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await self._news.wait()

    async def refresh(self) -> bool:
        async with self._reading:
            return await self._refresh()

    async def _refresh(self) -> bool:
        now = self.clock()
        second = now // 1000
        raw_due = bool(self.watch_list.raw) and now - self._raw_at >= RAW_EVERY_MS
        if self._dirt.clean and second == self._second and not raw_due:
            return False
        dirt, self._dirt = self._dirt, Dirt.none()
        try:
            await self._bring(dirt, now, second != self._second, raw_due)
        except BaseException:
            self._dirt = dirt.again(self._dirt)
            raise
        self._second = second
        if self.window is not None:
            await self.window.prepare(self.people, now)
        self._fill(now)
        return True

    async def _bring(self, dirt: Dirt, now: int, second: bool, raw_due: bool) -> None:
        """Ask again for what is dirty, and only for that."""
        mail_due = dirt.mail and now - self._mail_at >= MAIL_EVERY_MS
        self._dirt.mail = self._dirt.mail or (dirt.mail and not mail_due)
        if dirt.people:
            await self._ask_people()
        if dirt.approvals or dirt.people:
            await self._ask_approvals()
        if dirt.places:
            await self._ask_places()
        if mail_due:
            self._mail_at = now
            self._mail = await self.relay.queries.undelivered(limit=COUNTED)
        await self.waiting.ask(self.relay.queries, self.people.operator_id, now)
        self.waiting.policy_fault = self.relay.policy.fault
        self.waiting.deadlines_fault = self.relay.deadlines.fault
        self.waiting.began = self.waiting.began or now
        self.waiting.storage = storage_of(self.relay.health, self.waiting.storage, now)
        if raw_due:
            self._raw_at = now
            await self.watch_list.capture(self.host.capture)
        if dirt.threads or dirt.talk.reads or not self.thread_list.asked:
            await self.thread_list.ask(self.relay.queries, self.people.operator_id)
        await self._bring_window(dirt, second)
        if self.window is not None:
            self.window.put_wants(wants_of([*self.waiting.mine, *self.waiting.owed], now))

    async def _ask_people(self) -> None:
        queries = self.relay.queries
        self.people.agents = {agent.id: agent for agent in await queries.agents()}
        self.people.gone = await queries.names_of_removed()
        self.people.sessions = await queries.sessions()
        self.people.holds = await queries.every_hold()
        self.people.interrupts = await queries.interrupts()

    async def _ask_approvals(self) -> None:
        self._approvals = await self.relay.queries.approvals()
        self.people.asking = frozenset(approval.caller_id for approval in self._approvals)
        shown = self.needing.shown
        kind, _, id = shown.partition(":")
        if kind == "approval" and shown not in self.needing.outcomes:
            approval = await self.relay.queries.approval(id)
            if approval is not None and approval.decision:
                self.needing.outcomes[shown] = _decided_elsewhere(approval, self.people)

    async def _ask_places(self) -> None:
        queries, me = self.relay.queries, self.people.operator_id
        self.channels = await queries.channels()
        self.conversations = await queries.conversations(me)
        self._unread = await queries.unread(me)
        for group in (channel for channel in self.conversations if channel.kind == "group"):
            self._members[group.id] = [member.agent_id for member in await queries.members(group.id)]
        stays = await queries.memberships(me)
        self.joined = {member.channel_id for member in stays}
        self.muted = {member.channel_id for member in stays if member.muted}
        if self.window is not None and self.window.channel is not None:
            self.window.channel = await queries.channel(self.window.channel.id) or self.window.channel
            self.window.members = await queries.members(self.window.channel.id)

    async def _bring_window(self, dirt: Dirt, second: bool) -> None:
        window = self.window
        if window is None or window.channel is None:
            return
        if window.channel.id in dirt.speech and (not window.root or window.root in dirt.threads):
            await window.load_new(self.relay.queries)
        if dirt.threads and not window.root:
            await window.reload_threads(self.relay.queries, dirt.threads)
        if dirt.messages:
            await window.reload(self.relay.queries, dirt.messages)
        if dirt.talk.messages:
            await window.reread(self.relay.queries, dirt.talk.messages)
        window.marks.forget(dirt.talk.marks)
        window.marks.pins_known = window.marks.pins_known and not dirt.talk.pins
        await self._cover(window)
        if second or dirt.people:
            window.age_rows()

    async def _cover(self, window: Window) -> None:
        await window.cover(self.relay.queries)
        for id in window.marks.read_to(self.thread_list.unread):
            window.rows.pop(id, None)

    def _fill(self, now: int) -> None:
        view, people = self.view, self.people
        workers = people.workers()
        mine = [(m, d) for m, d in self._mail if m.sender_id == people.operator_id]
        queued: dict[str, int] = {}
        held: dict[str, int] = {}
        for _, delivery in self._mail:
            if delivery.open:
                queued[delivery.agent_id] = queued.get(delivery.agent_id, 0) + 1
            if delivery.disposition is Disposition.HELD:
                held[delivery.agent_id] = held.get(delivery.agent_id, 0) + 1
        people.held = held
        people.doubtful = doubtful(mine)
        found = find_needs(people, self._approvals, self._mail, queued, now, self.waiting.needs(people, now))
        self.needing.fill(view, found, now, people.frozen)
        view.channels = [self._channel_row(channel) for channel in self.channels]
        view.direct = sorted((self._direct_row(channel) for channel in self.conversations), key=lambda row: row.title)
        places = places_of([*self.channels, *self.conversations], people)
        view.threads = self.thread_list.rows(places, people)
        view.agents = [people.row(agent, now) for agent in workers]
        view.mine = open_mine(mine, people, now)
        view.mine += unanswered(self.waiting.mine, people, now, {row.message_id for row in view.mine})
        if self.window is not None:
            view.conversation = self.window.view(people, now)
            if not workers and not view.conversation.rows:
                view.conversation.teach = no_agents(self.host.server_url, self.host.key_file)
        self.watch_list.choose(people)
        view.transcripts = self.watch_list.views(people, self.relay.sessions.get, now)
        view.header = self._header(now, workers)
        view.notice, view.notice_role = self._notice()

    def _notice(self) -> tuple[str, str]:
        """What is missing; else that this workspace has been made, as long as there is nothing else to see. A role."""
        missing = self.host.tmux_missing
        if missing is not None:
            return f"{missing}\n{missing.hint}".strip(), "need"
        place = self.host.workspace
        if place.made and not self._throwaway and not self.people.workers():
            return f"A new workspace: {short_path(place.path / '.relay' / 'workspace.toml')} names it now.", "ok"
        return "", ""

    def _header(self, now: int, workers: list[Agent]) -> HeaderView:
        states = [session.state for agent in workers if (session := self.people.sessions.get(agent.id)) is not None]
        trouble = sum(in_trouble(d, self.people, now, m.sender_id == self.people.operator_id) for m, d in self._mail)
        held = [agent for agent in workers if hold_over(agent.id, self.people.holds) is not None]
        waiting = sum(delivery.open for _, delivery in self._mail)
        return HeaderView(
            self.host.workspace.name,
            short_path(self.host.workspace.path),
            len(self.needing.needs),
            trouble,
            states.count(State.WORKING),
            states.count(State.IDLE) + states.count(State.READY),
            hhmm(now),
            len(held),
            stop_view(self.people, len(self._approvals), waiting, now),
        )

    def _later(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _unread_of(self, channel_id: str) -> Unread:
        return self._unread.get(channel_id) or Unread(0, 0)

    def _channel_row(self, channel: Channel) -> ChannelRow:
        unread = self._unread_of(channel.id)
        return ChannelRow(
            channel.id,
            channel.name,
            unread.count,
            unread.mentions,
            channel.id in self.muted,
            channel.id in self.joined,
        )

    def _direct_row(self, channel: Channel) -> DirectRow:
        ids = channel.name.split(":") if channel.kind == "dm" else self._members.get(channel.id, [])
        others = tuple(id for id in ids if id != self.people.operator_id)
        title = direct_title(channel, ids, self.people)
        return DirectRow(channel.id, title, self._unread_of(channel.id).count, others)


def _decided_elsewhere(approval: Approval, people: People) -> tuple[str, str]:
    if approval.decision == "expire":
        return f"expired: {approval.words or 'it was refused by itself'}", "need"
    who = people.name(approval.decided_by) if approval.decided_by else "somebody"
    return f"{'approved' if approval.decision == 'approve' else 'denied'} by {who}, not from here", "muted"


def short_path(path: Path) -> str:
    """`~/proj` for a folder under the home directory."""
    home = Path(os.environ.get("HOME", "/"))
    return f"~/{path.relative_to(home)}" if path != home and path.is_relative_to(home) else str(path)
