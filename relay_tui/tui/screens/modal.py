"""What lies over a screen and asks something: it is answered once."""

from __future__ import annotations

from typing import TypeVar

from textual import events
from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen

from relay_tui.tui.screens.room import Room
from relay_tui.tui.terminal.textual_private import pass_over_stale

Answer = TypeVar("Answer")


class Modal(ModalScreen[Answer]):
    """Keys that arrive together all reach the modal that the first of them closes. The others answer nothing: a
    second answer would be carried out, too, and would take the screen away that lies behind this one.
    """

    _answered = False

    async def follow(self, changed: bool) -> None:
        """A turn of the ticker while this is shown; `changed`: the source's view has."""

    def on_resize(self, event: events.Resize) -> None:
        pass_over_stale(self.app.size, event)

    def quit(self) -> None:
        """ctrl+q means that everywhere: this goes unanswered, and what quitting asks is asked."""
        if not self._answered:
            self.dismiss(None)
            room = next(screen for screen in reversed(self.app.screen_stack) if isinstance(screen, Room))
            self.app.call_later(room.perform, "quit")

    def dismiss(self, result: Answer | None = None) -> AwaitComplete:
        if self._answered:
            return AwaitComplete()
        self._answered = True
        return super().dismiss(result)
