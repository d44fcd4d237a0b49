"""What the mail screen needs of the list of deliveries; part of `Source`."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from relay_tui.core.views.queries.mail import MailFilter
from relay_tui.tui.view.mail import MailView


class MailList(Protocol):
    """The list as it is in memory: a stretch of it."""

    view: MailView
    filter: MailFilter
    kept: Collection[str]
    """Keys of rows that stay whatever becomes of them: the one under the cursor, and what is marked."""
    following: bool

    async def open(self, wanted: MailFilter | None = None) -> None:
        """Begin to look, at the newest of what is wanted (None: as it was narrowed before)."""
        ...

    def close(self) -> None: ...

    async def refresh(self, now: int) -> bool:
        """Bring the rows up to date; False: nothing has changed."""
        ...

    async def older(self) -> bool:
        """Load the page before; False: there is none."""
        ...
