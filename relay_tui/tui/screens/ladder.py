"""The ladder of one delivery, standing: each rung with time, step, how and evidence; then why; then the attempts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work

from relay_tui.tui.actions import BY_ID, Now
from relay_tui.tui.ink import Line, Span, columns, said, spread, wrap
from relay_tui.tui.screens.room import EVERYWHERE, bindings_for
from relay_tui.tui.screens.sheet import MOVES, Sheet
from relay_tui.tui.viewmodel import AttemptRow, LadderView, Rung
from relay_tui.tui.widgets.footer import Hint

if TYPE_CHECKING:
    from relay_tui.tui.source import Source

INDENT = 7
MARGIN = Span(" ")


class LadderScreen(Sheet):
    NAME = "LADDER"
    BINDINGS = bindings_for([*MOVES, *EVERYWHERE, "pane", "left", "right", "ladder"])

    def __init__(self, source: Source, view: LadderView) -> None:
        super().__init__(source)
        self.view = view

    def now(self) -> Now:
        has_pane = self.source.has_pane(self.view.agent_id)
        return Now(delivery=True, agent=True, pane=has_pane)

    def hints(self) -> list[Hint]:
        out = [Hint("h l", "recipients")] if len(self.view.others) > 1 else []
        if self.now().pane:
            out.append(self.hint(BY_ID["pane"]))
        return out

    async def do_pane(self) -> None:
        self.relay_app.open_pane(self.view.agent_id)

    def do_ladder(self) -> None:
        self.dismiss()

    def do_left(self) -> None:
        self._other(-1)

    def do_right(self) -> None:
        self._other(1)

    def on_tick(self) -> None:
        """The view has changed: what is on this sheet may have, too."""
        self._ask(self.view.agent_id)

    def _other(self, step: int) -> None:
        ids = [agent_id for agent_id, _ in self.view.others]
        if self.view.agent_id in ids:
            self._ask(ids[(ids.index(self.view.agent_id) + step) % len(ids)])

    @work(exclusive=True, group="ladder", exit_on_error=False)
    async def _ask(self, agent_id: str) -> None:
        view = await self.source.ladder(self.view.message_id, agent_id)
        if view is not None and view != self.view:
            self.view = view
            self.redraw()

    def lines(self, width: int) -> list[Line]:
        view, glyphs = self.view, self.page.glyphs
        inner = width - 2
        margin = Span(" " * (INDENT + 1))
        head = [
            Span(view.time.ljust(INDENT), "faint"),
            said(view.sender, "accent!" if view.mine else "text!"),
            Span(f" {glyphs.arrow} ", "muted"),
            said(view.name, "text!"),
        ]
        out = [Line(), Line([MARGIN, *spread(head, [Span(view.state, view.role)], inner, glyphs.more)])]
        out += [Line([margin, Span(row, "muted")]) for row in wrap(view.text, min(72, inner - INDENT), 12)[:12]]
        out.append(Line())
        out += [Line([margin, *spread(*self._rung(rung), inner - INDENT, glyphs.more)]) for rung in view.rungs]
        out += [Line(), Line([MARGIN, Span("WHY", "muted!")])]
        for label, text in view.why:
            room = min(96, inner - INDENT - (10 if label else 0))
            for index, row in enumerate(wrap(text, room)):
                lead = columns([(Span(label if index == 0 else "", "faint"), 10)]) if label else []
                out.append(Line([margin, *lead, Span(row, "text" if not label else "muted")]))
        out += [Line(), Line([MARGIN, Span("ATTEMPTS", "muted!")])]
        out += [Line([margin, *spread(*_attempt(row), inner - INDENT, glyphs.more)]) for row in view.attempts]
        if not view.attempts:
            out.append(Line([margin, Span("none was made yet", "faint")]))
        return [*out, Line(), Line([margin, *self._others()])]

    def _rung(self, rung: Rung) -> tuple[list[Span], list[Span]]:
        sign = self.page.glyphs.upright[rung.cell]
        ink = {"#": "ok", ".": "line"}.get(rung.cell, rung.role)
        left = [
            Span(f"{sign}  ", ink),
            *columns([(Span(rung.word, rung.role), 14), (Span(rung.at, "muted"), 13), (Span(rung.delta, "faint"), -8)]),
            Span("  "),
            said(rung.how, "muted"),
        ]
        return left, [said(rung.evidence, "faint")]

    def _others(self) -> list[Span]:
        if len(self.view.others) < 2:
            return []
        spans = [Span("recipients  ", "faint")]
        for agent_id, name in self.view.others:
            here = agent_id == self.view.agent_id
            spans += [said(name, "text!" if here else "muted"), Span("  ")]
        return spans


def _attempt(row: AttemptRow) -> tuple[list[Span], list[Span]]:
    left = [
        *columns([(Span(str(row.n), "faint"), 3), (Span(row.at, "muted"), 14), (said(row.route, "muted"), 11)]),
        *columns([(Span(row.outcome, row.role), 11)]),
        said(row.how, "muted"),
    ]
    return left, [Span(row.took, "faint")]
