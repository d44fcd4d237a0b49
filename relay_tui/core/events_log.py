"""What happened to the log itself."""

from __future__ import annotations

from dataclasses import field
from typing import ClassVar

from relay_tui.core.events_base import Event
from relay_tui.core.record import record


@record
class EntriesWithheld(Event):
    """The data of these entries was reduced to its skeleton. What is left of them is bound by `left`."""

    type: ClassVar[str] = "log.withheld"
    seqs: list[int]
    left: str
    """Hex SHA-256 over the SHA-256 of each skeleton, in the order of `seqs`."""
    messages: list[str]
    """Ids of the messages whose beginnings these are: what was attached to them is gone."""
    blank: list[str]
    """Ids of the messages of which nothing can be read any more: the rest still says what an edit made of it."""
    reason: str
    emptied: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """Ids of other records that say no more what these entries said, by what of them: `scheduled` messages, `input` and
    `output` of invocations, `request` and `words` of approvals."""
