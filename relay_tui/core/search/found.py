"""Asking the index: what a query says becomes one expression of FTS5, which names matching rows newest first.

Who said a message, where, and what it carries are words of the index too, in a column of their own: a filter costs what
a word costs, and is never a look through everything that was said.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from relay_tui.core.model import Message
from relay_tui.core.search.query import SearchQuery
from relay_tui.core.views.rows import MESSAGES

EDITS = 1 << 20
"""The row of an edit is the message's `seq` times this, plus the number of the edit: in the order of the messages."""
ABOUT = (
    "'s' || m.sender_id || ' c' || m.channel_id || iif(m.mentions <> '[]', ' hasmention', '')"
    " || iif(m.data IS NOT NULL, ' hasdata', '') || iif(m.attachments IS NOT NULL, ' hasfile', '')"
    " || iif({text} LIKE '%http://%' OR {text} LIKE '%https://%', ' haslink', '')"
)
"""What is known of message `m` besides its words, as words."""
_COLUMNS = ", ".join(f"m.{column.strip()}" for column in MESSAGES.columns.split(","))
_SAID = "words AS w CROSS JOIN log.messages AS m ON m.seq = w.rowid"
_EDITED = f"rewords AS w CROSS JOIN log.messages AS m ON m.seq = w.rowid / {EDITS}"
_NEWEST = f"w.rowid % {EDITS} = (SELECT count(*) FROM log.edits WHERE message_id = m.id)"
_READABLE = (
    "m.channel_id IN (SELECT id FROM log.channels WHERE kind = 'channel'"
    " UNION ALL SELECT channel_id FROM log.members WHERE agent_id = ? AND left_seq IS NULL)"
)
_MARKS = {
    "thread": "SELECT root_id FROM log.threads AS r WHERE r.root_id {is_it}",
    "reaction": "SELECT r.message_id FROM log.reactions AS r WHERE r.message_id {is_it} AND r.removed_at IS NULL",
    "pin": "SELECT r.message_id FROM log.pins AS r WHERE r.message_id {is_it} AND r.unpinned_at IS NULL",
}
"""What comes to a message later and goes again is not in the index. Each table begins with the message's id."""
_PAGE = 200
_FEW, _DEARER = 5_000, 10
"""Where as many carry a mark, one that has the words as well is soon found by the words; asking one of them for the
words costs as much as looking at so many that have the words."""
_NEWER = 2**63 - 1
"""Than any id."""


@dataclass(slots=True)
class _Where:
    conditions: list[str] = field(default_factory=lambda: ["m.deleted_at IS NULL"])
    values: list[Any] = field(default_factory=list[Any])
    low: int = 0
    """The first and the last `seq` that may be found."""
    high: int = 2**42


def find(
    db: sqlite3.Connection, query: SearchQuery, limit: int, before_seq: int | None, reader_id: str | None
) -> list[Message]:
    """Newest first. `db`: the index, with the log attached as `log`."""
    expression = _expression(db, query)
    if expression is None:
        return []
    where = _where(db, query, before_seq, reader_id)
    marked = next((_MARKS[mark] for mark in sorted(query.has & _MARKS.keys())), "")
    if expression:
        found = _by_words(db, expression, where, limit, marked)
    elif marked:
        found = _by_marks(db, "log.messages AS m", "m.seq IN ({})", (), marked, where, limit)
    else:
        found = _rows(db, "log.messages AS m", "m.seq BETWEEN ? AND ?", (where.low, where.high), "m.seq", where, limit)
    return sorted(found, key=lambda message: -message.seq)[:limit]


def _by_words(db: sqlite3.Connection, expression: str, where: _Where, limit: int, marked: str) -> list[Message]:
    if marked and _are_few(db, marked, expression, where):
        among = "words MATCH ? AND w.rowid IN ({}) AND m.edited_at IS NULL"
        said = _by_marks(db, _SAID, among, (expression,), marked, where, limit)
    else:
        said = _rows(
            *(db, _SAID, "words MATCH ? AND w.rowid BETWEEN ? AND ? AND m.edited_at IS NULL"),
            *((expression, where.low, where.high), "w.rowid", where, limit),
        )
    edited = _rows(
        *(db, _EDITED, f"rewords MATCH ? AND w.rowid BETWEEN ? AND ? AND {_NEWEST}"),
        *((expression, where.low * EDITS, where.high * EDITS + EDITS - 1), "w.rowid", where, limit),
    )
    return said + edited


