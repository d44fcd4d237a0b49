"""Rows of lists that lead somewhere: what was found, what is unread, what goes on."""

from __future__ import annotations

from dataclasses import field

from relay_tui.core.record import record


@record
class Hit:
    """One row. `id`: `message:<id>`, or a conversation as `Source.show` takes it."""

    id: str
    place: str
    sender: str
    time: str
    text: str
    note: str = ""
    role: str = "faint"
    """Of the note."""
    seq: int = 0


@record
class Section:
    title: str
    hits: list[Hit] = field(default_factory=list[Hit])


@record
class Found:
    """The sections, newest first in each."""

    sections: list[Section] = field(default_factory=list[Section])
    terms: tuple[str, ...] = ()
    """What is highlighted, in lower case."""
    note: str = ""
    """What the answer lacks: how far the index has come."""
