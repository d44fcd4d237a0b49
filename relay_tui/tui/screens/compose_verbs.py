"""What the verbs of composing do: when, together or apart, in an editor; and what came along with messages."""

from __future__ import annotations

from textual import work

from relay_tui.core.errors import RelayError
from relay_tui.tui.screens.content import ContentScreen
from relay_tui.tui.screens.palette import Entry, Palette
from relay_tui.tui.screens.parts import DeckParts
from relay_tui.tui.viewmodel import MessageRow
from relay_tui.tui.widgets.enclosed import ENCLOSED
from relay_tui.tui.widgets.lineview import LineView


class ComposeVerbs(DeckParts):
    """Mixed into the deck."""

    def do_when(self) -> None:
        self.composer.cycle_mode()

    def do_together(self) -> None:
        self.composer.toggle_group()

    # In an editor

    @work(exclusive=True, group="pane", exit_on_error=False)
    async def do_editor(self) -> None:
        """The text in the operator's editor, and back."""
        try:
            text = await self.relay_app.edit_text(self.composer.editor.text)
        except (RelayError, OSError) as error:
            self.flash(str(error), "fault")
            return
        self.composer.replace_text(text)

    # Attachments

    async def do_attached(self) -> None:
        row = self.conversation.row()
        if row is None or not row.enclosed:
            return
        if len(row.enclosed) == 1:
            await self._open_attached(row, 0)
            return
        entries = [
            Entry(str(index), one.label, note=f"{one.size}  {one.kind}") for index, one in enumerate(row.enclosed)
        ]

        async def chosen(index: str | None) -> None:
            if index:
                await self._open_attached(row, int(index))

        await self.app.push_screen(Palette(entries), chosen)

    def opens_attached(self) -> bool:
        """Enter on a message opens its thread; in there, what came along with it."""
        row = self.conversation.row()
        return row is not None and bool(row.enclosed) and self.source.view.conversation.id.startswith("thread:")

    async def _open_attached(self, row: MessageRow, index: int) -> None:
        try:
            view = await self.source.content(row.id, index)
        except RelayError as error:
            self.flash(str(error), "fault")
            return
        await self.app.push_screen(ContentScreen(self.source, view))

    async def on_line_view_link_opened(self, event: LineView.LinkOpened) -> None:
        """A click on an attachment."""
        event.stop()
        row = self.conversation.row(event.key)
        if event.view is self.conversation and row is not None and event.link.startswith(ENCLOSED):
            await self._open_attached(row, int(event.link.removeprefix(ENCLOSED)))
