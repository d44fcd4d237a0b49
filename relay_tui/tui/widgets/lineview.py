"""One list for everything that is long: records are drawn to lines only when they are seen.

Invariants. The view never moves under a reader: it follows the end only while it stands there, else the record at its
top stays where it is, whatever is added, taken away or grows. A record is drawn again only when it has changed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from operator import is_

from rich.segment import Segment
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from relay_tui.tui.drawing.ink import Line
from relay_tui.tui.turn import Turn
from relay_tui.tui.widgets.inked import CURSOR_FOCUSED, CURSOR_RESTING, Inked

WHEEL = 3
"""Lines that one notch of the wheel moves."""
MARKED = "+"
"""Added to a ground where the record is marked."""


@dataclass(slots=True)
class Block:
    """A record of the list. Equal `data` under the same `key` draws the same lines."""

    key: str
    data: object
    selectable: bool = True
    extra: Hashable = None
    """What else its picture depends on."""


@dataclass(slots=True)
class _Drawn:
    block: Block
    lines: list[Line]
    strips: dict[tuple[int, str], Strip] = field(default_factory=dict[tuple[int, str], Strip])


class LineView(Inked, ScrollView, can_focus=True, inherit_bindings=False):
    """A scrolling list of records with a cursor. Subclasses say how one is drawn."""

    FOLLOWS = False
    """Stands at its end and is bottom-anchored; else at its beginning."""
    leads = False
    """What has the focus is about the record under the cursor: it is drawn as if the focus were here."""
    CURSOR_STAYS = False
    """The cursor is always on some record, also without the focus."""

    @dataclass
    class CursorMoved(Message):
        """The cursor went to another record, or (`key` empty) away."""

        view: LineView
        key: str

    @dataclass
    class Opened(Message):
        """A record was clicked a second time."""

        view: LineView
        key: str

    @dataclass
    class LinkOpened(Message):
        """A line was clicked that leads somewhere of its own."""

        view: LineView
        key: str
        link: str

    @dataclass
    class Pressed(Message):
        """The operator clicked into this view."""

        view: LineView

    @dataclass
    class BottomReached(Message):
        """A reader came to the last line of what is not all there is."""

        view: LineView

    @dataclass
    class TopReached(Message):
        """A reader came to the first line: there may be more to load."""

        view: LineView

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.blocks: list[Block] = []
        self.more_below = False
        """There is more than `blocks`; its end is not the end, and is not followed."""
        self.cursor = ""
        self.following = self.FOLLOWS
        self.marked: set[str] = set()
        """Keys of the records that the operator has marked."""
        self._drawn: dict[str, _Drawn] = {}
        self._order: list[_Drawn] = []
        """What is drawn, top to bottom; `blocks` is ahead of it while the widget has no size."""
        self._tops: list[int] = [0]
        """Virtual row at which each block begins; one more, the total."""
        self._drawn_width = -1
        self._pad = 0

    # What subclasses give

    def draw(self, block: Block, width: int) -> list[Line]:
        raise NotImplementedError

    # Content

    def set_blocks(self, blocks: Sequence[Block]) -> None:
        """Show these records. The cursor stays on its record; without it, it moves to the one that took its place."""
        before = [block.key for block in self.blocks]
        self.blocks = list(blocks)
        if self.cursor and not any(block.key == self.cursor for block in self.blocks):
            self._place_cursor_after_loss(before)
        self._lay_out()

    def _place_cursor_after_loss(self, before: list[str]) -> None:
        keys = {block.key for block in self.blocks if block.selectable}
        place = before.index(self.cursor) if self.cursor in before else 0
        after = [key for key in before[place:] if key in keys]
        ahead = [key for key in reversed(before[:place]) if key in keys]
        self.cursor = (after or ahead or [""])[0] if self.CURSOR_STAYS else ""
        self.post_message(self.CursorMoved(self, self.cursor))

    def _lay_out(self, resized: bool = False) -> None:
        width = self.scrollable_content_region.width or self.size.width
        if width <= 0:
            return
        anchor = self._anchor()
        if width != self._drawn_width:
            self._drawn.clear()
            self._drawn_width = width
        drawn: dict[str, _Drawn] = {}
        for block in self.blocks:
            known = self._drawn.get(block.key)
            if known is None or known.block != block:
                known = _Drawn(block, self.draw(block, width))
            drawn[block.key] = known
        order = list(drawn.values())
        same = len(order) == len(self._order) and all(map(is_, order, self._order))
        if same and not resized and self.virtual_size.width == width and self._pad == self._padding(self._tops[-1]):
            return
        self._drawn, self._order = drawn, order
        self._tops = list(accumulate((len(known.lines) for known in self._order), initial=0))
        self._resize_to_content(width)
        self._restore(anchor)
        self.refresh()

    def _resize_to_content(self, width: int) -> None:
        total = self._tops[-1]
        self._pad = self._padding(total)
        # How long it is shows nowhere else, not even in a scrollbar: the screen need not be laid out again for it.
        self.set_reactive(LineView.virtual_size, Size(width, total + self._pad))  # type: ignore[arg-type]

    def _padding(self, total: int) -> int:
        """Empty rows above a bottom-anchored view that does not fill its window."""
        return max(0, self.size.height - total) if self.FOLLOWS else 0

    def _anchor(self) -> tuple[str, int] | None:
        """The record at the top of the window and how many of its lines are above; None: follow the end."""
        if self.following or not self._order:
            return None
        row = self.scroll_offset.y - self._pad
        index = min(max(0, bisect_right(self._tops, row) - 1), len(self._order) - 1)
        return self._order[index].block.key, row - self._tops[index]

    def _restore(self, anchor: tuple[str, int] | None) -> None:
        if self.following:
            self._jump(self.max_scroll_y)
        elif anchor is not None:
            for index, drawn in enumerate(self._order):
                if drawn.block.key == anchor[0]:
                    self._jump(self._tops[index] + self._pad + anchor[1])
                    return

    def _jump(self, row: int) -> None:
        """Now and without animation; `scroll_to` does nothing while there is no scrollbar yet."""
        self.scroll_target_y = self.scroll_y = max(0, min(row, self.max_scroll_y))

    def redraw(self) -> None:
        """Draw every record again: something that all of them depend on has changed."""
        self._drawn.clear()
        self._lay_out()

    def on_resize(self, event: events.Resize) -> None:
        self._lay_out(resized=True)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        for drawn in self._drawn.values():
            drawn.strips.clear()

    async def draw_ahead(self, blocks: Sequence[Block]) -> None:
        """Draw what `set_blocks` is about to show, in turns with the keys. What is on the screen stays as it is."""
        width, turn = self._drawn_width, Turn()
        for block in blocks if width > 0 else ():
            known = self._drawn.get(block.key)
            if known is None or known.block != block:
                self._drawn[block.key] = _Drawn(block, self.draw(block, width))
                await turn.give_way()
                if width != self._drawn_width:
                    return

    # Painting

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        row = self.scroll_offset.y + y - self._pad
        if row < 0 or row >= self._tops[-1]:
            return Strip.blank(width, self.ink("text"))
        index = bisect_right(self._tops, row) - 1
        drawn = self._order[index]
        number = row - self._tops[index]
        behind = number == len(drawn.lines) - 1 and number > 0 and not drawn.lines[number].text
        ground = "" if behind else self.ground_of(drawn.block)
        marked = number == 0 and drawn.block.key in self.marked
        look = number, f"{ground}{MARKED}" if marked else ground
        strip = drawn.strips.get(look)
        if strip is None or strip.cell_length != width:
            strip = self.paint(drawn.lines[number], width, ground)
            if ground or marked:
                strip = self._with_bar(strip, ground, marked)
            drawn.strips[look] = strip
        strip = strip.apply_offsets(0, row)
        selection = self.text_selection
        return strip if selection is None else self._with_selection(strip, row, selection)

    def ground_of(self, block: Block) -> str:
        """The ground of the cursor where `block` has it, else empty."""
        if block.key != self.cursor:
            return ""
        return CURSOR_FOCUSED if self.has_focus or self.leads else CURSOR_RESTING

    def _with_bar(self, strip: Strip, ground: str, marked: bool) -> Strip:
        role = "accent" if marked or ground == CURSOR_FOCUSED else "faint"
        sign = self.glyphs.mark if marked else self.glyphs.cursor
        return Strip([Segment(sign, self.ink(role, ground)), *strip.crop(1)], strip.cell_length)

    def mark(self, key: str) -> None:
        """Mark a record, or take its mark away."""
        self.marked ^= {key}
        self.refresh()

    def unmark_all(self) -> None:
        self.marked.clear()
        self.refresh()

    def _with_selection(self, strip: Strip, row: int, selection: Selection) -> Strip:
        span = selection.get_span(row)
        if span is None:
            return strip
        start, end = span
        end = strip.cell_length if end == -1 else end
        style = self.screen.get_component_rich_style("screen--selection")
        parts = strip.divide([start, end, strip.cell_length])
        return Strip.join([parts[0], parts[1].apply_style(style), *parts[2:]]) if len(parts) > 1 else strip

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        lines = [line.text.rstrip() for drawn in self._order for line in drawn.lines]
        return selection.extract("\n".join(lines)), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        self.refresh()

    # Moving

    @property
    def at_end(self) -> bool:
        return self.scroll_offset.y >= self.max_scroll_y

    @property
    def last_line_shown(self) -> bool:
        """The end of what is drawn now is on the screen."""
        current = bool(self._order) and self._drawn_width == self.size.width
        return current and self.scroll_offset.y + self.size.height - self._pad >= self._tops[-1]

    def scroll_by(self, rows: int) -> None:
        """A reader's scroll: it decides whether the view follows its end from now on."""
        target = max(0, min(self.max_scroll_y, self.scroll_offset.y + rows))
        self._jump(target)
        self.following = self.FOLLOWS and target >= self.max_scroll_y and not self.more_below
        if self.more_below and rows > 0 and target >= self.max_scroll_y:
            self.post_message(self.BottomReached(self))
        if target == 0 and rows < 0:
            self.post_message(self.TopReached(self))

    def page(self, pages: float) -> None:
        self.scroll_by(int(pages * max(1, self.size.height - 1)))

    def go_to(self, key: str) -> None:
        """Put the cursor on a record and bring it into view; empty: take the cursor away."""
        if key == self.cursor:
            return
        self.cursor = key
        if key:
            self._reveal(key)
        self.post_message(self.CursorMoved(self, key))
        self.refresh()

    def _reveal(self, key: str) -> None:
        index = next((i for i, drawn in enumerate(self._order) if drawn.block.key == key), None)
        if index is None:
            return
        top, bottom = self._tops[index] + self._pad, self._tops[index + 1] + self._pad
        here, height = self.scroll_offset.y, self.size.height
        if top < here or bottom - top > height:
            self.scroll_by(top - here)
        elif bottom > here + height:
            self.scroll_by(bottom - height - here)

    def lay_at(self, key: str, row: int) -> None:
        """Scroll so that this record begins at that row of the window, as far as there is anything to scroll."""
        index = next((i for i, drawn in enumerate(self._order) if drawn.block.key == key), None)
        if index is not None:
            self._jump(self._tops[index] + self._pad - row)

    def move(self, steps: int) -> None:
        """The cursor, by records; the first move upward in a view that follows starts at the end."""
        keys = [block.key for block in self.blocks if block.selectable]
        if not keys:
            self.scroll_by(steps)
        elif self.cursor in keys:
            place = keys.index(self.cursor) + steps
            if place < 0:
                self.post_message(self.TopReached(self))
            elif place >= len(keys) and self.more_below:
                self.post_message(self.BottomReached(self))
            self.go_to(keys[max(0, min(len(keys) - 1, place))])
        else:
            self.go_to(keys[-1] if self.FOLLOWS else keys[0])

    def move_end(self, last: bool) -> None:
        keys = [block.key for block in self.blocks if block.selectable]
        if self.FOLLOWS and last:
            self.go_to("")
            self.following = True
            self._jump(self.max_scroll_y)
        elif keys:
            self.go_to(keys[-1 if last else 0])
            if not last:
                self.scroll_by(-self.scroll_offset.y)
        else:
            self.scroll_by(self.max_scroll_y if last else -self.scroll_offset.y)

    # Mouse

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        event.prevent_default()
        self.scroll_by(-WHEEL)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        event.prevent_default()
        self.scroll_by(WHEEL)

    def on_click(self, event: events.Click) -> None:
        self.post_message(self.Pressed(self))
        row = self.scroll_offset.y + event.y - self._pad
        if not 0 <= row < self._tops[-1]:
            return
        index = bisect_right(self._tops, row) - 1
        block, line = self._order[index].block, self._order[index].lines[row - self._tops[index]]
        if line.link:
            self.go_to(block.key)
            self.post_message(self.LinkOpened(self, block.key, line.link))
            return
        if not block.selectable:
            return
        if block.key == self.cursor:
            self.post_message(self.Opened(self, block.key))
        else:
            self.go_to(block.key)

    def watch_has_focus(self, has_focus: bool) -> None:
        super().watch_has_focus(has_focus)
        self.refresh()

    def plain(self) -> str:
        return "\n".join(line.text for drawn in self._order for line in drawn.lines)
