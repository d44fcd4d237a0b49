"""What the verbs of every topic have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from textual.screen import Screen, ScreenResultCallbackType

if TYPE_CHECKING:
    from relay_tui.tui.screens.deck import Deck

T = TypeVar("T")


class Topic:
    """Verbs of the deck that belong together: a method `do_<id>` for each action. They use the deck's parts and what it
    does for all of them; what only one topic knows is kept in it."""

    def __init__(self, deck: Deck) -> None:
        self.deck = deck
        self.source = deck.source

    def flash(self, text: str, role: str = "text") -> None:
        self.deck.flash(text, role)

    async def show(self, screen: Screen[T], then: ScreenResultCallbackType[T] | None = None) -> None:
        """Lay a screen over the deck; `then` gets what it is answered with."""
        await self.deck.app.push_screen(screen, then)
