"""What streams fast and means nothing later: same listeners as events, no number, lossy by contract."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from relay_tui.core.session import Unsubscribe

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Signal:
    """`transcript`: data is a sequence of `TranscriptEntry`. `screen`: the pane has drawn something; no data.
    `damage`: what is wrong with the log file, a list of sentences by SQLite; `agent_id` is empty. `storage`: the
    disk takes nothing any more, or takes it again (`Relay.health`)."""

    kind: Literal["transcript", "screen", "damage", "storage"]
    agent_id: str
    data: Any = None


class Signals:
    def __init__(self) -> None:
        self._handlers: list[Callable[[Signal], None]] = []

    def listen(self, handler: Callable[[Signal], None]) -> Unsubscribe:
        self._handlers.append(handler)
        return lambda: self._handlers.remove(handler)

    def send(self, signal: Signal) -> None:
        for handler in tuple(self._handlers):
            try:
                handler(signal)
            except Exception:  # one listener must not silence the others
                logger.exception("a listener failed on a %s signal", signal.kind)
