"""What the sheet of rules shows and asks for; part of `Source`. Verbs raise `RelayError` with a sentence."""

from __future__ import annotations

from typing import Protocol

from relay_tui.core.record import record


@record
class RunRow:
    time: str
    outcome: str
    """done, refused, or stopped by the guard."""
    said: str


@record
class RuleRow:
    id: str
    name: str
    enabled: bool
    when: str
    """In words, as `core/predicates/words.py` reads them."""
    then: str
    owner: str
    runs: int
    last: str
    """Age of its last run; empty: none."""
    per_minute: int
    reason: str
    """Why it is off; empty: it is on, or nobody said."""
    newest: tuple[RunRow, ...] = ()


@record
class TrialView:
    sentence: str
    rows: tuple[tuple[str, str], ...]
    """(time, what it would do) of the newest matches, oldest first."""


class RulesSource(Protocol):
    async def rules(self) -> list[RuleRow]:
        """Every stored rule with its newest runs, the oldest rule first."""
        ...

    async def store_rule(self, rule_id: str, name: str, when: str, then: str, per_minute: str) -> None:
        """Make a rule, or (with an id) change it."""
        ...

    async def switch_rule(self, rule_id: str, enabled: bool) -> None: ...

    async def remove_rule(self, rule_id: str) -> None: ...

    async def try_rule(self, rule_id: str) -> TrialView:
        """What of the newest entries would have set it off. Nothing is done."""
        ...
