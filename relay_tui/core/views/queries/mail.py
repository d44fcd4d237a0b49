"""Deliveries as a list to page through, newest first: all of them, or those that a filter takes.

What is open and what is at fault has an index. Everything else is looked for in stretches of the newest messages, so
many and no more for one page; the page says how far back it has looked, and the next one goes on from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from relay_tui.core.model import ENDED_STATES, UNPROVEN, Delivery, Disposition, Message, Reached, State
from relay_tui.core.views import rows
from relay_tui.core.views.queries.base import marks
from relay_tui.core.views.queries.deliveries import DUE, IMPLIED, PRESENT, DeliveryQueries

STRETCH = 2_000
"""Messages that are looked through at a time."""
STRETCHES = 5
"""For one page."""
STUCK_STATES = sorted({*ENDED_STATES, State.UNKNOWN})
OPEN, FAULTS = "open", "faults"
"""Words of a filter that stand for several."""
_OPEN_WORDS = frozenset({OPEN, "queued", "accepted", "deferred", "held"})
_FAULT_WORDS = frozenset({FAULTS, "failed", "expired", "dead", "unverified", "uncertain"})
WORDS = (*(rung.word for rung in Reached), *(d.value for d in Disposition if d != Disposition.ACTIVE), "unverified")
"""Everything that a delivery can be shown as."""

_END = 2**63 - 1
_SHOWN = ", ".join(f"d.{column.strip()}" for column in rows.DELIVERIES.columns.split(","))
_UNPROVEN = ", ".join(f"'{evidence.value}'" for evidence in sorted(UNPROVEN))
LAG = (
    "lag AS MATERIALIZED (SELECT m.* FROM members AS m CROSS JOIN agents AS a CROSS JOIN channels AS c"
    f" WHERE {PRESENT} AND m.muted = 0 AND c.id = m.channel_id AND c.last_seq > m.dispatched_seq"
    " AND (m.left_seq IS NULL OR m.left_seq > m.dispatched_seq))"
)
"""Members to whom something is due that has no row yet: few, whatever the size of the workspace."""
_STORED_SCAN = (
    f"SELECT {_SHOWN} FROM messages AS t CROSS JOIN deliveries AS d WHERE t.seq > {{low}} AND t.seq <= {{high}}"
    " AND d.message_id = t.id AND (d.message_id, d.agent_id) < ({message}, {agent}){stored}"
    " ORDER BY t.seq DESC, d.agent_id DESC LIMIT {limit}"
)
_IMPLIED_SCAN = (
    f"{IMPLIED} FROM messages AS t CROSS JOIN lag AS m CROSS JOIN agents AS a WHERE t.seq > {{low}}"
    f" AND t.seq <= {{high}} AND {DUE} AND a.id = m.agent_id"
    " AND (t.id, m.agent_id) < ({message}, {agent}){implied}"
    " ORDER BY t.seq DESC, m.agent_id DESC LIMIT {limit}"
)
_STORED_INDEXED = (
    f"SELECT {_SHOWN} FROM deliveries AS d INDEXED BY {{index}} CROSS JOIN messages AS t WHERE {{indexed}}"
    " AND d.message_id <= {message} AND (d.message_id, d.agent_id) < ({message}, {agent})"
    " AND t.id = d.message_id{stored}"
    " ORDER BY d.message_id DESC, d.agent_id DESC LIMIT {limit}"
)
_IMPLIED_NEWEST = (
    f"{IMPLIED} FROM lag AS m CROSS JOIN agents AS a CROSS JOIN messages AS t WHERE a.id = m.agent_id"
    " AND t.seq IN (SELECT t.seq FROM messages AS t"
    f" WHERE {DUE} AND (t.id, m.agent_id) < ({{message}}, {{agent}}){{implied}}"
    " ORDER BY t.channel_seq DESC LIMIT {limit}) ORDER BY t.id DESC, m.agent_id DESC LIMIT {limit}"
)


_STUCK = (
    " IN (SELECT a.id FROM agents AS a LEFT JOIN sessions AS s ON s.agent_id = a.id"
    f" WHERE a.type = 'agent' AND (s.state IS NULL OR s.state IN ({', '.join(repr(s.value) for s in STUCK_STATES)})))"
)
"""Behind these agents no program runs that could take anything without somebody's help."""
_FAULTY = _STORED_INDEXED.replace("{index}", "deliveries_fault").replace("{indexed}", "d.fault = 1")
_OPEN = _STORED_INDEXED.replace("{index}", "deliveries_open").replace("{indexed}", "d.open = 1")
_OPEN_AND_STUCK = _OPEN.replace("{stored}", f" AND d.fault = 0 AND d.agent_id{_STUCK}{{about}}")
_IMPLIED_AND_STUCK = _IMPLIED_NEWEST.replace("{implied}", f" AND m.agent_id{_STUCK}{{implied}}")


