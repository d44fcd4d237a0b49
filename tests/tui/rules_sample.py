"""Stored rules as data, and what was asked of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from relay_tui.core.errors import Refused
from relay_tui.tui.source.rules import RuleRow, RunRow, TrialView


def rules() -> list[RuleRow]:
    runs = (
        RunRow("14:02", "done", "message:249461"),
        RunRow("13:40", "refused", "There is no channel #ops."),
    )
    looped = "it ran 30 times within a minute, so it was switched off"
    return [
        RuleRow(
            "31", "tell me of cold starts", True, 'message in #release contains "cold start"',
            "notify {agent} speaks of a cold start: {text}", "you", 2, "2m", 30, "", runs,
        ),
        RuleRow(
            "32", "wake the tester", False, "@builder becomes idle", "send @tester {agent} is done", "you", 30, "1h",
            30, looped, (RunRow("13:05", "stopped", looped),),
        ),
    ]  # fmt: skip


@dataclass(kw_only=True)
class SampleRules:
    stored: list[RuleRow] = field(default_factory=rules)
    rule_refusal: str = ""

    async def rules(self) -> list[RuleRow]:
        return list(self.stored)

    async def store_rule(self, rule_id: str, name: str, when: str, then: str, per_minute: str) -> None:
        if self.rule_refusal:
            raise Refused("rule_cycle", self.rule_refusal)
        self.asked.append(("store rule", rule_id, name, when, then, per_minute))

    async def switch_rule(self, rule_id: str, enabled: bool) -> None:
        self.asked.append(("switch rule", rule_id, enabled))

    async def remove_rule(self, rule_id: str) -> None:
        self.asked.append(("remove rule", rule_id))

    async def try_rule(self, rule_id: str) -> TrialView:
        return TrialView("1 of the newest 2000 entries of the log would have set it off.", (("14:02", "notify x"),))
