"""Running the deck in a test: a size, keys, and what stands on the screen."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from textual import events
from textual.pilot import Pilot

from relay_tui.tui.app import RelayApp
from relay_tui.tui.screens.deck import Deck
from relay_tui.tui.terminal.textual_private import frame_text
from tests.tui.source_sample import SampleSource


@dataclass
class Desk:
    app: RelayApp
    pilot: Pilot
    source: SampleSource

    @property
    def deck(self) -> Deck:
        return self.app.deck

    @property
    def frame(self) -> str:
        return frame_text(self.app)

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.pilot.press(key)
            await self.pilot.pause()

    async def type(self, text: str) -> None:
        await self.press(*(NAMED.get(char, char) for char in text))

    async def at_once(self, *keys: str) -> None:
        """Keys that arrive together, as from one read of a terminal."""
        for key in keys:
            letter = key.removeprefix("alt+")  # which a terminal sends behind an escape
            self.app.post_message(events.Key(key, letter if len(letter) == 1 else None))
        await self.settle()

    async def show(self) -> None:
        """Draw what the source says now."""
        self.deck.apply()
        await self.settle()

    async def worked(self, group: str) -> None:
        """Until what a key has begun beside the queue is done."""
        workers = [worker for worker in self.app.workers if worker.group == group]
        if workers:
            await self.app.workers.wait_for_complete(workers)
        await self.settle()

    async def settle(self) -> None:
        for _ in range(3):
            await self.pilot.pause()


NAMED = {
    " ": "space",
    ":": "colon",
    "/": "slash",
    "@": "at",
    "#": "number_sign",
    "\\": "backslash",
    ".": "full_stop",
    ",": "comma",
}


@asynccontextmanager
async def desk(
    size: tuple[int, int] = (120, 36), source: SampleSource | None = None, **options: bool
) -> AsyncGenerator[Desk, None]:
    source = source or SampleSource()
    app = RelayApp(source, **options)  # type: ignore[arg-type]
    async with app.run_test(size=size, notifications=False, tooltips=False) as pilot:
        made = Desk(app, pilot, source)
        await made.settle()
        yield made
