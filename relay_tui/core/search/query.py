"""What a person types into a search box, read into terms and filters.

release "two BOMs" parse* from:planner in:#release before:2026-11-20 has:link -draft
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from relay_tui.core.errors import Refused

Has = Literal["mention", "thread", "link", "data", "file", "reaction", "pin"]
_HAS: dict[str, Has] = {has: has for has in ("mention", "thread", "link", "data", "file", "reaction", "pin")}
_TOKEN = re.compile(r'-?"[^"]*"?|\S+')
MAX_LENGTH = 500
"""Characters of one query."""


@dataclass(slots=True)
class SearchQuery:
    """All terms and all filters must hold."""

    words: list[str] = field(default_factory=list[str])
    """FTS5 terms, each quoted; a trailing `*` stands for any ending."""
    excluded: list[str] = field(default_factory=list[str])
    sender: str | None = None
    """Agent name or id."""
    channel: str | None = None
    """Channel name without `#`, or id."""
    before: int | None = None
    """Milliseconds since 1970, UTC; exclusive."""
    after: int | None = None
    has: set[Has] = field(default_factory=set[Has])

    @property
    def match(self) -> str:
        """The FTS5 expression; empty when only filters were given."""
        wanted = " ".join(self.words)
        if wanted and self.excluded:
            return f"({wanted}) NOT ({' OR '.join(self.excluded)})"
        return wanted


def parse(text: str) -> SearchQuery:
    """Raises `Refused` (invalid_search) for a filter that cannot be read, naming it."""
    if len(text) > MAX_LENGTH:
        raise Refused("invalid_search", f"A search has at most {MAX_LENGTH} characters.", "Use fewer words.")
    query = SearchQuery()
    for token in _TOKEN.findall(text):
        name, colon, value = token.partition(":")
        if colon and not token.startswith(('"', "-")) and value and _filter(query, name.lower(), value):
            continue
        excluded = token.startswith("-") and len(token) > 1
        if term := _term(token[1:] if excluded else token):
            (query.excluded if excluded else query.words).append(term)
    if query.excluded and not query.words:
        raise Refused("invalid_search", "A search needs at least one word that is wanted.", "Add one without `-`.")
    return query


def _filter(query: SearchQuery, name: str, value: str) -> bool:
    """Take a filter; False when the token is no filter but a word with a colon."""
    match name:
        case "from":
            query.sender = value.removeprefix("@")
        case "in":
            query.channel = value.removeprefix("#")
        case "before":
            query.before = _day(value)
        case "after":
            query.after = _day(value)
        case "has":
            if value not in _HAS:
                raise Refused("invalid_search", f"has:{value} is not known.", f"Known: {', '.join(_HAS)}.")
            query.has.add(_HAS[value])
        case _:
            return False
    return True


def _term(token: str) -> str:
    """An FTS5 string: quotes inside are doubled, so that no syntax of FTS5 can be reached from outside."""
    phrase = token.startswith('"')
    prefix = not phrase and token.endswith("*")
    words = token.strip('"*')
    if not any(character.isalnum() for character in words):
        return ""
    return '"' + words.replace('"', '""') + '"' + ("*" if prefix else "")


def _day(value: str) -> int:
    """Midnight UTC of `2026-11-20`, `today`, `yesterday`, or so many days ago (`3d`)."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if value in {"today", "yesterday"}:
        day = today if value == "today" else today - timedelta(days=1)
    elif re.fullmatch(r"[0-9]{1,4}d", value):
        day = today - timedelta(days=int(value[:-1]))
    else:
        try:
            day = datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError:
            hint = "Write 2026-11-20, today, yesterday or 3d."
            raise Refused("invalid_search", f"{value!r} is not a day.", hint) from None
    return int(day.timestamp() * 1000)
