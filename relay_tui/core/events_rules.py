"""What happens to stored rules."""

from __future__ import annotations

from dataclasses import field
from typing import ClassVar

from relay_tui.core.events_base import Event
from relay_tui.core.model import Json
from relay_tui.core.record import record


@record
class RuleCreated(Event):
    """Its owner is the entry's actor."""

    type: ClassVar[str] = "rule.created"
    rule_id: str
    name: str
    when: Json
    then: Json
    enabled: bool
    per_minute: int


@record
class RuleChanged(Event):
    type: ClassVar[str] = "rule.changed"
    rule_id: str
    name: str
    when: Json
    then: Json
    per_minute: int


@record
class RuleSwitched(Event):
    type: ClassVar[str] = "rule.switched"
    rule_id: str
    enabled: bool
    reason: str


@record
class RuleRemoved(Event):
    type: ClassVar[str] = "rule.removed"
    rule_id: str


@record
class RuleRan(Event):
    """See `RuleRun`. The deed's own entries stand before it, in the same commit and with the same causation."""

    type: ClassVar[str] = "rule.ran"
    rule_id: str
    cause: str
    outcome: str
    result: str
    reason: str
    chain: list[str] = field(default_factory=list[str])
    after_seq: int | None = None


@record
class RuleNotified(Event):
    """A notice for the rule's owner, to be shown and not kept in any conversation."""

    type: ClassVar[str] = "rule.notified"
    rule_id: str
    agent_id: str
    text: str
