"""What all screens share: verbs from the registry bound to their keys, header, footer, one step back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual import events
from textual.binding import Binding, BindingType
from textual.notifications import SeverityLevel
from textual.screen import Screen

from relay_tui.core.errors import RelayError
from relay_tui.core.text import visible
from relay_tui.tui.actions import BY_ID, LISTS, Act, KeyMode, Now, key_word
from relay_tui.tui.rooms import PLACES
from relay_tui.tui.terminal.textual_private import pass_over_stale
from relay_tui.tui.undo import Back
from relay_tui.tui.widgets.footer import Chosen, Hint
from relay_tui.tui.widgets.lineview import LineView

if TYPE_CHECKING:
    from relay_tui.tui.app import RelayApp
    from relay_tui.tui.source.deck import Source

T = TypeVar("T")
FLASH_SECONDS = 4
MOVES = ("down", "up", "first", "last", "page_down", "page_up")
PLACE_VERBS = tuple(f"room_{place.id}" for place in PLACES)
EVERYWHERE = ("back", "keys", "quit", "stop", "palette", "copy", "redraw", "theme", *PLACE_VERBS)

EDITOR = ("send", "newline", "history_back", "history_on")
"""Done by the text that is being typed, which gets these keys first."""
PRIORITY = ("quit", "stop", "palette", "copy", "keys")
"""Before the text that is being typed: its widget has meanings of its own for these keys."""


def bindings_for(ids: Sequence[str]) -> list[BindingType]:
    """A binding per key and mode of these verbs. Nothing of it is shown by Textual: the footer is ours.

    In lists a key is done before the next one is looked at: what changes the mode must hold for the very next key,
    also when both arrive together. Textual does that for priority bindings; others travel through queues first.
    """
    return [
        Binding(key, f"act('{id}', '{mode}')", BY_ID[id].title, show=False, priority=mode is LISTS or id in PRIORITY)
        for id in ids
        if id not in EDITOR
        for mode, key in BY_ID[id].keys
    ]


class Room(Screen[None], inherit_bindings=False):
    """A screen with a mode of its own for keys.

    What a verb does is a method `do_<id>`: of the screen, of one of its topics, or of the application.
    """

    NAME: ClassVar[str] = "DECK"
    AUTO_FOCUS = ""
    """Nothing: each room says itself what has the focus."""
    source: Source
    topics: tuple[object, ...] = ()
    """Verbs that belong together, see `verbs`."""

    @property
    def key_mode(self) -> KeyMode:
        return KeyMode.LISTS

    def on_resize(self, event: events.Resize) -> None:
        pass_over_stale(self.app.size, event)

    def now(self) -> Now:
        return Now(mode=self.key_mode)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A key means a verb only in its mode; in another one it goes on to what has the focus."""
        return parameters[1] == self.key_mode if action == "act" else True

    async def action_act(self, id: str, mode: str) -> None:
        """A key was pressed that means this verb in this mode."""
        await self.perform(id)

    async def perform(self, id: str) -> None:
        """Do the verb if it works now, wherever it was asked for."""
        if not BY_ID[id].check(self.now()):
            return
        do = self.verb(id) or getattr(self.app, f"do_{id}", None)
        result = do() if do is not None else None
        if isinstance(result, Awaitable):
            await result

    def verb(self, id: str) -> Callable[[], object] | None:
        """What does it on this screen; None: it is not done here, though it may be by the application."""
        found = (getattr(one, f"do_{id}", None) for one in (self, *self.topics))
        return next((do for do in found if do is not None), None)

    async def on_chosen(self, event: Chosen) -> None:
        """A click on what stands for a verb."""
        event.stop()
        await self.perform(event.id)

    @property
    def relay_app(self) -> RelayApp:
        return self.app  # type: ignore[return-value]

    async def follow(self, changed: bool) -> None:
        """A turn of the ticker while this screen is on top; `changed`: the source's view has."""

    def flash(self, text: str, role: str = "text") -> None:
        """One line of news, for a few seconds; on a screen without a line for it, as a toast."""
        severity: SeverityLevel = "error" if role == "fault" else "information"
        self.app.notify(visible(text, keep=""), timeout=FLASH_SECONDS, severity=severity, markup=False)

    def stop_hint(self) -> Hint:
        """At the right of every footer, in red."""
        hint = self.hint(BY_ID["stop"])
        hint.fault = True
        return hint

    def hint(self, act: Act, short: bool = False) -> Hint:
        label = act.short if short and act.short else act.label
        return Hint(key_word(act.key(self.key_mode), self.app.has_class("-ascii")), label, id=act.id)

    def do_back(self) -> Awaitable[None] | None:
        self.dismiss()
        return None

    # What verbs have in common

    async def bring(self) -> None:
        """Draw what has changed by a verb."""
        await self.source.refresh()

    async def attempt(self, doing: Awaitable[None]) -> bool:
        """Do it; a refusal becomes a line on the screen."""
        try:
            await doing
        except RelayError as error:
            self.flash(str(error), "fault")
            return False
        await self.bring()
        return True

    async def done(self, doing: Awaitable[None], words: str, undone: str = "", back: Back | None = None) -> bool:
        """Do it and say so; with `back` it can be taken back."""
        if not await self.attempt(doing):
            return False
        if back is not None:
            self.relay_app.deck.undo.can(undone, back)
        self.flash(f"{words}; u undoes it" if back is not None else words, "ok")
        return True

    async def answer(self, asking: Awaitable[T]) -> T | None:
        """Ask; a refusal becomes a line on the screen, and the answer None."""
        try:
            return await asking
        except RelayError as error:
            self.flash(str(error), "need")
            return None

    async def do_undo(self) -> None:
        deed = self.relay_app.deck.undo.last()
        if deed is not None and await self.attempt(deed.back()):
            self.flash(f"undone: {deed.words}", "ok")

    # Moving, on every screen alike

    def part(self) -> LineView:
        """The list, or the page, that the keys of moving are for."""
        raise NotImplementedError

    def do_down(self) -> None:
        self.part().move(1)

    def do_up(self) -> None:
        self.part().move(-1)

    def do_first(self) -> None:
        self.part().move_end(last=False)

    async def do_last(self) -> None:
        self.part().move_end(last=True)

    def do_page_down(self) -> None:
        self.part().page(0.5)

    def do_page_up(self) -> None:
        self.part().page(-0.5)
