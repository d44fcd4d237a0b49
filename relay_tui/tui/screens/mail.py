"""The mail screen: every delivery as it happens, narrowed to what is looked for, with what can be done about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events, getters, work
from textual.app import ComposeResult

from relay_tui.core.text import visible
from relay_tui.core.views.queries.mail import FAULTS, MailFilter
from relay_tui.tui.actions import Now, footer_acts
from relay_tui.tui.screens.narrowing import choices, narrowed
from relay_tui.tui.screens.palette import Palette
from relay_tui.tui.screens.room import EVERYWHERE, MOVES, bindings_for
from relay_tui.tui.screens.verbs.deliveries import Deliveries, Delivering, Target
from relay_tui.tui.screens.verbs.describing import Describing
from relay_tui.tui.view.mail import MailRow
from relay_tui.tui.widgets.footer import Footer
from relay_tui.tui.widgets.header import Header
from relay_tui.tui.widgets.layout import TWO_COLUMNS
from relay_tui.tui.widgets.lineview import LineView
from relay_tui.tui.widgets.mail_lines import Detail, MailBar, PaceLine, Tracks
from relay_tui.tui.widgets.mail_table import MailHead, MailTable

if TYPE_CHECKING:
    from relay_tui.tui.source.deck import Source

FLASH_MS = 4_000
VERBS = (
    *(
        *MOVES,
        *EVERYWHERE,
        "open",
        "next_need",
        "previous_need",
        "ladder",
        "why",
        "pane",
        "copy_row",
        "undo",
        "find",
        "go",
    ),
    *("retry", "redirect", "cancel", "drop", "edit", "hold", "flush", "interrupt", "restart", "release"),
    *("faults", "narrow", "zoom", "mark", "mark_all"),
)
"""What works here."""


class MailScreen(Delivering):
    NAME = "MAIL"
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (20, "-short"), (30, "-tall")]  # noqa: RUF012
    BINDINGS = bindings_for(VERBS)
    table = getters.query_one(MailTable)
    tracks = getters.query_one(Tracks)
    detail = getters.query_one(Detail)

    def __init__(self, source: Source, wanted: MailFilter | None = None) -> None:
        """`wanted` None: as the list was narrowed before."""
        super().__init__()
        self.source = source
        self._wanted = wanted
        self._flash_until = 0
        self.topics = (Deliveries(self), Describing(self))

    def compose(self) -> ComposeResult:
        yield Header(id="header")
        yield MailBar()
        yield PaceLine()
        yield MailHead()
        yield MailTable()
        yield Tracks()
        yield Detail()
        yield Footer()

    def on_mount(self) -> None:
        self.set_focus(self.table)
        self.draw()
        self._look(self._wanted)

    def on_unmount(self) -> None:
        self.source.mail.close()

    @work(exclusive=True, group="mail", exit_on_error=False)
    async def _look(self, wanted: MailFilter | None) -> None:
        """Show what is wanted, from its newest on."""
        await self.source.mail.open(wanted)
        self.table.unmark_all()
        self.table.cursor = ""
        self.table.following = True
        self.draw()

    @work(exclusive=True, group="older", exit_on_error=False)
    async def _load_older(self) -> None:
        if await self.source.mail.older():
            self.draw()

    async def follow(self, changed: bool) -> None:
        mail = self.source.mail
        mail.following = self.table.following
        mail.kept = {self.table.cursor, *self.table.marked}
        over = 0 < self._flash_until <= self.source.clock()
        if over:
            self._flash_until = 0
            self.detail.say("")
        if await mail.refresh(self.source.clock()) or changed or over:
            self.draw()

    async def bring(self) -> None:
        mail = self.source.mail
        await self.source.refresh()
        await mail.refresh(self.source.clock() + 1_000)
        self.draw()

    def draw(self) -> None:
        view = self.source.mail.view
        self.query_one(Header).show(self.source.view.header, "mail")
        self.table.show(view)
        self.query_one(MailBar).show(view, self._note())
        self.query_one(PaceLine).show(view)
        self.tracks.show(view)
        if self.has_class("-graph"):
            self.detail.show(None, "k chooses an agent; enter shows its deliveries")
        else:
            self.detail.show(self.table.row(), "k chooses a row; i shows each step of it")
        now = self.now()
        narrow = self.size.width < TWO_COLUMNS
        hints = [self.hint(act, narrow) for act in footer_acts(now) if act.id in VERBS]
        self.query_one(Footer).show(self.NAME, hints, [self.stop_hint()])

    def _note(self) -> str:
        marked, below = len(self.table.marked), self.table.below
        shown = len(self.source.mail.view.rows)
        parts = [f"{marked} marked" if marked else "", f"{below} newer below, G follows" if below else ""]
        return "  ".join(part for part in (*parts, f"{shown} loaded") if part)

    def flash(self, text: str, role: str = "text") -> None:
        self._flash_until = self.source.clock() + FLASH_MS
        self.detail.say(text, role)

    # What the cursor is on

    def row(self) -> MailRow | None:
        """The delivery under the cursor; none while the graph is shown instead of the table."""
        return None if self.has_class("-graph") else self.table.row()

    def targets(self) -> list[Target]:
        marked = [row for row in self.source.mail.view.rows if row.key in self.table.marked]
        here = self.row()
        rows = marked or ([here] if here is not None else [])
        if self.has_class("-graph"):
            return []
        return [Target(row.message_id, row.agent_id, row.name, row.word, row.mine) for row in rows]

    def agent_id(self) -> str:
        if self.has_class("-graph"):
            return self.tracks.cursor if self.tracks.cursor != "every" else ""
        row = self.table.row()
        return row.agent_id if row is not None else ""

    def agent_ids(self) -> list[str]:
        if self.table.marked and not self.has_class("-graph"):
            return list(dict.fromkeys(target.agent_id for target in self.targets()))
        return [self.agent_id()]

    def now(self) -> Now:
        row, agent_id = self.row(), self.agent_id()
        return Now(
            mode=self.key_mode,
            needs=len(self.source.view.needs),
            delivery=row is not None,
            agent=bool(agent_id),
            pane=bool(agent_id) and self.source.programs.has_pane(agent_id),
            explains=row is not None,
            row=row is not None,
            can=self.can(),
            talk=self.talk_now(),
            list=True,
            markable=row is not None,
        )

    # Verbs

    def part(self) -> LineView:
        return self.tracks if self.has_class("-graph") else self.table

    async def do_last(self) -> None:
        await super().do_last()
        self.draw()

    def do_back(self) -> None:
        if self.has_class("-graph"):
            self.do_zoom()
        elif self.table.marked:
            self.table.unmark_all()
        elif self.table.cursor:
            self.table.move_end(last=True)
        elif self.source.mail.view.narrowed:
            self._look(MailFilter())
            return
        else:
            self.relay_app.enter("deck")
            return
        self.draw()

    def do_faults(self) -> None:
        wanted = self.source.mail.filter
        self._look(narrowed(wanted, "state", "" if wanted.word == FAULTS else FAULTS))

    def do_zoom(self) -> None:
        """The table, or how deliveries went for each agent."""
        self.toggle_class("-graph")
        self.set_focus(self.part())
        self.draw()

    def do_mark(self) -> None:
        self.table.mark(self.table.cursor)
        self.draw()

    def do_mark_all(self) -> None:
        """All that are loaded; a second time, none."""
        keys = {row.key for row in self.source.mail.view.rows}
        if keys <= self.table.marked:
            self.table.unmark_all()
        else:
            self.table.marked |= keys
            self.table.refresh()
        self.draw()

    async def do_narrow(self) -> None:
        """Choose what the list is narrowed to; what is on already is taken away."""
        entries = choices(self.source, self.table.row())
        await self.app.push_screen(Palette(entries, "narrow to a state, an agent, a channel"), self._narrow_to)

    do_find = do_narrow

    async def do_go(self) -> None:
        self.relay_app.enter("deck")
        await self.relay_app.deck.perform("go")

    def _narrow_to(self, chosen: str | None) -> None:
        kind, found, id = (chosen or "").partition(":")
        if found:
            self._look(narrowed(self.source.mail.filter, kind, id))

    async def do_ladder(self) -> None:
        row = self.row()
        if row is not None:
            await self.relay_app.show_ladder(row.message_id, row.agent_id)

    do_why = do_ladder

    async def do_pane(self) -> None:
        self.relay_app.open_pane(self.agent_id())

    def do_copy_row(self) -> None:
        row = self.row()
        if row is not None:
            self.app.copy_to_clipboard(visible(row.text))
            self.flash("copied: the message under the cursor", "muted")

    async def do_open(self) -> None:
        """Go to the message in its conversation; from the graph, to the agent's deliveries."""
        if self.has_class("-graph"):
            wanted = narrowed(self.source.mail.filter, "to", self.agent_id())
            self.remove_class("-graph")
            self.set_focus(self.table)
            self._look(wanted)
            return
        row = self.row()
        if row is not None:
            await self.relay_app.show_message(row.message_id)

    async def do_edit(self) -> None:
        row = self.row()
        if row is not None:
            await self.relay_app.show_message(row.message_id)
            await self.relay_app.deck.perform("edit")

    async def do_next_need(self) -> None:
        self.relay_app.enter("deck")
        await self.relay_app.deck.perform("next_need")

    do_previous_need = do_next_need

    # News from the table

    def on_line_view_cursor_moved(self, event: LineView.CursorMoved) -> None:
        event.stop()
        self.draw()

    async def on_line_view_opened(self, event: LineView.Opened) -> None:
        event.stop()
        await self.do_ladder()

    def on_line_view_pressed(self, event: LineView.Pressed) -> None:
        event.stop()

    def on_line_view_top_reached(self, event: LineView.TopReached) -> None:
        event.stop()
        if event.view is self.table:
            self._load_older()

    def on_resize(self, event: events.Resize) -> None:
        self.call_after_refresh(self.draw)
