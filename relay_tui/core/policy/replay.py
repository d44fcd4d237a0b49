"""A changed policy over what was asked for already: which requests would have been ruled on otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from relay_tui.core.policy.rules import Policy, Ruling


@dataclass(slots=True, frozen=True)
class Asked:
    """One request of the past, with what was ruled then."""

    seq: int
    at: int
    invocation_id: str
    action: str
    caller: str
    was: Ruling


@dataclass(slots=True, frozen=True)
class Difference:
    asked: Asked
    would: Ruling

    @property
    def other_verdict(self) -> bool:
        """Not only another rule that says the same."""
        return self.asked.was.verdict != self.would.verdict


def differences(asked: Iterable[Asked], policy: Policy) -> Iterator[Difference]:
    """Where the verdict or the rule behind it would have been another. Reasons may be reworded freely."""
    for one in asked:
        would = policy.rule_on(one.action, one.caller)
        if (would.verdict, would.rule) != (one.was.verdict, one.was.rule):
            yield Difference(one, would)
