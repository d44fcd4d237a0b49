"""The inspector of a message: the ladder of one recipient, standing; why; each step of each attempt; what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work

from relay_tui.core.text import visible
from relay_tui.tui.actions import BY_ID, Now, key_word
from relay_tui.tui.drawing.ink import Line, Span, columns, said, spread, width_of, wrap
from relay_tui.tui.screens.room import EVERYWHERE, MOVES, bindings_for
from relay_tui.tui.screens.sheet import Sheet
from relay_tui.tui.screens.verbs.deliveries import Deliveries, Delivering, Target
from relay_tui.tui.screens.verbs.describing import Describing
from relay_tui.tui.view.deck import AttemptRow, LadderView, Rung, StepRow
from relay_tui.tui.view.mail import UNKNOWN_WORDS
from relay_tui.tui.widgets.footer import Hint
from relay_tui.tui.widgets.marks import who_reacted

if TYPE_CHECKING:
    from relay_tui.tui.source.deck import Source

INDENT = 7
TEXT_WIDTH = 72
WHY_WIDTH = 96
FLASH_MS = 4_000
MARGIN = Span(" ")
VERBS = ("retry", "redirect", "cancel", "edit", "flush", "hold", "interrupt", "pane", "open", "copy_row")
"""What may be done here, in the order in which it is offered; a verb that does not fit now is not."""
_OFFERS = {"open": "its conversation", "copy_row": "copy", "edit": "edit"}


class LadderScreen(Sheet, Delivering):
    NAME = "LADDER"
    BINDINGS = bindings_for([*MOVES, *EVERYWHERE, *VERBS, "drop", "undo", "left", "right", "ladder", "why"])

    def __init__(self, source: Source, view: LadderView) -> None:
        super().__init__(source)
        self.view = view
        self._news = Span("")
        self._news_until = 0
        self.topics = (Deliveries(self), Describing(self))

    def now(self) -> Now:
        agent_id = self.view.agent_id
        return Now(
            delivery=True,
            agent=True,
            pane=self.source.programs.has_pane(agent_id),
            explains=True,
            row=True,
            can=self.can(),
            talk=self.talk_now(),
        )

    def targets(self) -> list[Target]:
        view = self.view
        return [Target(view.message_id, view.agent_id, view.name, view.word, view.mine)]

    def agent_id(self) -> str:
        return self.view.agent_id

    def hints(self) -> list[Hint]:
        if len(self.view.others) < 2:
            return [Hint("j k", "scroll")]
        plain = self.app.has_class("-ascii")
        return [Hint("j k", "recipients"), Hint(key_word(BY_ID["page_down"].key(self.key_mode), plain), "more")]

    def flash(self, text: str, role: str = "text") -> None:
        self._news, self._news_until = said(text, role), self.source.clock() + FLASH_MS
        if self.is_mounted:
            self.redraw()

    async def bring(self) -> None:
        await self.source.refresh()
        self._ask(self.view.agent_id)

    async def follow(self, changed: bool) -> None:
        await super().follow(changed)
        if 0 < self._news_until <= self.source.clock():
            self._news, self._news_until = Span(""), 0
            self.redraw()
        if changed:
            self._ask(self.view.agent_id)

    # Verbs

    async def do_pane(self) -> None:
        self.relay_app.open_pane(self.view.agent_id)

    def do_ladder(self) -> None:
        self.dismiss()

    do_why = do_ladder

    def do_left(self) -> None:
        self._other(-1)

    def do_right(self) -> None:
        self._other(1)

    def do_down(self) -> None:
        if len(self.view.others) > 1:
            self._other(1)
        else:
            super().do_down()

    def do_up(self) -> None:
        if len(self.view.others) > 1:
            self._other(-1)
        else:
            super().do_up()

    async def do_open(self) -> None:
        """The message where it was said."""
        await self.relay_app.show_message(self.view.message_id)

    async def do_edit(self) -> None:
        await self.do_open()
        await self.relay_app.deck.perform("edit")

    def do_copy_row(self) -> None:
        self.app.copy_to_clipboard(visible(self.view.text))
        self.flash("copied: the message", "muted")

    def _other(self, step: int) -> None:
        ids = [agent_id for agent_id, _ in self.view.others]
        if self.view.agent_id in ids:
            self._ask(ids[(ids.index(self.view.agent_id) + step) % len(ids)])

    @work(exclusive=True, group="ladder", exit_on_error=False)
    async def _ask(self, agent_id: str) -> None:
        view = await self.source.ladder(self.view.message_id, agent_id)
        if view is None:
            return
        # Whoever is worth a look first changes; under the operator's eyes everybody keeps his place.
        places = {id: place for place, (id, _) in enumerate(self.view.others)}
        view.others.sort(key=lambda other: places.get(other[0], len(places)))
        if view != self.view:
            self.view = view
            self.redraw()

    # Drawing

    def lines(self, width: int) -> list[Line]:
        view, more = self.view, self.page.glyphs.more
        inner = width - 2
        room = inner - INDENT
        margin = Span(" " * (INDENT + 1))
        head = [
            Span(view.time.ljust(INDENT), "faint"),
            said(view.sender, "accent!" if view.mine else "text!"),
            Span(f" {self.page.glyphs.arrow} ", "muted"),
            said(view.name, "text!"),
        ]
        out = [Line(), Line([MARGIN, *spread(head, [Span(view.state, view.role)], inner, more)])]
        out += [Line([margin, Span(row, "muted")]) for row in wrap(view.text, min(TEXT_WIDTH, room), 12)[:12]]
        out += [Line([margin, *line.spans]) for line in who_reacted(view.reactions, room, self.page.glyphs)]
        if len(view.others) > 1:
            out += [Line(), *(Line([margin, *row]) for row in self._others(room))]
        out.append(Line())
        out += [Line([margin, *spread(*self._rung(rung), room, more)]) for rung in view.rungs]
        out += [Line(), Line([MARGIN, Span("WHY", "muted!")])]
        out += [Line([margin, *row]) for row in self._why(room)]
        out += [Line(), Line([MARGIN, Span("ATTEMPTS", "muted!")])]
        for attempt in view.attempts:
            out.append(Line([margin, *spread(*_attempt(attempt), room, more)]))
            out += [Line([margin, *spread(*self._step(step), room, more)]) for step in attempt.steps]
        if not view.attempts:
            out.append(Line([margin, Span("none was made yet", "faint")]))
        out += [Line(), *(Line([margin, *row]) for row in self._verbs(room))]
        return [*out, Line(), Line([margin, self._news])] if self._news.text else out

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

    def _why(self, width: int) -> list[list[Span]]:
        """The answer, then the one next thing with its key."""
        rows: list[list[Span]] = []
        for label, text in self.view.why:
            room = min(WHY_WIDTH, width - (10 if label else 0))
            for index, row in enumerate(wrap(text, room)):
                lead = columns([(Span(label if index == 0 else "", "faint"), 10)]) if label else []
                rows.append([*lead, Span(row, "text" if not label else "muted")])
        act = BY_ID.get(self.view.next_verb)
        key = self._key(self.view.next_verb) if act is not None else ""
        lead = columns([(Span("next", "faint"), 10)])
        keyed = [Span(key, "accent!"), Span("  ")] if key else []
        rows += [[*(lead if index == 0 else [Span(" " * 10)]), *(keyed if index == 0 else []), Span(row)]
                 for index, row in enumerate(wrap(self.view.next_words, width - 14))]  # fmt: skip
        return rows

    def _key(self, id: str) -> str:
        key = BY_ID[id].key(self.key_mode) or BY_ID["palette"].key(self.key_mode)
        return key_word(key, self.app.has_class("-ascii"))

    def _step(self, step: StepRow) -> tuple[list[Span], list[Span]]:
        sign = self.page.glyphs.upright["#" if step.ok else "x"]
        left = [
            Span("   "),
            *columns([(Span(step.at, "faint"), 13), (Span(step.delta, "faint"), -8)]),
            Span(f"  {sign}  ", "ok" if step.ok else "fault"),
            *columns([(said(step.name, "muted"), 12)]),
            said(step.detail, "text" if not step.ok else "faint"),
        ]
        return left, []

    def _verbs(self, width: int) -> list[list[Span]]:
        """What works now, with its key; broken into rows where there are many."""
        now = self.now()
        twice = self.view.word in UNKNOWN_WORDS
        rows: list[list[Span]] = [[]]
        for id in VERBS:
            if id not in BY_ID or not BY_ID[id].check(now):
                continue
            words = _OFFERS.get(id) or BY_ID[id].label or id
            part = [Span(self._key(id), "accent!"), Span(f" {words}")]
            part += [Span(", may arrive twice", "faint")] if id == "retry" and twice else []
            if rows[-1] and width_of(rows[-1]) + width_of(part) + 3 > width:
                rows.append([])
            rows[-1] += [*([Span("   ")] if rows[-1] else []), *part]
        return rows

    def _others(self, width: int) -> list[list[Span]]:
        rows: list[list[Span]] = [[Span("to  ", "faint")]]
        for agent_id, name in self.view.others:
            part = said(name, "text!" if agent_id == self.view.agent_id else "muted")
            if width_of(rows[-1]) + width_of([part]) + 2 > width:
                rows.append([Span("    ")])
            rows[-1] += [part, Span("  ")]
        return rows[:4]


def _attempt(row: AttemptRow) -> tuple[list[Span], list[Span]]:
    left = [
        *columns([(Span(str(row.n), "faint"), 3), (Span(row.at, "muted"), 14), (said(row.route, "muted"), 11)]),
        *columns([(Span(row.outcome, row.role), 13)]),
        said(row.how, "muted"),
    ]
    return left, [Span(row.took, "faint")]
