"""What can be asked about the log itself."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from relay_tui.core.commands_base import Command

MAX_WITHHELD = 500
"""Entries withheld by one command: bounds how long others wait for it."""


class WithholdEntries(Command):
    """→ `Workspace`. What these messages and edits said is gone for good; that they were said, by whom and when, stays.

    For people and the relay itself. Entries that are no messages, or are withheld already, are passed over.
    """

    seqs: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=1, max_length=MAX_WITHHELD)]
    reason: str = Field(default="", max_length=500)