def _are_few(db: sqlite3.Connection, marked: str, expression: str, where: _Where) -> bool:
    """So few messages carry the mark that asking each for the words costs less than the other way round."""
    query = f"SELECT count(*) FROM ({marked.format(is_it='< ?')} LIMIT ?)"
    marks = int(db.execute(query, (_NEWER, _FEW)).fetchone()[0])
    query = "SELECT count(*) FROM (SELECT 1 FROM words WHERE words MATCH ? AND rowid BETWEEN ? AND ? LIMIT ?)"
    enough = marks * _DEARER + 1
    return marks < _FEW and db.execute(query, (expression, where.low, where.high, enough)).fetchone()[0] == enough


def _by_marks(
    db: sqlite3.Connection, source: str, among: str, values: Sequence[Any], marked: str, where: _Where, limit: int
) -> list[Message]:
    """Those that carry the mark, page by page, the newest first. `among` has a place for their `seq`s."""
    found: list[Message] = []
    for ids in _pages(db, f"{marked.format(is_it='< ?')} GROUP BY 1 ORDER BY 1 DESC LIMIT {_PAGE}"):
        query = f"SELECT seq FROM log.messages WHERE id IN ({', '.join('?' * len(ids))}) AND seq BETWEEN ? AND ?"
        seqs = ", ".join(str(row[0]) for row in db.execute(query, (*ids, where.low, where.high)))
        if seqs:
            found += _rows(db, source, among.format(seqs), values, "m.seq", where, limit)
        if len(found) >= limit:
            break
    return found


def _pages(db: sqlite3.Connection, query: str) -> Iterator[list[int]]:
    below = _NEWER
    while page := [int(row[0]) for row in db.execute(query, (below,))]:
        yield page
        below = page[-1]


def _rows(
    db: sqlite3.Connection, source: str, among: str, values: Sequence[Any], order: str, where: _Where, limit: int
) -> list[Message]:
    conditions = " AND ".join([among, *where.conditions])
    statement = f"SELECT {_COLUMNS} FROM {source} WHERE {conditions} ORDER BY {order} DESC LIMIT ?"
    return [MESSAGES.read(row) for row in db.execute(statement, (*values, *where.values, limit))]


def _expression(db: sqlite3.Connection, query: SearchQuery) -> str | None:
    """Empty: nothing that is in the index was asked for. None: nothing can match."""
    parts = [f"text : ({query.match})"] if query.match else []
    if query.sender is not None:
        named = "SELECT id FROM log.agents WHERE name = ?1 COLLATE NOCASE OR CAST(id AS TEXT) = ?1"
        parts.append(_any(db, "s", named, query.sender))
    if query.channel is not None:
        named = "SELECT id FROM log.channels WHERE (kind = 'channel' AND name = ?1 COLLATE NOCASE)"
        parts.append(_any(db, "c", f"{named} OR CAST(id AS TEXT) = ?1", query.channel))
    parts += [f"about : has{has}" for has in sorted(query.has - _MARKS.keys())]
    return " AND ".join(f"({part})" for part in parts) if all(parts) else None


def _any(db: sqlite3.Connection, letter: str, query: str, name: str) -> str:
    terms = " OR ".join(f"{letter}{row[0]}" for row in db.execute(query, (name,)))
    return terms and f"about : ({terms})"


def _where(db: sqlite3.Connection, query: SearchQuery, before_seq: int | None, reader_id: str | None) -> _Where:
    where = _Where()
    if before_seq is not None:
        where.high = min(where.high, before_seq - 1)
    if query.before is not None:
        where.high = min(where.high, _first_at(db, query.before) - 1)
    if query.after is not None:
        where.low = _first_at(db, query.after)
    if reader_id is not None:
        where.conditions.append(_READABLE)
        where.values.append(reader_id)
    for mark in sorted(query.has & _MARKS.keys()):
        where.conditions.append(f"EXISTS ({_MARKS[mark].format(is_it='= m.id')})")
    return where


def _first_at(db: sqlite3.Connection, at: int) -> int:
    """The first `seq` that is not older than `at`, by bisection: time never goes back in the log."""
    low, high = 1, int(db.execute("SELECT coalesce(max(seq), 0) FROM log.log").fetchone()[0]) + 1
    while low < high:
        middle = (low + high) // 2
        if db.execute("SELECT at FROM log.log WHERE seq = ?", (middle,)).fetchone()[0] < at:
            low = middle + 1
        else:
            high = middle
    return low
