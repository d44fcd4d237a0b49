"""Why something is as it is: the signals with their times, the rule that decided, what changes it, one next action."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relay_tui.tui.actions import Now
from relay_tui.tui.drawing.ink import Line, Span, columns, said, wrap
from relay_tui.tui.screens.room import EVERYWHERE, MOVES, bindings_for
from relay_tui.tui.screens.sheet import Sheet
from relay_tui.tui.view.deck import WhyView

if TYPE_CHECKING:
    from relay_tui.tui.source.deck import Source

MARGIN = Span(" ")
LABEL = 10
NEXT = ("message", "pane", "next_need")
"""What the one next action may be, besides the palette; its key works here and leads there."""


class WhyScreen(Sheet):
    NAME = "WHY"
    BINDINGS = bindings_for([*MOVES, *EVERYWHERE, "why", *NEXT])

    def __init__(self, source: Source, view: WhyView) -> None:
        super().__init__(source)
        self.view = view

    def do_why(self) -> None:
        self.dismiss()

    def now(self) -> Now:
        return self.relay_app.deck.now()

    async def do_message(self) -> None:
        await self._next("message")

    async def do_pane(self) -> None:
        await self._next("pane")

    async def do_next_need(self) -> None:
        await self._next("next_need")

    async def _next(self, id: str) -> None:
        deck = self.relay_app.deck
        self.dismiss()
        await deck.perform(id)

    def lines(self, width: int) -> list[Line]:
        view = self.view
        room = max(20, min(96, width - LABEL - 2))
        out = [Line(), Line([MARGIN, said(view.title, "text!")]), Line()]
        out += [Line([MARGIN, Span(row)]) for row in wrap(view.sentence, min(96, width - 2))]
        if view.signals:
            out += [Line(), Line([MARGIN, Span("SIGNALS", "muted!")])]
        for at, source, what in view.signals:
            lead = columns([(Span(at, "faint"), 14), (said(source, "muted"), 12)])
            for index, row in enumerate(wrap(what, room - 26)):
                out.append(Line([MARGIN, *(lead if index == 0 else [Span(" " * 26)]), Span(row, "muted")]))
        out.append(Line())
        for label, text in (("rule", view.rule), ("changes", view.changes)):
            for index, row in enumerate(wrap(text, room) if text else []):
                out.append(Line([MARGIN, Span((label if index == 0 else "").ljust(LABEL), "faint"), Span(row)]))
        if view.next_action:
            out.append(Line())
            out.append(Line([MARGIN, Span("next".ljust(LABEL), "faint"), Span(view.next_key, "accent!"), Span("  "),
                             said(view.next_action)]))  # fmt: skip
        return out
