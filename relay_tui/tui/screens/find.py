"""The find bar: what is typed is searched at once, here first and then everywhere; enter goes to the message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events, getters, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input

from relay_tui.core.errors import RelayError
from relay_tui.tui.drawing.ink import Line, Span, said, spread
from relay_tui.tui.screens.modal import Modal
from relay_tui.tui.view.hits import Found
from relay_tui.tui.widgets.hit_list import HitList
from relay_tui.tui.widgets.inked import Lines
from relay_tui.tui.widgets.lineview import LineView

if TYPE_CHECKING:
    from relay_tui.tui.source.deck import Source

TEACH = (
    'words   "a phrase"   pars*   -without   from:builder   in:#planning   before:today   after:3d',
    "has:link, file, mention, thread, reaction, pin, data",
)
NOTHING = ("Nothing says that.",)


class _Matches(HitList):
    FOLLOWS = True


class _Foot(Lines):
    text, role = "", "faint"

    def show(self, text: str, role: str = "faint") -> None:
        if (text, role) != (self.text, self.role):
            self.text, self.role = text, role
            self.redraw()

    def draw(self, width: int) -> list[Line]:
        keys = [("enter", "goes there"), ("↑", "older"), ("↓", "newer"), ("esc", "back")]
        ascii_only = self.app.has_class("-ascii")
        named = {"↑": "up", "↓": "down"} if ascii_only else {}
        right: list[Span] = []
        for key, word in keys:
            right += [Span(named.get(key, key), "accent!"), Span(f" {word}  ", "muted")]
        return [Line(spread([Span("  "), said(self.text, self.role)], right, width, self.glyphs.more))]


class Find(Modal[str]):
    """Answers with the id of the message that was chosen, or with an empty one."""

    matches = getters.query_one(_Matches)

    def __init__(self, source: Source, text: str = "", chosen: str = "") -> None:
        """`text`, `chosen`: what was searched before, and the row that was gone to: the next one is a key away."""
        super().__init__()
        self.source = source
        self.text, self._chosen = text, chosen
        self.found = Found()
        self.last_chosen = chosen
        """Key of the row that was gone to."""

    def compose(self) -> ComposeResult:
        with Vertical(id="find"):
            yield _Matches()
            yield Input(self.text, placeholder="find: words, from:, in:, has:", compact=True, select_on_focus=False)
            yield _Foot()

    def on_mount(self) -> None:
        self.set_focus(self.query_one(Input))
        self.matches.show(Found(), TEACH)
        self.add_class("-empty")
        if self.text:
            self.query_one(Input).select_all()  # what is typed is another search; enter and the arrows go on with it
            self._search(self.text)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if event.value != self.text:
            self.text, self._chosen = event.value, ""
            self._search(event.value)

    @work(exclusive=True, group="find", exit_on_error=False)
    async def _search(self, text: str) -> None:
        try:
            found = await self.source.find(text)
        except RelayError as error:
            self._say(str(error), "need")
            return
        self.found = found
        count = sum(len(section.hits) for section in found.sections)
        self.matches.cursor = ""
        self.matches.following = True
        self.matches.show(found, NOTHING if text.strip() else TEACH)
        self.set_class(not found.sections, "-empty")
        keys = [block.key for block in self.matches.blocks if block.selectable]
        self.matches.go_to(self._chosen if self._chosen in keys else keys[-1] if keys else "")
        self._say(found.note or (f"{count} found" if count else ""), "need" if found.note else "faint")

    def _say(self, text: str, role: str) -> None:
        self.query_one(_Foot).show(text, role)

    @work(exclusive=True, group="find", exit_on_error=False)
    async def _more(self) -> None:
        """The page behind what is shown."""
        last = self.found.sections[-1] if self.found.sections else None
        if last is None or not last.hits:
            return
        more = await self.source.find(self.text, last.hits[-1].seq)
        known = {hit.id for section in self.found.sections for hit in section.hits}
        fresh = [hit for section in more.sections for hit in section.hits if hit.id not in known]
        if fresh:
            last.hits += fresh
            self.matches.show(self.found)

    def on_key(self, event: events.Key) -> None:
        moves = {"up": -1, "down": 1, "ctrl+k": -1, "ctrl+j": 1, "ctrl+p": -1, "ctrl+n": 1, "pageup": -5, "pagedown": 5}
        if event.key in moves:
            self.matches.move(moves[event.key])
        elif event.key in ("escape", "ctrl+c"):
            self.dismiss("")
        elif event.key == "ctrl+q":
            self.quit()
        else:
            return
        event.stop()
        event.prevent_default()

    def _go(self) -> None:
        hit = self.matches.hit()
        if hit is not None:
            self.last_chosen = self.matches.cursor
            self.dismiss(hit.id)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._go()

    def on_line_view_cursor_moved(self, event: LineView.CursorMoved) -> None:
        event.stop()

    def on_line_view_top_reached(self, event: LineView.TopReached) -> None:
        event.stop()
        self._more()

    def on_line_view_opened(self, event: LineView.Opened) -> None:
        event.stop()
        self._go()
