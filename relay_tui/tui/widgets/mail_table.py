"""The table of deliveries: a line each, in columns of which the least important go first where there is little room."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from relay_tui.tui.drawing.glyphs import Glyphs
from relay_tui.tui.drawing.ink import Line, Span, columns, crop_text, said, wrap
from relay_tui.tui.view.mail import MailRow, MailView
from relay_tui.tui.widgets.inked import Lines
from relay_tui.tui.widgets.ladder import track
from relay_tui.tui.widgets.lineview import Block, LineView
from relay_tui.tui.words.track import RUNGS

MARGIN = Span(" ")
GAP = 2


@dataclass(slots=True, frozen=True)
class Column:
    id: str
    title: str
    least: int
    """Columns of the screen that it needs."""
    keep: int
    """Where there is little room, what is kept least goes first."""
    grows: int = 0
    """Its share of what room is left."""
    right: bool = False


COLUMNS = (
    Column("time", "sent", 5, 90),
    Column("sender", "from", 9, 80),
    Column("name", "to", 9, 100),
    Column("text", "message", 20, 60, grows=4),
    Column("track", "", RUNGS, 85),
    Column("word", "state", 12, 100),
    Column("since", "since", 5, 70, right=True),
    Column("attempts", "tries", 5, 30, right=True),
    Column("route", "route", 8, 20),
    Column("evidence", "evidence", 11, 15),
    Column("reason", "reason", 24, 50, grows=3),
    Column("next", "next try", 16, 40, grows=1),
)


@lru_cache(8)
def plan(width: int) -> tuple[tuple[Column, int], ...]:
    """Which columns there are in so many cells, and how wide each is."""
    shown = list(COLUMNS)
    room = width - 2
    while len(shown) > 1 and _needed(shown) > room:
        shown.remove(min(shown, key=lambda column: column.keep))
    spare = max(0, room - _needed(shown))
    shares = sum(column.grows for column in shown) or 1
    return tuple((column, column.least + spare * column.grows // shares) for column in shown)


def _needed(shown: list[Column]) -> int:
    return sum(column.least + GAP for column in shown) - GAP


class MailHead(Lines):
    """The names of the columns."""

    def draw(self, width: int) -> list[Line]:
        spans = [MARGIN]
        for column, size in plan(width):
            spans += [*columns([(Span(column.title, "faint"), -size if column.right else size)]), Span(" " * GAP)]
        return [Line(spans)]


class MailTable(LineView):
    """Newest at the bottom. It follows its end until a row is chosen; then nothing moves by itself."""

    FOLLOWS = True

    def show(self, view: MailView) -> None:
        blocks: list[Block] = []
        if view.older and view.rows:
            words = f"looked back to {view.looked_to}; k here looks further" if view.looked_to else "k here loads older"
            blocks.append(Block("older", words, selectable=False))
        blocks += [Block(row.key, row) for row in view.rows]
        if not view.rows:
            blocks.append(Block("empty", _nothing(view), selectable=False))
        self.set_blocks(blocks)

    def row(self, key: str = "") -> MailRow | None:
        """The row under the cursor, or with this key."""
        wanted = key or self.cursor
        return next((b.data for b in self.blocks if b.key == wanted and isinstance(b.data, MailRow)), None)

    def go_to(self, key: str) -> None:
        super().go_to(key)
        if key:
            self.following = False

    def _padding(self, total: int) -> int:
        return 0

    @property
    def below(self) -> int:
        """Rows that are under the last line that can be seen."""
        return max(0, self._tops[-1] - self.scroll_offset.y - self.size.height)

    def draw(self, block: Block, width: int) -> list[Line]:
        data = block.data
        if isinstance(data, MailRow):
            return [draw_row(data, width, self.glyphs)]
        if block.key == "older":
            return [Line([MARGIN, Span(str(data), "faint")])]
        assert isinstance(data, tuple)
        return [Line(), *(Line([MARGIN, Span(row, "muted")]) for text in data for row in wrap(text, width - 2))]


def draw_row(row: MailRow, width: int, glyphs: Glyphs) -> Line:
    spans = [MARGIN]
    for column, size in plan(width):
        if column.id == "track":
            spans += track(row.cells, row.role, glyphs)
        else:
            cell = _cell(row, column.id)
            cut = Span(crop_text(cell.text, size, glyphs.more), cell.role)
            spans += columns([(cut, -size if column.right else size)])
        spans.append(Span(" " * GAP))
    return Line(spans[:-1])


def _cell(row: MailRow, id: str) -> Span:
    match id:
        case "sender":
            return said(row.sender, "accent" if row.mine else "muted")
        case "name":
            return said(row.name, "text")
        case "text":
            return said(row.text, "text")
        case "word":
            return Span(row.word, row.role)
        case "attempts":
            return Span(str(row.attempts) if row.attempts else "", "faint")
        case "since" | "time" | "route" | "evidence":
            return said(str(getattr(row, id)), "faint")
        case _:
            return said(str(getattr(row, id)), "muted")


def _nothing(view: MailView) -> tuple[str, ...]:
    if not view.ready:
        return ("Looking.",)
    if not view.narrowed:
        return ("No message is on its way to an agent, and none ever was.", "1 goes to the deck; there m writes one.")
    if view.older:
        return (f"None as far back as {view.looked_to}. k looks further.", "esc shows everything again.")
    return ("Nothing is like that now.", "esc shows everything again.")
