"""What came along with messages, opened."""

from __future__ import annotations

from relay_tui.tui import screens
from relay_tui.tui.screens.verbs.topic import Topic
from relay_tui.tui.view.deck import MessageRow
from relay_tui.tui.view.entry import Entry


class Attached(Topic):
    async def do_attached(self) -> None:
        row = self.deck.conversation.row()
        if row is None or not row.enclosed:
            return
        if len(row.enclosed) == 1:
            await self.open(row, 0)
            return
        entries = [
            Entry(str(index), one.label, note=f"{one.size}  {one.kind}") for index, one in enumerate(row.enclosed)
        ]

        async def chosen(index: str | None) -> None:
            if index:
                await self.open(row, int(index))

        await self.show(screens.Palette(entries), chosen)

    def opens(self) -> bool:
        """Enter on a message opens its thread; in there, what came along with it."""
        row = self.deck.conversation.row()
        return row is not None and bool(row.enclosed) and self.source.view.conversation.id.startswith("thread:")

    async def open(self, row: MessageRow, index: int) -> None:
        view = await self.deck.answer(self.source.content(row.id, index))
        if view is not None:
            await self.show(screens.ContentScreen(self.source, view))
