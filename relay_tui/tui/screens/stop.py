"""The stop panel: what would be held, frozen and interrupted, one key for all of it; and letting go again."""

from __future__ import annotations

from collections.abc import Awaitable, Collection
from typing import TYPE_CHECKING

from textual import events, work
from textual.app import ComposeResult
from textual.containers import Vertical

from relay_tui.core.delivery.stopping import PARTS
from relay_tui.core.errors import RelayError
from relay_tui.tui.drawing.ink import Line, Span, columns, crop, said, spread, wrap
from relay_tui.tui.screens.modal import Modal
from relay_tui.tui.view.stopped import Stopped, StopView
from relay_tui.tui.widgets.inked import Lines

if TYPE_CHECKING:
    from relay_tui.tui.source.deck import Source

KEYS = {"enter": PARTS, "H": ("hold",), "I": ("interrupt",), "Z": ("freeze",)}
"""What a key stops."""
SETTLE_MS = 350
"""A key sooner than this after the panel has changed is not about what it shows."""
ROWS = 12
"""Agents that are listed at once."""
PAD = Span("  ")


class _Panel(Lines):
    view = StopView()
    cursor = 0
    news = Span("")

    def show(self, view: StopView) -> None:
        if view != self.view:
            self.view = view
            self.cursor = min(self.cursor, len(choices(view)) - 1)
            self.redraw()
            self.refresh(layout=True)

    def draw(self, width: int) -> list[Line]:
        body = _resuming(self, width) if self.view.on else _stopping(self.view)
        news = [Line(), Line([PAD, self.news])] if self.news.text else []
        return [
            Line(crop(line.spans, width - 1, self.glyphs.more), line.ground) for line in (Line(), *body, *news, Line())
        ]


def _stopping(view: StopView) -> list[Line]:
    count, working = len(view.agents), ", ".join(view.working) or "nobody is at work"
    rows = (
        ("H", "hold all deliveries", f"{_many(count, 'agent')}; {_many(view.waiting, 'message')} on the way"),
        ("I", "interrupt those working", working if not view.working else f"{len(view.working)}: {working}"),
        ("Z", "freeze approvals", f"{_many(view.approvals, 'request')} waiting; new ones wait, too"),
    )
    lines = [Line([PAD, Span("Stop everything?", "fault!")]), Line()]
    for key, words, note in rows:
        lines.append(Line([PAD, Span(key, "accent!"), PAD, *columns([(Span(words), 25)]), said(note, "muted")]))
    keys = [PAD, Span("enter", "accent!"), Span(" all three   "), Span("a letter", "accent!"), Span(" only that   "),
            Span("esc", "accent!"), Span(" back")]  # fmt: skip
    return [*lines, Line(), Line([PAD, Span("It stays so over a restart, until it is resumed.", "faint")]), Line(),
            Line(keys)]  # fmt: skip


def _resuming(panel: _Panel, width: int) -> list[Line]:
    view = panel.view
    lines = [
        Line([PAD, Span("Stopped ", "fault!"), said(f"{view.who} {view.at}", "fault!")]),
        *(Line([PAD, Span(row)]) for row in wrap(view.what, width - 4)),
        Line(),
    ]
    rows = choices(view)
    first = max(0, min(panel.cursor - ROWS // 2, len(rows) - ROWS))
    for index, (id, words) in enumerate(rows[first : first + ROWS], first):
        agent = next((agent for agent in view.agents if agent.agent_id == id), None)
        here = index == panel.cursor
        sign = Span(panel.glyphs.cursor if here else " ", "accent")
        spans = [Span(" "), sign, *_choice(words, agent, width - 4)]
        lines.append(Line(spans, "cursor" if here else ""))
    if len(rows) > ROWS:
        lines.append(Line([PAD, Span(f"{len(rows)} in all", "faint")]))
    more = [] if view.held and view.frozen else [Span("H I Z", "accent!"), Span(" stop more   ")]
    keys = [PAD, Span("j k", "accent!"), Span(" choose   "), Span("enter", "accent!"), Span(" resumes it   "), *more,
            Span("esc", "accent!"), Span(" back")]  # fmt: skip
    return [*lines, Line(), Line(keys)]


def _choice(words: str, agent: Stopped | None, width: int) -> list[Span]:
    if agent is None:
        return [Span(words, "text!")]
    left = [*columns([(said(agent.name, "text"), 14), (Span(agent.word, agent.role), 10)])]
    left.append(said(agent.proof, "ok" if agent.seen else "need"))
    return spread(left, [Span("held" if agent.held else "goes on", "muted" if agent.held else "faint")], width)


def choices(view: StopView) -> list[tuple[str, str]]:
    """(id, words) of what can be resumed: everything, the approvals, then each agent."""
    out = [("", "resume everything")]
    if view.frozen:
        out.append(("approvals", "decide approvals again"))
    return out + [(agent.agent_id, agent.name) for agent in view.agents if agent.held or agent.proof]


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


class StopPanel(Modal[None]):
    def __init__(self, source: Source) -> None:
        super().__init__()
        self.source = source
        self._panel = _Panel()
        self._changed_at = 0

    def compose(self) -> ComposeResult:
        with Vertical(id="stop"):
            yield self._panel

    def on_mount(self) -> None:
        self.bring()

    async def follow(self, changed: bool) -> None:
        """A turn of the ticker: what comes of an interrupt shows while one looks."""
        if changed:
            self.bring()

    def bring(self) -> None:
        view = self.source.view.header.stop
        if view.on != self._panel.view.on or not self._changed_at:
            self._changed_at = self.source.clock()
        self._panel.show(view)

    def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        view = self._panel.view
        if event.key in ("escape", "q", "ctrl+c", "ctrl+g"):
            self.dismiss()
        elif event.key == "ctrl+q":
            self.quit()
        elif self.source.clock() - self._changed_at < SETTLE_MS:
            return
        elif view.on and event.key in ("j", "down", "k", "up"):
            step = 1 if event.key in ("j", "down") else -1
            self._panel.cursor = max(0, min(len(choices(view)) - 1, self._panel.cursor + step))
            self._panel.redraw()
        elif view.on and event.key == "enter":
            self._resume(choices(view)[self._panel.cursor][0])
        elif event.key in KEYS:
            self._stop(KEYS[event.key])

    @work(exclusive=True, group="stop", exit_on_error=False)
    async def _stop(self, only: Collection[str]) -> None:
        await self._do(self.source.reins.stop(only))

    @work(exclusive=True, group="stop", exit_on_error=False)
    async def _resume(self, id: str) -> None:
        reins = self.source.reins
        if not id:
            await self._do(reins.resume())
        elif id == "approvals":
            await self._do(reins.resume(only=("freeze",)))
        else:
            await self._do(reins.resume(id))

    async def _do(self, doing: Awaitable[None]) -> None:
        self._panel.news = Span("")
        try:
            await doing
        except RelayError as error:
            self._panel.news = said(str(error), "fault")
        await self.source.refresh()
        self._panel.redraw()
        self._panel.refresh(layout=True)
        self.bring()
