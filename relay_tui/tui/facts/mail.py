"""The list of deliveries as it is in memory: a stretch of it, kept up to date from the log, paged to older ones.

Rows stand in the order of their messages and never change places. What does not fit the list any more leaves it, but
not from under the operator: what is kept stays until it is let go.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from relay_tui.core import events as e
from relay_tui.core.delivery.behind import Behind, behind
from relay_tui.core.delivery.forecast import NOW, next_try
from relay_tui.core.events import Entry
from relay_tui.core.model import Delivery, Evidence, Message
from relay_tui.core.model_delivery import hold_over
from relay_tui.core.relay import Relay
from relay_tui.core.text import preview
from relay_tui.core.views.queries.mail import FAULTS, OPEN, WORDS, MailFilter, MailPlace
from relay_tui.tui.facts.pace import Pacing
from relay_tui.tui.view.mail import MailRow, MailView, Narrowing
from relay_tui.tui.words.people import People
from relay_tui.tui.words.rows import is_faulty, last_rung_at, reason_of, role_of
from relay_tui.tui.words.track import cells_of
from relay_tui.tui.words.when import age, hhmm

PAGE = 100
KEPT = 500
"""Rows that stay in memory while the end is followed."""
AT_ONCE = 200
"""Messages that are asked for again in one turn; the others wait for the next one."""
EVERY_MS = 300
LINE = 200
"""Characters of a message that its row keeps."""
_Found = dict[tuple[int, int], tuple[Message, Delivery]]


class Mail:
    """Asks nothing while nobody looks (`wanted` None)."""

    def __init__(self, relay: Relay, people: People) -> None:
        self._relay, self._people = relay, people
        self.view = MailView()
        self.filter = MailFilter()
        self.kept: Collection[str] = ()
        self.following = True
        self._open = False
        self._found: _Found = {}
        self._rows: dict[tuple[int, int], MailRow] = {}
        self._stale: set[tuple[int, int]] = set()
        """Places that are kept though they do not fit any more."""
        self._older: MailPlace | None = None
        self._changed: dict[str, None] = {}
        self._due: list[tuple[Message, Delivery]] = []
        self._behind: Behind = {}
        """Of those, which wait for what their sender said before."""
        self._anew = False
        """Programs have come or gone, which decides of everything that waits for them whether it is a fault."""
        self._asked_at = 0
        self._pacing = Pacing()

    async def open(self, wanted: MailFilter | None = None) -> None:
        self.filter = wanted if wanted is not None else self.filter
        self._open = True
        self._changed.clear()
        page = await self._relay.queries.mail(self.filter, None, PAGE)
        self._found, self._rows, self._stale = {}, {}, set()
        self._take(page.rows)
        self._older = page.older
        self.view = MailView(narrowed=self._narrowed(), ready=True)
        self.view.looked_to = hhmm(page.looked_to) if page.looked_to is not None else ""
        self._pacing.forget()
        await self._fill()

    def close(self) -> None:
        self._open = False

    def committed(self, entries: Sequence[Entry]) -> None:
        """Mark what has changed. Cheap: it runs inside the commit."""
        if not self._open:
            return
        for entry in entries:
            event = entry.event
            if isinstance(
                event,
                e.MessageCreated | e.MessageEdited | e.DeliveryDispatched | e.DeliveryRaised | e.DeliverySettled,
            ):
                self._changed[event.message_id] = None
            elif isinstance(event, e.StateRecorded | e.SessionStarted) and self.filter.word == FAULTS:
                self._anew = True

    async def refresh(self, now: int) -> bool:
        """Bring the rows up to date; False: nothing was to be done."""
        if not self._open or now - self._asked_at < EVERY_MS:
            return False
        self._asked_at = now
        ids = list(self._changed)[-AT_ONCE:] if self.following else list(self._changed)[:AT_ONCE]
        if self.following and len(self._changed) > AT_ONCE:
            await self.open()
            return True
        for id in ids:
            del self._changed[id]
        if ids:
            self._due = []
            await self._ask_again(ids)
        if self._anew:
            await self._compare()
        before = [*self.view.rows], self.view.tracks
        await self._fill()
        return before != (self.view.rows, self.view.tracks)

    async def older(self) -> bool:
        """Load the page before; False: there is none."""
        if self._older is None:
            return False
        page = await self._relay.queries.mail(self.filter, self._older, PAGE)
        self._older = page.older
        self._take(page.rows)
        self.view.looked_to = hhmm(page.looked_to) if page.looked_to is not None else ""
        await self._fill()
        return True

    def found(self, key: str) -> tuple[Message, Delivery] | None:
        message_id, _, agent_id = key.partition(":")
        return self._found.get((int(message_id), int(agent_id)))

    # Inside

    async def _compare(self) -> None:
        """Ask for the newest page again: what is new in it comes in, what is not in it any more does not fit."""
        self._anew = False
        page = await self._relay.queries.mail(self.filter, None, PAGE)
        there = {(int(d.message_id), int(d.agent_id)) for _, d in page.rows}
        first = min(there, default=(0, 0)) if page.older is not None else (0, 0)
        for place in self._found:
            if place >= first and place not in there:
                self._stale.add(place)
                self._rows.pop(place, None)
        self._stale -= there
        self._take(page.rows)
        for place in there:
            self._rows.pop(place, None)

    async def _ask_again(self, ids: Sequence[str]) -> None:
        first = min(self._found, default=(0, 0)) if self._older is not None else (0, 0)
        for message, delivery in await self._relay.queries.mail_of(ids):
            place = (int(message.id), int(delivery.agent_id))
            fits = self.filter.takes(message, delivery, not self._people.reachable(delivery.agent_id))
            if place in self._found or (fits and place > first):
                self._put(place, message, delivery, fits)

    def _put(self, place: tuple[int, int], message: Message, delivery: Delivery, fits: bool) -> None:
        self._found[place] = message, delivery
        self._rows.pop(place, None)
        (self._stale.discard if fits else self._stale.add)(place)

    def _take(self, found: Iterable[tuple[Message, Delivery]]) -> None:
        for message, delivery in found:
            self._found[int(delivery.message_id), int(delivery.agent_id)] = message, delivery

    async def _fill(self) -> None:
        now = self._relay.clock()
        for place in [place for place in self._stale if f"{place[0]}:{place[1]}" not in self.kept]:
            self._stale.discard(place)
            del self._found[place]
        places = sorted(self._found)
        if self.following and len(places) > KEPT + PAGE:
            for place in places[:-KEPT]:
                del self._found[place]
                self._rows.pop(place, None)
                self._stale.discard(place)
            places = places[-KEPT:]
            self._older = MailPlace(*places[0])
        await self._look_behind(places)
        self.view.rows = [self._row(place, now) for place in places]
        self.view.older = self._older is not None
        agent_id = self.filter.agent_id
        self.view.tracks = await self._pacing.tracks(self._relay.queries, self._people, now, agent_id)
        self.view.span = self._pacing.span

    async def _look_behind(self, places: Sequence[tuple[int, int]]) -> None:
        """What would go now, as far as its recipient goes: what else does it wait for? That is rare, and asked again
        only when something of it has changed."""
        due = [one for place in places if self._next(one := self._found[place]) == NOW]
        if due == self._due:
            return
        self._due = due
        self._behind = await behind(self._relay.queries, due) if due else {}

    def _next(self, one: tuple[Message, Delivery]) -> str:
        people, to = self._people, one[1].agent_id
        return next_try(*one, people.sessions.get(to), hold_over(to, people.holds))

    def _row(self, place: tuple[int, int], now: int) -> MailRow:
        row = self._rows.get(place)
        if row is None or not row.settled:
            message, delivery = self._found[place]
            made = mail_row(message, delivery, self._people, now, self._behind.get((message.id, delivery.agent_id)))
            row = self._rows[place] = row if row == made and row is not None else made
        return row

    def _narrowed(self) -> list[Narrowing]:
        wanted, people = self.filter, self._people
        word = "faults only" if wanted.word == FAULTS else wanted.word
        named = (
            ("state", wanted.word, word),
            ("to", wanted.agent_id, f"to {people.name(wanted.agent_id)}"),
            ("in", wanted.channel_id, "in this conversation"),
            ("from", wanted.sender_id, f"from {people.name(wanted.sender_id)}"),
        )
        return [Narrowing(kind, id, words) for kind, id, words in named if id]


def recalled(kept: Mapping[str, str]) -> MailFilter:
    """A filter from what was kept over a restart; what is none is nothing."""
    word = kept.get("word", "")
    ids = {name: kept.get(name, "") for name in ("agent_id", "channel_id", "sender_id")}
    known = word in ("", OPEN, FAULTS, *WORDS) and all(
        not id or (id.isascii() and id.isdecimal()) for id in ids.values()
    )
    return MailFilter(word, **ids) if known else MailFilter()


def mail_row(message: Message, delivery: Delivery, people: People, now: int, before: Delivery | None = None) -> MailRow:
    """`before`: what it waits for besides, see `behind`."""
    faulty = is_faulty(delivery, people)
    role = role_of(delivery, people)
    session = people.sessions.get(delivery.agent_id)
    hold = hold_over(delivery.agent_id, people.holds)
    coming = next_try(message, delivery, session, hold, before)
    if coming and delivery.until is not None and delivery.until > now:
        coming = f"in {age(delivery.until - now)}"
    return MailRow(
        _key(delivery),
        message.id,
        delivery.agent_id,
        message.channel_id,
        hhmm(message.created_at),
        people.name(message.sender_id),
        message.sender_id == people.operator_id,
        people.name(delivery.agent_id),
        preview(message.text, LINE),
        cells_of(delivery, faulty),
        role,
        delivery.word,
        hhmm(last_rung_at(delivery)) if role == "ok" else age(now - delivery.updated_at),
        delivery.attempts,
        delivery.route,
        "" if delivery.evidence is Evidence.COMMIT else delivery.evidence.value,
        (delivery.how if role == "ok" else delivery.reason or reason_of(delivery, people, faulty)),
        coming,
    )


def _key(delivery: Delivery) -> str:
    return f"{delivery.message_id}:{delivery.agent_id}"