class MailPlace(NamedTuple):
    """A place in the list: just before (older than) the delivery of this message to this agent."""

    message_id: int = _END
    agent_id: int = _END


@dataclass(slots=True, frozen=True)
class MailFilter:
    """Which deliveries are wanted; an empty field takes them all."""

    word: str = ""
    """`open`; `faults`, which are those of `Delivery.fault` and what waits behind a program that is gone; or one of
    `WORDS`."""
    agent_id: str = ""
    channel_id: str = ""
    sender_id: str = ""

    def takes(self, message: Message, delivery: Delivery, stuck: bool = False) -> bool:
        """`stuck`: its recipient has no program that could take it without somebody's help."""
        return (
            (not self.agent_id or delivery.agent_id == self.agent_id)
            and (not self.channel_id or message.channel_id == self.channel_id)
            and (not self.sender_id or message.sender_id == self.sender_id)
            and self._takes_word(delivery, stuck)
        )

    def _takes_word(self, delivery: Delivery, stuck: bool) -> bool:
        match self.word:
            case "":
                return True
            case "open":
                return delivery.open
            case "faults":
                return delivery.fault or (delivery.open and stuck)
            case _:
                return delivery.word == self.word

    def stored(self) -> str:
        """As conditions on a delivery `d` of a message `t`; ids are written as the numbers they are."""
        word = _word_condition(self.word)
        return (f" AND {word}" if word else "") + self.about()

    def about(self) -> str:
        """The same, whatever its state."""
        return "".join(f" AND {one}" for one in self._about("d"))

    def implied(self) -> str:
        """The same on a message `t` that is due to a member `m`, and was never dispatched."""
        return "".join(f" AND {one}" for one in self._about("m"))

    def _about(self, whose: str) -> list[str]:
        named = (
            (f"{whose}.agent_id", self.agent_id),
            ("t.channel_id", self.channel_id),
            ("t.sender_id", self.sender_id),
        )
        return [f"{column} = {int(id)}" for column, id in named if id]


@dataclass(slots=True)
class MailPage:
    rows: list[tuple[Message, Delivery]]
    """Oldest first."""
    older: MailPlace | None
    """Where the next page begins; None: there is nothing older."""
    looked_to: int | None = None
    """Time of the oldest message that was looked at, where the page is shorter than was asked for."""


