"""Ruling between whom words are typed whole, in plain words and plain data."""

from __future__ import annotations

from typing import Any

from relay_tui.core import commands as c
from relay_tui.core.delivery.forms import by_pair, rule_for
from relay_tui.core.delivery.stopping import Stopping
from relay_tui.core.errors import Refused
from relay_tui.core.model_delivery import EVERYONE, DoorbellRule

Json = dict[str, Any]
ANYBODY = "*"
SAYINGS = ("whole", "doorbell", "default")


class Doorbells(Stopping):
    async def doorbells(self) -> list[Json]:
        return [await self._doorbell(rule) for rule in await self._door.queries.doorbells()]

    async def rule_doorbell(self, sender: str, agent: str, say: str) -> Json:
        """`*`: anybody. `unable`: who runs now and would be rung for what it cannot read by itself.

        Raises `Refused`: agent_not_found, invalid_request.
        """
        if say not in SAYINGS:
            raise Refused("invalid_request", "That is no way to say it.", f"One of {', '.join(SAYINGS)}.")
        sender_id = None if sender == ANYBODY else (await self._agent(sender)).id
        agent_id = None if agent == ANYBODY else (await self._agent(agent)).id
        command = c.RuleDoorbell.model_validate({"sender_id": sender_id, "agent_id": agent_id, "say": say})
        ruled: Any = await self._door.execute(command, self._by)
        unable = await self._unable(ruled) if say == "doorbell" else []
        return {**await self._doorbell(ruled), "unable": unable}

    async def _unable(self, rule: DoorbellRule) -> list[str]:
        """Names of those that the rule decides for, and that can only be typed to."""
        rules = by_pair(await self._door.queries.doorbells())
        sessions = self._sessions.all() if self._sessions is not None else []
        found = [one for one in sessions if not one.capabilities.answers_bells]
        return [
            await self._name(one.agent_id) for one in found if rule_for(rules, rule.sender_id, one.agent_id) == rule
        ]

    async def _doorbell(self, rule: DoorbellRule) -> Json:
        names = [ANYBODY if one == EVERYONE else await self._name(one) for one in (rule.sender_id, rule.agent_id)]
        set_by = await self._name(rule.set_by) if rule.set_by else ""
        return {"from": names[0], "to": names[1], "say": rule.say, "set_by": set_by, "set_at": rule.set_at}
