"""One message, all round: who has read it, who has reacted, who pinned it, and what it said before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relay_tui.tui.drawing.emoji import drawn, name_of
from relay_tui.tui.drawing.ink import Line, Span, columns, said, wrap
from relay_tui.tui.screens.room import EVERYWHERE, MOVES, bindings_for
from relay_tui.tui.screens.sheet import Sheet
from relay_tui.tui.view.talk import AboutView

if TYPE_CHECKING:
    from relay_tui.tui.source.deck import Source

MARGIN = Span(" ")
INDENT = Span(" " * 8)
WIDE = 96
NAME = 18
PEOPLE = 100
"""Lines of people; a channel may have a thousand members."""


class AboutScreen(Sheet):
    NAME = "MESSAGE"
    BINDINGS = bindings_for([*MOVES, *EVERYWHERE])

    def __init__(self, source: Source, view: AboutView) -> None:
        super().__init__(source)
        self.view = view

    def lines(self, width: int) -> list[Line]:
        view, room = self.view, min(WIDE, width - 10)
        name = said(view.sender, "accent!" if view.mine else "text!")
        out = [Line(), Line([MARGIN, Span(view.time.ljust(7), "faint"), name])]
        out += [Line([INDENT, Span(row, "muted")]) for row in wrap(view.text, min(72, room), 12)[:12]]
        out += self._people("READ BY", view.readers, "nobody is known to have read it")
        out += self._people("NOT KNOWN OF", view.others, "")
        out += [Line(), Line([MARGIN, Span("REACTIONS", "muted!")])]
        as_sign = self.page.glyphs.emoji
        for emoji, names in view.reactions:
            word = name_of(emoji) if as_sign else ""
            lead = columns([(said(drawn(emoji, as_sign)), 4 if as_sign else 24), (said(word, "faint"), 24)])
            for index, row in enumerate(wrap(", ".join(names), room - 30)):
                out.append(Line([INDENT, *(lead if index == 0 else [Span(" " * 28)]), said(row)]))
        if not view.reactions:
            out.append(Line([INDENT, Span("none yet; + reacts", "faint")]))
        if view.pinned:
            out += [Line(), Line([MARGIN, Span("PINNED", "muted!")]), Line([INDENT, said(f"by {view.pinned}")])]
        return [*out, *self._versions(room), Line()]

    def _people(self, title: str, known: list[tuple[str, str]], empty: str) -> list[Line]:
        if not known and not empty:
            return []
        out = [Line(), Line([MARGIN, Span(title, "muted!")])]
        out += [Line([INDENT, *columns([(said(name), NAME)]), said(how, "muted")]) for name, how in known[:PEOPLE]]
        if len(known) > PEOPLE:
            out.append(Line([INDENT, Span(f"and {len(known) - PEOPLE} others", "faint")]))
        return out if known else [*out, Line([INDENT, Span(empty, "faint")])]

    def _versions(self, room: int) -> list[Line]:
        out = [Line(), Line([MARGIN, Span("VERSIONS", "muted!")])]
        if not self.view.versions:
            return [*out, Line([INDENT, Span("it says what it always said", "faint")])]
        for when, who, text in self.view.versions:
            out.append(Line([INDENT, Span(when, "muted"), Span("  "), said(who, "muted")]))
            out += [Line([INDENT, Span(row)]) for row in wrap(text, min(72, room), 200)[:200]]
            out.append(Line())
        return out
