"""What can be asked about the log itself."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from relay_tui.core.commands_base import Command

MAX_WITHHELD = 500
"""Entries withheld by one command: bounds how long others wait for it."""


class WithholdEntries(Command):
    """→ `Workspace`. What these entries said is gone for good; that they were made, by whom and when, stays.

    For people and the relay itself. Messages, edits and scheduled messages; input, output and approval of actions;
    steps of deliveries. Others are passed over, and what is withheld already, still waits or still runs.
    """

    seqs: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=1, max_length=MAX_WITHHELD)]
    reason: str = Field(default="", max_length=500)
