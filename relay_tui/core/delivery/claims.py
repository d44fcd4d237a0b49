"""Messages that were accepted and are not proven: each is looked for once its time is up, and then claimed or not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from relay_tui.core.session import MessageContext


@dataclass(slots=True)
class Claim:
    """One attempt that lacks proof."""

    message_id: str
    sender_id: str
    ctx: MessageContext


class Claims:
    """By message id, each with its timer. `due` is called with a claim whose time is up; it stays until forgotten."""

    def __init__(self, due: Callable[[Claim], None]) -> None:
        self._due = due
        self._timers: dict[str, tuple[Claim, asyncio.TimerHandle]] = {}

    def __contains__(self, message_id: object) -> bool:
        return message_id in self._timers

    @property
    def senders(self) -> set[str]:
        return {claim.sender_id for claim, _ in self._timers.values()}

    def expect(self, claim: Claim, seconds: float) -> None:
        """Look at it again after `seconds`; a time that was set before is dropped."""
        self.forget(claim.message_id)
        timer = asyncio.get_running_loop().call_later(seconds, self._due, claim)
        self._timers[claim.message_id] = (claim, timer)

    def forget(self, message_id: str) -> bool:
        """False: there was none."""
        found = self._timers.pop(message_id, None)
        if found is not None:
            found[1].cancel()
        return found is not None

    def clear(self) -> None:
        for message_id in tuple(self._timers):
            self.forget(message_id)
