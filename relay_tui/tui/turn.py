"""Long work on the screen's loop, done in turns with the keys."""

from __future__ import annotations

import asyncio
from time import perf_counter

WORK = 0.005
REST = 0.003
"""Seconds: so long at a time, and then so long whatever else there is to do. A key and its paint take several turns of
the loop, so a rest is more than one of them."""


class Turn:
    """Begun with the work."""

    def __init__(self) -> None:
        self._since = perf_counter()

    async def give_way(self) -> None:
        """To be called often; rests when it is time to."""
        if perf_counter() - self._since >= WORK:
            await asyncio.sleep(REST)
            self._since = perf_counter()
