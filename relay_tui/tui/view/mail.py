"""What is on the mail screen, as plain records: a row per delivery, and what the list is narrowed to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field

from relay_tui.core.record import record

OPEN_WORDS = frozenset({"queued", "accepted", "deferred", "held"})
ENDED_WORDS = frozenset({"failed", "expired", "dead"})
UNKNOWN_WORDS = frozenset({"uncertain", "unverified"})
"""It may be there already: trying it again may bring it twice."""


@record
class MailRow:
    """One message on its way to one recipient."""

    key: str
    """`<message id>:<agent id>`."""
    message_id: str
    agent_id: str
    channel_id: str
    time: str
    sender: str
    mine: bool
    name: str
    """Of the recipient."""
    text: str
    cells: str
    role: str
    word: str
    since: str
    """Age of what is not proven, clock time of what is."""
    attempts: int = 0
    route: str = ""
    evidence: str = ""
    reason: str = ""
    next: str = ""

    @property
    def settled(self) -> bool:
        """Nothing in it changes by time alone."""
        return self.role == "ok" or self.word == "cancelled"


def verbs_on(word: str, mine: bool) -> frozenset[str]:
    """Which verbs fit a delivery that is shown with this word, by their ids."""
    verbs: set[str] = {"retry"} if word == "unverified" else set()
    if word in ENDED_WORDS or word == "uncertain":
        verbs |= {"retry", "redirect", "drop"}
    if word in OPEN_WORDS or word == "uncertain":
        verbs |= {"redirect", "cancel"}
    if mine and word in OPEN_WORDS - {"accepted"}:
        verbs.add("edit")
    return frozenset(verbs)


@record
class Narrowing:
    """One thing that the list is narrowed to: `state held`, `to builder`."""

    kind: str
    """`state`, `to`, `in`, `from`."""
    id: str
    words: str


@record
class Track:
    """How deliveries went over time, for one recipient or for all of them; `due` and `bad` per step, oldest first."""

    agent_id: str
    name: str
    due: Sequence[int] = ()
    bad: Sequence[int] = ()
    """Of those, how many are unverified or failed."""
    total: int = 0
    delivered: int = 0
    unverified: int = 0
    failed: int = 0
    p50: str = ""
    """Half were delivered within this; empty: none was."""
    slow: Sequence[int] = ()
    """p50 of each step in milliseconds; 0: nothing was delivered."""


@record
class MailView:
    rows: list[MailRow] = field(default_factory=list[MailRow])
    narrowed: list[Narrowing] = field(default_factory=list[Narrowing])
    older: bool = False
    """There is more before the first row."""
    looked_to: str = ""
    """How far back it was looked for what the list is narrowed to; empty: as far as its first row."""
    ready: bool = False
    """False: nothing was asked yet."""
    tracks: list[Track] = field(default_factory=list[Track])
    """The first is of everything that the list shows; then one per agent."""
    span: str = ""
    """What the tracks cover: `last hour`."""
