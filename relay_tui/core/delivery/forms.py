"""Whether words are typed whole or only a doorbell is rung, and by which rule.

Typed text has the user's authority inside an agent, so what other agents say is by default only announced. Where the
recipient has no way to read a message by itself the words are typed all the same: a doorbell that nobody can answer
would be a message lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from relay_tui.core.delivery.ringing import UNABLE
from relay_tui.core.model import Agent
from relay_tui.core.model_delivery import EVERYONE, DoorbellRule
from relay_tui.core.session import Capabilities
from relay_tui.core.views.queries import Queries

Pair = tuple[str, str]
"""Ids of sender and recipient; `EVERYONE` stands for all."""


@dataclass(slots=True, frozen=True)
class Form:
    bell: bool
    why: str
    """In words, for the flight recorder."""


def rule_for(rules: Mapping[Pair, DoorbellRule], sender_id: str, agent_id: str) -> DoorbellRule | None:
    """The nearest rule: of the pair, of the recipient, of the sender, of everybody; None: there is none."""
    pairs = ((sender_id, agent_id), (EVERYONE, agent_id), (sender_id, EVERYONE), (EVERYONE, EVERYONE))
    return next((rules[pair] for pair in pairs if pair in rules), None)


def form(rule: DoorbellRule | None, sender: Agent, capabilities: Capabilities) -> Form:
    """How what `sender` says is typed into a session that can do this."""
    if rule is not None:
        unread = f"; {UNABLE}" if rule.say == "doorbell" and not capabilities.answers_bells else ""
        return Form(rule.say == "doorbell", f"{rule.say}, by the rule {_scope(rule)}{unread}")
    if sender.type != "agent":
        return Form(False, "whole: a person's or the relay's own words")
    if not capabilities.fetches:
        return Form(False, "whole: this agent cannot read a message by itself")
    return Form(True, "doorbell: words of other agents are not typed, by default")


def _scope(rule: DoorbellRule) -> str:
    match rule.sender_id == EVERYONE, rule.agent_id == EVERYONE:
        case True, True:
            return "for everybody"
        case True, False:
            return "for everything that it is sent"
        case False, True:
            return "for everything that its sender says"
        case _:
            return "for this pair"


class Forms:
    """The rules, kept at hand for one recipient."""

    def __init__(self, queries: Queries, agent_id: str) -> None:
        self._queries, self._agent_id = queries, agent_id
        self._rules: dict[Pair, DoorbellRule] | None = None

    def changed(self) -> None:
        self._rules = None

    async def of(self, sender: Agent, capabilities: Capabilities) -> Form:
        if self._rules is None:
            self._rules = by_pair(await self._queries.doorbells())
        return form(rule_for(self._rules, sender.id, self._agent_id), sender, capabilities)


def by_pair(rules: Sequence[DoorbellRule]) -> dict[Pair, DoorbellRule]:
    return {(rule.sender_id, rule.agent_id): rule for rule in rules}
