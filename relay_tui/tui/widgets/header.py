"""The first line: which workspace, and on the right what matters. Below it, on narrow screens, the roster."""

from __future__ import annotations

from rich.cells import cell_len

from relay_tui.tui.drawing.glyphs import Glyphs
from relay_tui.tui.drawing.ink import Line, Span, crop, said, spread, width_of, wrap
from relay_tui.tui.rooms import PLACES
from relay_tui.tui.view.deck import AgentRow, HeaderView, OpenMine
from relay_tui.tui.view.stopped import StopView
from relay_tui.tui.widgets.inked import ALARM, Lines
from relay_tui.tui.widgets.layout import THREE_COLUMNS

NOTICE_ROWS = 3
NARROW = 100
"""Columns below which words give way to signs."""
MARGIN = Span(" ")


class Header(Lines):
    view = HeaderView()
    here = "deck"
    """Id of the screen that it stands on."""

    def show(self, view: HeaderView, here: str = "") -> None:
        here = here or self.here
        if (view, here) != (self.view, self.here):
            self.view, self.here = view, here
            self.redraw()

    def draw(self, width: int) -> list[Line]:
        view, glyphs = self.view, self.glyphs
        wide = width >= NARROW
        if view.stop.on:
            return [stopped_line(view.stop, width, glyphs)]
        parts: list[list[Span]] = []
        if view.needs:
            parts.append([Span(f"{glyphs.approve} {view.needs} {'needs' if view.needs == 1 else 'need'} you", "need!")])
        if view.held:
            parts.append([Span(f"{glyphs.held} {view.held}{' held' if wide else ''}", "need!")])
        if view.undelivered:
            parts.append([Span(f"{view.undelivered} undelivered", "need")])
        if view.working:
            parts.append(
                [Span(f"{glyphs.working} {view.working}", "motion"), Span(" working" if wide else "", "muted")]
            )
        if view.idle and wide:
            parts.append([Span(f"{glyphs.idle} {view.idle} idle", "muted")])
        parts.append([Span(view.now, "text")])
        gap = Span("   " if wide else "  ")
        right = [span for index, part in enumerate(parts) for span in ([gap, *part] if index else part)]
        left = [MARGIN, said(view.workspace, "accent!"), Span(" "), said(view.place, "faint")]
        if width >= THREE_COLUMNS:
            left += [Span("     "), *_places(self.here)]
        return [Line(spread(left, [*right, MARGIN], width, glyphs.more))]


def _places(here: str) -> list[Span]:
    """`1:deck 3:mail`, the one that is shown in bold."""
    return [
        span
        for place in PLACES
        for span in (
            Span(f"{place.number}:", "faint"),
            Span(f"{place.id}  ", "text!" if place.id == here else "muted"),
        )
    ]


def stopped_line(stop: StopView, width: int, glyphs: Glyphs) -> Line:
    """The one red line while everything is stopped: who, when, what."""
    wide = width >= NARROW
    left = [
        MARGIN,
        Span(" STOPPED ", ALARM),
        MARGIN,
        said(f"{stop.who} {stop.at}", "fault!"),
        Span("  "),
        said(stop.what if wide else stop.brief, "text"),
    ]
    right = [Span("^g", "text!"), Span(" resume" if wide else "", "muted"), MARGIN]
    return Line(spread(left, right, width, glyphs.more))


class Roster(Lines):
    """Every agent's sign and name on one line, for screens without a rail."""

    rows: list[AgentRow] = []  # noqa: RUF012

    def show(self, rows: list[AgentRow]) -> None:
        known = [(row.name, row.glyph, row.role) for row in self.rows]
        self.rows = list(rows)
        if known != [(row.name, row.glyph, row.role) for row in rows]:
            self.redraw()

    def draw(self, width: int) -> list[Line]:
        spans = [MARGIN]
        for index, row in enumerate(self.rows):
            loud = row.role in ("need", "fault")
            if index:
                spans.append(Span("  "))
            spans += [Span(self.glyphs.state(row.glyph), row.role), Span(" ")]
            spans.append(said(row.name, "text!" if loud else "muted"))
        if not self.rows:
            spans.append(Span("no agents yet", "muted"))
        return [Line(crop(spans, width - 1, self.glyphs.more))]


class Mine(Lines):
    """The operator's own messages that are not yet proven, worst first; or a notice; or nothing at all.

    A notice of what is missing stands above them, whole.
    """

    rows: list[OpenMine] = []  # noqa: RUF012
    notice = ""
    notice_role = "need"
    flash: Span = Span("")

    def show(self, rows: list[OpenMine], notice: str = "", role: str = "need") -> None:
        """`notice`: said in `role` while there is nothing else to say; as a need, whatever else there is."""
        if (rows, notice, role) != (self.rows, self.notice, self.notice_role):
            self.rows, self.notice, self.notice_role = list(rows), notice, role
            self.redraw()

    @property
    def urgent(self) -> bool:
        """It says something that must be seen even where there is little room."""
        return bool(self.flash.text or (self.notice and (not self.rows or self.notice_role == "need")))

    def say(self, text: str, role: str = "text") -> None:
        """One line in the place of the list, until it is taken away with an empty one."""
        self.flash = said(text, role)
        self.redraw()

    def draw(self, width: int) -> list[Line]:
        missing = self.notice if self.notice_role == "need" else ""
        one = missing.replace("\n", " ")
        rows = wrap(one if cell_len(one) <= width - 2 else missing, width - 2)[:NOTICE_ROWS] if missing else []
        lines = [Line([MARGIN, Span(row, "need")]) for row in rows]
        return lines if lines and not self.flash.text and not self.rows else [*lines, self._last(width)]

    def _last(self, width: int) -> Line:
        if self.flash.text:
            return Line(crop([MARGIN, self.flash], width - 1, self.glyphs.more))
        if not self.rows:
            return Line(crop([MARGIN, said(self.notice, self.notice_role)], width - 1, self.glyphs.more))
        spans = [MARGIN, Span("yours, open", "faint")]
        for count, row in enumerate(self.rows):
            part = [
                Span("  " if count == 0 else "   "),
                said(row.name, row.role),
                Span(f" {_state(row)} {row.age}", "muted"),
            ]
            if width_of(spans) + width_of(part) > width - 10:
                spans.append(Span(f"   and {len(self.rows) - count} more", "faint"))
                break
            spans += part
        return Line(crop(spans, width - 1, self.glyphs.more))


def _state(row: OpenMine) -> str:
    """How far it has come; of a send to several, how many of them got it, and the worst of the others."""
    return f"{row.of - row.open} of {row.of} delivered, {row.word}" if row.of else row.word