class MailQueries(DeliveryQueries):
    async def mail_of(self, message_ids: Sequence[str]) -> list[tuple[Message, Delivery]]:
        """Every delivery of these messages."""
        known = await self.deliveries(message_ids)
        found = [delivery for of_message in known.values() for delivery in of_message]
        return (await self._page(found, None)).rows

    async def mail(
        self, wanted: MailFilter = MailFilter(), before: MailPlace | None = None, limit: int = 100
    ) -> MailPage:
        """Up to `limit` deliveries that come before a place, of the newest messages."""
        place = before or MailPlace()
        if wanted.word in _FAULT_WORDS or wanted.word in _OPEN_WORDS:
            found = await self._indexed(wanted, place, limit)
            return await self._page(found, MailPlace(*_key(found[-1])) if len(found) == limit else None)
        return await self._scanned(wanted, place, limit)

    async def _indexed(self, wanted: MailFilter, place: MailPlace, limit: int) -> list[Delivery]:
        parts = [_FAULTY if wanted.word in _FAULT_WORDS else _OPEN]
        if wanted.word == FAULTS:
            parts += [_OPEN_AND_STUCK, _IMPLIED_AND_STUCK]
        elif wanted.word in (OPEN, "queued"):
            parts.append(_IMPLIED_NEWEST)
        query = " UNION ALL ".join(f"SELECT * FROM ({part})" for part in parts)
        with_lag = f"WITH {LAG} {query}" if len(parts) > 1 else query
        return await self._found(with_lag, wanted, place, limit)

    async def _scanned(self, wanted: MailFilter, place: MailPlace, limit: int) -> MailPage:
        query = f"SELECT * FROM ({_STORED_SCAN})"
        if not wanted.word:
            query = f"WITH {LAG} {query} UNION ALL SELECT * FROM ({_IMPLIED_SCAN})"
        found: list[Delivery] = []
        high = await self._seq_at(place.message_id)
        for _ in range(STRETCHES):
            low = await self._stretch_before(high)
            missing = limit - len(found)
            found += await self._found(query, wanted, place, missing, low=low, high=high)
            if len(found) == limit:
                return await self._page(found, MailPlace(*_key(found[-1])))
            if low < 0:
                return await self._page(found, None)
            high = low
        above = await self._rows("SELECT id, created_at FROM messages WHERE seq > ? ORDER BY seq LIMIT 1", (high,))
        message_id, at = above[0]
        return await self._page(found, MailPlace(message_id, 0), at)

    async def _found(
        self, query: str, wanted: MailFilter, place: MailPlace, limit: int, **names: str | int
    ) -> list[Delivery]:
        """Newest first. Everything that is put into the text of the query is a number or from here."""
        written = f"{query} ORDER BY 1 DESC, 2 DESC LIMIT {limit}".format(
            **names, limit=limit, message=place.message_id, agent=place.agent_id,
            stored=wanted.stored(), about=wanted.about(), implied=wanted.implied(),
        )  # fmt: skip
        return [rows.DELIVERIES.read(row) for row in await self._rows(written)]

    async def _page(self, found: list[Delivery], older: MailPlace | None, looked_to: int | None = None) -> MailPage:
        ids = list({delivery.message_id for delivery in found})
        said = await self._all(rows.MESSAGES, f"WHERE id IN ({marks(ids)})", ids) if ids else []
        messages = {message.id: message for message in said}
        return MailPage([(messages[d.message_id], d) for d in reversed(found)], older, looked_to)

    async def _seq_at(self, message_id: int) -> int:
        found = await self._rows("SELECT seq FROM messages WHERE id <= ? ORDER BY id DESC LIMIT 1", (message_id,))
        return int(found[0][0]) if found else 0

    async def _stretch_before(self, high: int) -> int:
        """The `seq` under the stretch of messages that ends at `high`; -1: there is none under it."""
        query = "SELECT seq FROM messages WHERE seq <= ? ORDER BY seq DESC LIMIT 1 OFFSET ?"
        found = await self._rows(query, (high, STRETCH))
        return int(found[0][0]) if found else -1


def _word_condition(word: str) -> str:
    unproven = f"d.evidence IN ({_UNPROVEN})"
    match word:
        case "":
            return ""
        case "open":
            return "d.open = 1"
        case "faults":
            return "d.fault = 1"
        case "queued" | "accepted":
            return f"d.reached = {Reached[word.upper()].value} AND d.disposition = 'active'"
        case "delivered":
            return f"d.reached = 2 AND NOT {unproven}"
        case "unverified":
            return f"d.reached = 2 AND {unproven}"
        case "acknowledged" | "answered":
            return f"d.reached = {Reached[word.upper()].value}"
        case _:
            return f"d.reached < 2 AND d.disposition = '{Disposition(word).value}'"


def _key(delivery: Delivery) -> tuple[int, int]:
    return int(delivery.message_id), int(delivery.agent_id)
