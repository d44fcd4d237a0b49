"""What is asked of a big workspace, each beside its bare query on a connection of its own, turn about."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from relay_tui.core.log.store import read_only
from relay_tui.core.relay import LOG_NAME, SEARCH_NAME, Relay
from relay_tui.core.search.found import EDITS
from relay_tui.core.views import rows
from tests.bench import _words
from tests.bench._city import City
from tests.bench._table import Result, Rounds, percentile

Question = Callable[[], Awaitable[object]]
_M, _D = rows.MESSAGES.columns, rows.DELIVERIES.columns
_TEXT = ", ".join(f"m.{column.strip()}" for column in _M.split(","))
PAGE = f"SELECT {_M} FROM messages WHERE channel_id = ? AND channel_seq > 0 ORDER BY channel_seq DESC LIMIT 100"
_UNREAD = (
    "SELECT m.agent_id, m.channel_id, c.last_seq - m.read_seq - m.unread_own, m.unread_mentions FROM members AS m"
    " CROSS JOIN channels AS c ON c.id = m.channel_id"
    " WHERE m.agent_id IN ({}) AND m.left_seq IS NULL AND c.last_seq > m.read_seq + m.unread_own"
)
_OPEN = f"SELECT {_D} FROM deliveries WHERE agent_id = ?1 AND open = 1 ORDER BY message_id LIMIT 100"
_DUE = (
    "SELECT t.id, t.seq, t.channel_id, t.created_at FROM members AS m CROSS JOIN messages AS t"
    " ON t.channel_id = m.channel_id AND t.channel_seq > m.dispatched_seq AND t.channel_seq > 0"
    " WHERE m.agent_id = ?1 AND m.left_seq IS NULL AND m.muted = 0 AND t.sender_id <> ?1 ORDER BY t.id LIMIT 100"
)
_SAID = (
    f"SELECT {_TEXT} FROM words AS w CROSS JOIN messages AS m ON m.seq = w.rowid WHERE words MATCH ?"
    " AND m.edited_at IS NULL AND m.deleted_at IS NULL ORDER BY w.rowid DESC LIMIT 50"
)
_EDITED = (
    f"SELECT {_TEXT} FROM rewords AS w CROSS JOIN messages AS m ON m.seq = w.rowid / {EDITS}"
    " WHERE rewords MATCH ? AND m.deleted_at IS NULL ORDER BY w.rowid DESC LIMIT 50"
)
_BEFORE = f"SELECT {_M} FROM messages WHERE seq < ? AND deleted_at IS NULL ORDER BY seq DESC LIMIT 50"


@dataclass(slots=True)
class Desk:
    """The relay, a bare connection to its files, and what was found."""

    relay: Relay
    bare: sqlite3.Connection
    results: list[Result] = field(default_factory=list[Result])

    async def measure(
        self, what: str, question: Question, *floor: tuple[str, Sequence[Any]], limit: float | None = None, times: int
    ) -> None:
        """`floor`: bare queries, run one after the other. With one and no limit the budget is the floor and 1 ms."""
        took: list[float] = []
        least: list[float] = []
        for _ in range(times):
            begun = perf_counter()
            await question()
            took.append((perf_counter() - begun) * 1_000)
            begun = perf_counter()
            for query, values in floor:
                self.bare.execute(query, values).fetchall()
            least.append((perf_counter() - begun) * 1_000)
        bare = percentile(least, 0.5)
        p50 = Rounds([percentile(took, 0.5)], [bare] if floor else [])
        if limit is not None:
            budget, most = f"{limit:g} ms", limit
        else:
            budget, most = ("floor + 1 ms", bare + 1) if floor else ("", None)
        meets = None if most is None else (lambda found, _: found <= most)
        self.results.append(p50.result(f"{what}, p50", "ms", budget, meets))
        self.results.append(Result(f"{what}, p99", percentile(took, 0.99), "ms"))


async def measure(city: City) -> list[Result]:
    bare = sqlite3.connect(read_only(city.folder / LOG_NAME), uri=True)
    async with Relay.open(city.folder) as relay:
        desk = Desk(relay, bare)
        await _ask(desk, city)
        await relay.search("anything")
        desk.bare = sqlite3.connect(read_only(city.folder / SEARCH_NAME), uri=True)
        desk.bare.execute("ATTACH ? AS log", (read_only(city.folder / LOG_NAME),))
        await _search(desk, city)
        desk.bare.close()
    bare.close()
    return desk.results


async def _ask(desk: Desk, city: City) -> None:
    ask = desk.relay.queries
    newest = await ask.messages(city.busiest)
    ids = [message.id for message in newest]
    one, many = city.agents[0].agent_id, [agent.agent_id for agent in city.agents[:200]]
    operator, everyone = city.operator.agent_id, city.to_all.id
    of_many = _UNREAD.format(", ".join("?" * len(many)))
    ladder = (f"SELECT {_D} FROM deliveries WHERE message_id = ?", (everyone,))
    await desk.measure("newest 100", lambda: ask.messages(city.busiest), (PAGE, (city.busiest,)), times=200)
    await desk.measure("100 further back", lambda: ask.messages(city.busiest, before=ids[0]), limit=1, times=200)
    await desk.measure("unread of one agent", lambda: ask.unread(one), (_UNREAD.format("?"), (one,)), times=200)
    await desk.measure("unread of 200 agents", lambda: ask.unread_of(many), (of_many, many), times=100)
    await desk.measure("pending of one agent", lambda: ask.pending(one), (_OPEN, (one,)), (_DUE, (one,)), times=200)
    await desk.measure("conversations of the operator", lambda: ask.conversations(operator), times=100)
    await desk.measure("undelivered, mine", lambda: ask.undelivered(sender_id=operator), times=30)
    await desk.measure("undelivered, all", ask.undelivered, times=30)
    await desk.measure("undelivered, count", ask.undelivered_count, times=30)
    await desk.measure("ladders of a page, 50 each", lambda: ask.deliveries(ids[-20:]), times=50)
    await desk.measure("ladder of a message to 1,000", lambda: ask.deliveries([everyone]), ladder, limit=2, times=100)


async def _search(desk: Desk, city: City) -> None:
    room = f"about : c{city.busiest}"
    someone = f"about : s{city.agents[5].agent_id}"
    common, middle, rare = _words.COMMON, _words.MIDDLE, _words.RARE
    for text, expression in (
        (common, common),
        (rare, rare),
        (f"{common} {middle}", f"{common} {middle}"),
        (f'"{common} w1"', f'"{common} w1"'),
        ("w30*", "w30*"),
        ("from:agent5", someone),
        (f"from:agent5 {common}", f"({someone}) AND {common}"),
        (f"in:room0 {middle}", f"({room}) AND {middle}"),
        ("has:link", "about : haslink"),
        (f"has:file {common}", f"(about : hasfile) AND {common}"),
        ("mended", "mended"),
    ):
        floor = ((_SAID, (expression,)), (_EDITED, (expression,)))
        await desk.measure(f"search {text}", lambda text=text: desk.relay.search(text), *floor, times=50)
    last = (_BEFORE, (desk.relay.last_seq + 1,))
    await desk.measure("search before:2099-01-01", lambda: desk.relay.search("before:2099-01-01"), last, times=50)
    for text in ("has:reaction", f"has:thread {middle}", f"before:2020-01-01 {common}"):
        await desk.measure(f"search {text}", lambda text=text: desk.relay.search(text), times=50)
