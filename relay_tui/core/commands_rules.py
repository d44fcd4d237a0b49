"""What can be asked about stored rules. People do; an agent waits and listens for itself."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from relay_tui.core.commands_base import Command, Id
from relay_tui.core.model import Json

_RuleName = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]
_PerMinute = Annotated[int, Field(ge=1, le=600)]


class CreateRule(Command):
    """→ `Rule`. `when`: a predicate (`core/predicates/model.py`); `then`: a deed (`core/rules/model.py`)."""

    name: _RuleName
    when: Json
    then: Json
    enabled: bool = True
    per_minute: _PerMinute = 30
    """It is switched off when it runs more often."""


class ChangeRule(Command):
    """→ `Rule`. None leaves a field as it is. What happened before does not set the changed rule off."""

    rule_id: Id
    name: _RuleName | None = None
    when: Json | None = None
    then: Json | None = None
    per_minute: _PerMinute | None = None


class SwitchRule(Command):
    """→ `Rule`, on or off."""

    rule_id: Id
    enabled: bool
    reason: str = Field(default="", max_length=500)


class RemoveRule(Command):
    """→ `Rule`. Its log stays."""

    rule_id: Id


class RunRule(Command):
    """→ `RuleRun`. For the relay: once per rule and cause, in the name of the rule's owner."""

    rule_id: Id
    cause: Annotated[str, Field(pattern=r"^[0-9a-z.]{1,100}$")]
    parent: str = Field(default="", max_length=255)
    """The causation of the entry that set it off."""
    about: dict[Annotated[str, Field(max_length=20)], Annotated[str, Field(max_length=1_000)]] = Field(
        default_factory=dict[str, str], max_length=20
    )
    """What the blanks of its texts are filled with."""
    after_seq: Annotated[int, Field(ge=0, le=2**53)] | None = None
    """It ran for how things stand as of this entry: entries up to it are no further cause."""
