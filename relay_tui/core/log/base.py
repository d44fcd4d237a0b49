"""The seam between the relay and whatever holds its log: one decider per workspace, everyone else projects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from relay_tui.core.commands import Command
from relay_tui.core.events import Entry, Event
from relay_tui.core.model import Caller
from relay_tui.core.session import Unsubscribe

CommitHandler = Callable[[Sequence[Entry]], None]
"""Called on the event loop once per commit, in order, with what was committed. Cheap and synchronous."""


class Log(Protocol):
    @property
    def last_seq(self) -> int:
        """The newest entry that is on disk; 0: none."""
        ...

    async def execute(self, command: Command, by: Caller) -> Any:
        """Decide, write, and answer once it is on disk. Raises `Refused`, or `RelayError` when it cannot be written."""
        ...

    async def read(self, from_seq: int, limit: int = 1_000, most: int | None = None) -> list[Entry]:
        """Entries with `seq >= from_seq`, in order. `most`: about so many bytes of them, one at least; None: any."""
        ...

    def follow(self, handler: CommitHandler, kinds: frozenset[type[Event]] | None = None) -> Unsubscribe:
        """`kinds`: the handler is called only for commits that hold one of these, with all of the commit; None: any."""
        ...
