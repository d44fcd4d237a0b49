"""The part of the store that knows stored rules: in words, and as commands."""

from __future__ import annotations

from pydantic import ValidationError

from relay_tui.core import commands as c
from relay_tui.core.errors import Refused
from relay_tui.core.predicates import words
from relay_tui.core.predicates.model import parse_predicate
from relay_tui.core.rules.model import Rule, parse_deed
from relay_tui.core.rules.trial import tried
from relay_tui.core.rules.words import read_deed, say_deed
from relay_tui.core.text import preview
from relay_tui.tui.source.rules import RuleRow, RunRow, TrialView
from relay_tui.tui.store.part import Part
from relay_tui.tui.words.when import age, moment

NEWEST_RUNS = 5
LOOKED = 2_000
"""Newest entries on which a rule is tried."""
SHOWN_MATCHES = 12
WORDS = 100


class Ruling(Part):
    async def rules(self) -> list[RuleRow]:
        return [await self._row(rule) for rule in await self.relay.queries.rules()]

    async def _row(self, rule: Rule) -> RuleRow:
        now = self.clock()
        runs = await self.relay.queries.rule_runs(rule.id, limit=NEWEST_RUNS)
        return RuleRow(
            rule.id,
            rule.name,
            rule.enabled,
            words.say(parse_predicate(rule.when), self._agent, self._channel),
            say_deed(parse_deed(rule.then), self._target),
            self.people.name(rule.owner_id),
            rule.runs,
            age(now - rule.last_run_at) if rule.last_run_at is not None else "",
            rule.per_minute,
            rule.reason,
            tuple(RunRow(moment(run.at, now), run.outcome, run.reason or run.result) for run in runs),
        )

    def _agent(self, id: str) -> str:
        agent = self.people.agents.get(id)
        return agent.name if agent is not None else id

    def _channel(self, id: str) -> str:
        return next((channel.name for channel in self.facts.channels if channel.id == id), id)

    def _target(self, to: str) -> str:
        name = self._channel(to)
        return f"#{name}" if name != to else to

    async def store_rule(self, rule_id: str, name: str, when: str, then: str, per_minute: str) -> None:
        per_minute = per_minute or "30"
        if not per_minute.isascii() or not per_minute.isdigit() or not 1 <= int(per_minute[:9]) <= 600:
            raise Refused("invalid_request", "Runs a minute are a number from 1 to 600.")
        parts = {"name": name, "when": words.read(when), "then": read_deed(then), "per_minute": int(per_minute)}
        try:
            command = c.ChangeRule(rule_id=rule_id, **parts) if rule_id else c.CreateRule(**parts)
        except ValidationError as error:
            first = error.errors()[0]
            raise Refused("invalid_request", f"{first['loc'][0]}: {first['msg']}.") from error
        await self.relay.execute(command, self.host.operator)

    async def switch_rule(self, rule_id: str, enabled: bool) -> None:
        await self.relay.execute(c.SwitchRule(rule_id=rule_id, enabled=enabled), self.host.operator)

    async def remove_rule(self, rule_id: str) -> None:
        await self.relay.execute(c.RemoveRule(rule_id=rule_id), self.host.operator)

    async def try_rule(self, rule_id: str) -> TrialView:
        rule = await self.relay.queries.rule(rule_id)
        if rule is None:
            raise Refused("rule_not_found", "That rule is not there any more.")
        found = await tried(self.relay, rule.when, rule.then, LOOKED)
        now = self.clock()
        rows = [(moment(one.entry.at, now), preview(one.does, WORDS)) for one in found.newest[-SHOWN_MATCHES:]]
        said = f"{found.matches} of the newest {found.looked} entries of the log would have set it off."
        if found.now:
            said += " It is so now: it runs as soon as it is on."
        if found.signals:
            said += " Tool calls are not in the log, so they are not counted."
        return TrialView(said, tuple(rows))
