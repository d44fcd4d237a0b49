"""A message in the transcript of who has it: the turn that it began, with what was before and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work

from relay_tui.core.errors import RelayError
from relay_tui.tui.actions import Now, TalkNow
from relay_tui.tui.drawing.ink import Line, Span, said, spread
from relay_tui.tui.screens.room import EVERYWHERE, MOVES, bindings_for
from relay_tui.tui.screens.sheet import Sheet
from relay_tui.tui.view.talk import TurnView
from relay_tui.tui.widgets.footer import Hint
from relay_tui.tui.widgets.transcripts import draw_entry

if TYPE_CHECKING:
    from relay_tui.tui.source.deck import Source

MARGIN = Span(" ")
WIDE = 110


class TurnScreen(Sheet):
    NAME = "TURN"
    BINDINGS = bindings_for([*MOVES, *EVERYWHERE, "left", "right", "turn"])

    def __init__(self, source: Source, view: TurnView) -> None:
        super().__init__(source)
        self.view = view
        self._line = 0
        """The line with which the message came in."""

    def on_mount(self) -> None:
        self.call_after_refresh(self._show_it)

    def _show_it(self) -> None:
        self.page.scroll_by(max(0, self._line - 4) - int(self.page.scroll_offset.y))

    def now(self) -> Now:
        return Now(talk=TalkNow(turn=True))

    def hints(self) -> list[Hint]:
        out = [Hint("b", "back to the message", id="turn")]
        return [Hint("h l", "recipients"), *out] if len(self.view.others) > 1 else out

    def do_turn(self) -> None:
        self.dismiss()

    def do_left(self) -> None:
        self._other(-1)

    def do_right(self) -> None:
        self._other(1)

    @work(exclusive=True, group="turn", exit_on_error=False)
    async def _other(self, step: int) -> None:
        ids = [agent_id for agent_id, _ in self.view.others]
        place = (ids.index(self.view.agent_id) + step) % len(ids)
        try:
            view = await self.source.talk.turn(self.view.message_id, ids[place])
        except RelayError as error:
            self.relay_app.deck.flash(str(error), "need")
            return
        if view is not None:
            self.view = view
            self.redraw()
            self.call_after_refresh(self._show_it)

    def lines(self, width: int) -> list[Line]:
        view, glyphs = self.view, self.page.glyphs
        inner = min(WIDE, width - 2)
        names = [
            span
            for agent_id, name in view.others
            for span in (said(name, "text!" if agent_id == view.agent_id else "muted"), Span("  "))
        ]
        out = [Line(), Line([MARGIN, *spread([Span("in the transcript of  ", "muted"), *names], [], inner)]), Line()]
        for index, (entry, time) in enumerate(zip(view.entries, view.times, strict=True)):
            here = index == view.at
            if here:
                self._line = len(out)
            for line in draw_entry(entry, time, inner, glyphs, view.me):
                out.append(Line(line.spans, "cursor" if here else ""))
        return [*out, Line()]
