"""The stored rules: what sets each off, what it does, what became of it; made, changed, tried and switched off here."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING

from textual import getters, work
from textual.app import ComposeResult

from relay_tui.core.errors import RelayError
from relay_tui.core.predicates.words import EXAMPLES
from relay_tui.tui.actions import BY_ID
from relay_tui.tui.drawing.ink import Line, Span, columns, said, spread, wrap
from relay_tui.tui.screens.ask import Ask
from relay_tui.tui.screens.form import Field, Form
from relay_tui.tui.screens.pick import Pick
from relay_tui.tui.screens.room import EVERYWHERE, MOVES, Room, bindings_for
from relay_tui.tui.source.rules import RuleRow, TrialView
from relay_tui.tui.view.entry import Entry
from relay_tui.tui.widgets.footer import Footer, Hint
from relay_tui.tui.widgets.header import Header
from relay_tui.tui.widgets.lineview import Block, LineView

if TYPE_CHECKING:
    from relay_tui.tui.source.deck import Source

OUTCOMES = {"done": "ok", "refused": "need", "stopped": "fault"}
LABEL = 9
MARGIN = Span("  ")
NAME_WIDTH = 28


class _Rows(LineView):
    CURSOR_STAYS = True

    def draw(self, block: Block, width: int) -> list[Line]:
        data = block.data
        if isinstance(data, RuleRow):
            return draw_rule(data, width, self.glyphs.more)
        if isinstance(data, TrialView):
            return draw_trial(data, width)
        return [Line([MARGIN, *row]) for row in _taught(str(data), width)]


def _taught(text: str, width: int) -> list[list[Span]]:
    return [[Span(row, "muted")] for line in text.split("\n") for row in (wrap(line, width - 4) if line else [""])]


def draw_rule(rule: RuleRow, width: int, more: str) -> list[Line]:
    """Head, when, then, guard, why it is off, newest runs."""
    state = Span("on ", "ok") if rule.enabled else Span("off", "need")
    runs = f"{rule.runs} {'run' if rule.runs == 1 else 'runs'}"
    last = f", last {rule.last} ago" if rule.last else ""
    head = [MARGIN, state, Span("  "), *columns([(said(rule.name, "text!"), min(NAME_WIDTH, width // 2))])]
    lines = [Line(spread(head, [Span(f"{runs}{last} ", "faint")], width, more))]
    guard = f"switched off above {rule.per_minute} runs a minute, and where rules set each other off"
    for label, text, role in (
        ("when", rule.when, "text"),
        ("then", rule.then, "text"),
        ("as", rule.owner, "muted"),
        ("guard", guard, "muted"),
        ("off as", "" if rule.enabled else rule.reason, "need"),
    ):
        for index, row in enumerate(wrap(text, max(10, width - LABEL - 8)) if text else []):
            lead = Span((label if index == 0 else "").ljust(LABEL), "faint")
            lines.append(Line([MARGIN, Span("     "), lead, Span(row, role)]))
    for index, run in enumerate(rule.newest):
        lead = Span(("runs" if index == 0 else "").ljust(LABEL), "faint")
        row = [Span(run.time.ljust(7), "faint"), Span(run.outcome.ljust(8), OUTCOMES.get(run.outcome, "text"))]
        lines.append(Line(spread([MARGIN, Span("     "), lead, *row, said(run.said, "muted")], [], width, more)))
    return [*lines, Line()]


def draw_trial(trial: TrialView, width: int) -> list[Line]:
    lines = [Line([MARGIN, Span(row, "accent")]) for row in wrap(trial.sentence, width - 4)]
    for time, does in trial.rows:
        lines.append(Line([MARGIN, Span("     "), Span(time.ljust(LABEL), "faint"), said(does, "muted")]))
    return [*lines, Line()]


EMPTY = "There is no rule yet. `c` makes one: when something happens, then a message, an action, or a notice to you."


class RulesScreen(Room):
    NAME = "RULES"
    BINDINGS = bindings_for([*MOVES, *EVERYWHERE, "open", "create"])
    rows = getters.query_one(_Rows)

    def __init__(self, source: Source) -> None:
        super().__init__()
        self.source = source
        self._known: list[RuleRow] = []
        self._trial: tuple[str, TrialView] | None = None
        self._said = ""

    def compose(self) -> ComposeResult:
        yield Header()
        yield _Rows()
        yield Footer()

    def on_mount(self) -> None:
        self.set_focus(self.rows)
        self.query_one(Header).show(self.source.view.header)
        hints = [Hint("enter", "on, off, change, try, remove"), Hint("c", "new rule"), Hint("esc", "back")]
        self.query_one(Footer).show(self.NAME, [*hints, self.hint(BY_ID["keys"])], [self.stop_hint()])
        self._load()

    async def follow(self, changed: bool) -> None:
        if changed:
            self.query_one(Header).show(self.source.view.header)
            self._load()

    @work(exclusive=True, group="rules", exit_on_error=False)
    async def _load(self) -> None:
        self._known = await self.source.ruling.rules()
        blocks: list[Block] = [Block("top", "", selectable=False)]
        if self._said:
            blocks.append(Block("said", self._said, selectable=False))
        for rule in self._known:
            blocks.append(Block(rule.id, rule))
            if self._trial is not None and self._trial[0] == rule.id:
                blocks.append(Block("trial", self._trial[1], selectable=False))
        if not self._known:
            blocks.append(Block("empty", EMPTY.replace("`", ""), selectable=False))
        self.rows.set_blocks(blocks)
        if not self.rows.cursor and self._known:
            self.rows.go_to(self._known[0].id)

    def _rule(self) -> RuleRow | None:
        return next((rule for rule in self._known if rule.id == self.rows.cursor), None)

    def part(self) -> LineView:
        return self.rows

    async def do_open(self) -> None:
        rule = self._rule()
        if rule is None:
            return
        switch = Entry("off", "rule: switch it off") if rule.enabled else Entry("on", "rule: switch it on")
        entries = [
            switch,
            Entry("change", "rule: change it"),
            Entry("try", "rule: try it on what has happened; nothing is done"),
            Entry("remove", "rule: remove it; its log stays"),
        ]

        async def chosen(verb: str | None) -> None:
            await self._do(verb or "", rule)

        await self.app.push_screen(Pick(f"what of {said(rule.name).text}", entries), chosen)

    async def _do(self, verb: str, rule: RuleRow) -> None:
        match verb:
            case "on" | "off":
                await self._attempt(self.source.ruling.switch_rule(rule.id, verb == "on"))
            case "change":
                await self._form(rule)
            case "try":
                await self._try(rule)
            case "remove":
                await self._remove(rule)
            case _:
                pass

    async def _try(self, rule: RuleRow) -> None:
        try:
            self._trial = rule.id, await self.source.ruling.try_rule(rule.id)
        except RelayError as error:
            self._said = str(error)
        self._load()

    async def _remove(self, rule: RuleRow) -> None:
        async def answered(yes: bool | None) -> None:
            if yes:
                await self._attempt(self.source.ruling.remove_rule(rule.id))

        question = Ask(f"Remove {rule.name}?", ["It never runs again. What it did stays in the log."], "removes")
        await self.app.push_screen(question, answered)

    async def _attempt(self, doing: Awaitable[None]) -> None:
        try:
            await doing
            self._said = ""
        except RelayError as error:
            self._said = str(error)
        self._load()

    async def do_create(self) -> None:
        await self._form(None)

    async def _form(self, rule: RuleRow | None) -> None:
        """One line each: its name, when, then, and the guard."""

        async def take(values: Sequence[str]) -> None:
            name, when, then, per_minute = values
            await self.source.ruling.store_rule(rule.id if rule is not None else "", name, when, then, per_minute)

        fields = [
            Field("its name", rule.name if rule else ""),
            Field(f"when: {EXAMPLES[0]}, or {EXAMPLES[1]}", rule.when if rule else ""),
            Field("then: notify TEXT, or send #general TEXT, or invoke ACTION {...}", rule.then if rule else ""),
            Field(
                "runs a minute above which it is switched off; empty: 30", str(rule.per_minute) if rule else "", False
            ),
        ]
        title = f"Change {rule.name}" if rule else "A rule: when something happens, then do something"

        async def answered(yes: bool | None) -> None:
            if yes:
                self._said = ""
                self._load()

        await self.app.push_screen(Form(title, fields, take, "stores it"), answered)

    def on_line_view_cursor_moved(self, event: LineView.CursorMoved) -> None:
        event.stop()

    async def on_line_view_opened(self, event: LineView.Opened) -> None:
        event.stop()
        await self.do_open()
