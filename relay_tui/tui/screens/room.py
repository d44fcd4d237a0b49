"""What all screens share: verbs from the registry bound to their keys, header, footer, one step back."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.screen import Screen

from relay_tui.tui.actions import BY_ID, LISTS, Act, KeyMode, Now, key_word
from relay_tui.tui.rooms import PLACES
from relay_tui.tui.widgets.footer import Chosen, Hint

if TYPE_CHECKING:
    from relay_tui.tui.app import RelayApp

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
    """A screen with a mode of its own for keys; what a verb does is a method `do_<id>`."""

    NAME: ClassVar[str] = "DECK"
    AUTO_FOCUS = ""
    """Nothing: each room says itself what has the focus."""

    @property
    def key_mode(self) -> KeyMode:
        return KeyMode.LISTS

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
        method = getattr(self, f"do_{id}", None) or getattr(self.app, f"do_{id}", None)
        result = method() if method is not None else None
        if isinstance(result, Awaitable):
            await result

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
        """One line of news, for a few seconds."""
        self.relay_app.deck.flash(text, role)

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
