"""Trying a rule on what has happened already: what would have set it off, and what it would have said; no more."""

from __future__ import annotations

from dataclasses import dataclass, field

from relay_tui.core.decide.rules import is_cause
from relay_tui.core.events import Entry
from relay_tui.core.model import Json
from relay_tui.core.predicates.compiled import compiled
from relay_tui.core.predicates.model import hears_signals, parse_predicate
from relay_tui.core.predicates.resolve import resolved_by, stands
from relay_tui.core.rules.about import about
from relay_tui.core.rules.engine import Door
from relay_tui.core.rules.model import Deed, Send, filled, parse_deed
from relay_tui.core.rules.words import say_deed

PAGE = 1_000
MOST_TOLD = 50
"""Matches that are told of one by one, the newest of them."""


@dataclass(slots=True)
class Match:
    entry: Entry
    does: str
    """The deed in words, with its blanks filled; empty where none was given."""


@dataclass(slots=True)
class Trial:
    looked: int = 0
    """Entries that were looked at."""
    matches: int = 0
    newest: list[Match] = field(default_factory=list[Match])
    """The newest ones, oldest first."""
    now: bool = False
    """It is so at this moment: the rule would run as soon as it is switched on."""
    signals: bool = False
    """It waits for tool calls, which are not in the log: those are not counted here."""


async def tried(door: Door, when: Json, then: Json | None, last: int) -> Trial:
    """`last`: how many of the newest entries to look at. Raises `Refused`."""
    predicate = await resolved_by(parse_predicate(when), door.queries)
    deed = parse_deed(then) if then is not None else None
    test = compiled(predicate)
    trial = Trial(now=await stands(predicate, door.queries), signals=hears_signals(predicate))
    hits: list[Entry] = []
    seq = max(1, door.last_seq - last + 1)
    while batch := await door.entries(seq, PAGE):
        seq = batch[-1].seq + 1
        trial.looked += len(batch)
        found = [entry for entry in batch if is_cause(entry.event) and test(entry)]
        trial.matches += len(found)
        hits = [*hits, *found][-MOST_TOLD:]
    for entry in hits:
        known = await about(entry, predicate, door.queries)
        trial.newest.append(Match(entry, _would(deed, known) if deed is not None else ""))
    return trial


def _would(deed: Deed, known: dict[str, str]) -> str:
    if isinstance(deed, Send):
        return say_deed(deed.model_copy(update={"text": filled(deed.text, known)}))
    return filled(say_deed(deed), known)
