"""What a queue writes into the log about the deliveries of its agent."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Protocol

from relay_tui.core import commands as c
from relay_tui.core.clock import Clock
from relay_tui.core.model import Caller, Disposition, Evidence, Reached
from relay_tui.core.session import MessageContext, Receipt, Step
from relay_tui.core.views.queries import Queries

BACKOFF = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds between attempts, with jitter; the last one for all further ones."""


class Door(Protocol):
    """What a queue needs of the relay."""

    clock: Clock
    queries: Queries

    async def execute(self, command: c.Command, by: Caller | None = None) -> object: ...


class Ledger:
    def __init__(self, door: Door, agent_id: str, by: Caller) -> None:
        self._door, self._agent_id, self._by = door, agent_id, by

    async def end_attempt(self, message_id: str, ctx: MessageContext, receipt: Receipt, taken: Sequence[Step]) -> None:
        """What an attempt came to, by the session's receipt, with the steps that it took."""
        steps = [asdict(step) for step in taken]
        match receipt.outcome:
            case "accepted":
                await self.reach(message_id, Reached.ACCEPTED, receipt.evidence, receipt.how, steps)
            case "delivered":
                await self.reach(message_id, Reached.DELIVERED, receipt.evidence, receipt.how, steps)
            case "deferred":
                until = None if receipt.shut else self.again_at(ctx.attempt)
                await self.settle(message_id, Disposition.DEFERRED, receipt.how, until, steps)
            case "failed" if receipt.uncertain:
                await self.settle(message_id, Disposition.UNCERTAIN, receipt.how, self.again_at(ctx.attempt), steps)
            case "failed":
                ended = Disposition.FAILED if receipt.retryable else Disposition.DEAD
                await self.settle(message_id, ended, receipt.how, None, steps)

    async def reach(
        self, message_id: str, reached: Reached, evidence: Evidence, how: str, steps: list[dict[str, Any]] | None = None
    ) -> None:
        command = c.RaiseDelivery(
            message_id=message_id,
            agent_id=self._agent_id,
            reached=reached,
            evidence=evidence,
            how=how[:500],
            steps=steps or [],
        )
        await self._door.execute(command, self._by)

    async def settle(
        self,
        message_id: str,
        disposition: Disposition,
        reason: str,
        until: int | None = None,
        steps: list[dict[str, Any]] | None = None,
        *,
        unless_flushed: bool = False,
    ) -> None:
        command = c.SettleDelivery(
            message_id=message_id,
            agent_id=self._agent_id,
            disposition=disposition,
            reason=reason[:2_000],
            until=until,
            steps=steps or [],
            unless_flushed=unless_flushed,
        )
        await self._door.execute(command, self._by)

    def again_at(self, attempt: int) -> int:
        """When the attempt after this one may be made (milliseconds, UTC)."""
        base = BACKOFF[min(attempt - 1, len(BACKOFF) - 1)]
        return self._door.clock() + int(base * 1000 * random.uniform(0.8, 1.2))
