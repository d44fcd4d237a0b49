"""The messages of a channel, a conversation or a thread, oldest above, the newest at the bottom."""

from __future__ import annotations

from textual import events

from relay_tui.tui.drawing.glyphs import Glyphs
from relay_tui.tui.drawing.ink import Line, Span, cells, crop, said, spread, with_names, wrap
from relay_tui.tui.view.deck import ConversationView, MessageRow
from relay_tui.tui.widgets import marks
from relay_tui.tui.widgets.enclosed import enclosed_lines
from relay_tui.tui.widgets.footer import Chosen
from relay_tui.tui.widgets.hit_list import highlighted
from relay_tui.tui.widgets.inked import Lines
from relay_tui.tui.widgets.ladder import folded, opened
from relay_tui.tui.widgets.lineview import Block, LineView

INDENT = 7
"""Time 5, gutter 2: where a message's text begins."""
BODY_WIDTH = 72
BODY_ROWS = 40
"""Rows of one message that are shown in a conversation; its thread shows more."""
WHOLE_ROWS = 2_000
"""Rows of one message that are shown in its thread: a million characters must not stop the screen."""
MARGIN = Span(" ")
COUNTED = {"pinned": "pinned", "thread": "threads", "threads": "threads", "member": "members", "members": "members"}
"""Which act shows what the title counts."""


class Title(Lines):
    """Name and topic of what is shown, and how many take part."""

    view = ConversationView()

    def show(self, view: ConversationView) -> None:
        known = (self.view.title, self.view.topic, self.view.right)
        self.view = view
        if known != (view.title, view.topic, view.right):
            self.redraw()

    def draw(self, width: int) -> list[Line]:
        left = [MARGIN, said(self.view.title, "text!"), Span("  "), said(self.view.topic, "muted")]
        right = self.view.right.replace("·", self.glyphs.dot)
        return [Line(spread(left, [Span(right, "faint"), MARGIN], width, self.glyphs.more))]

    def on_click(self, event: events.Click) -> None:
        """What is counted there is shown by a click; anywhere else, everything that can be done."""
        event.stop()
        at = self.size.width - 1
        for part in reversed(self.view.right.split("·")):
            if at - cells(part) <= event.x < at:
                word = part.split()[-1]
                self.post_message(Chosen(COUNTED.get(word, "palette")))
                return
            at -= cells(part) + 1
        self.post_message(Chosen("palette"))


class Conversation(LineView):
    """Bottom-anchored; follows its end until a reader moves away from it."""

    FOLLOWS = True
    whole = False
    """It is a thread: long messages are shown in full."""
    terms: tuple[str, ...] = ()
    """What was searched for, in lower case: it is marked wherever it is said."""

    async def prepare(self, view: ConversationView) -> None:
        """Have drawn what `show` is about to show, in turns with the keys."""
        await self.draw_ahead(_blocks(view))

    def show(self, view: ConversationView) -> None:
        """Draw these messages, with the line above the first new one; a changed conversation starts at its end."""
        self.more_below = view.newer
        self.set_blocks(_blocks(view))

    def highlight(self, terms: tuple[str, ...]) -> None:
        if terms != self.terms:
            self.terms = terms
            self.redraw()

    def aim(self, message_id: str) -> bool:
        """Put the cursor on this message, a third down the window; False: it is not among what is loaded."""
        if all(block.key != message_id for block in self.blocks):
            return False
        self.following = False
        self.go_to("")
        self.go_to(message_id)
        self.lay_at(message_id, self.size.height // 3)
        return True

    def start(self, whole: bool) -> None:
        """Another conversation: from its end."""
        if whole != self.whole:
            self.whole = whole
            self._drawn.clear()
        self.unmark_all()
        self.start_at_end()

    def start_at_end(self) -> None:
        self.cursor = ""
        self.following = True

    def draw(self, block: Block, width: int) -> list[Line]:
        data = block.data
        if isinstance(data, MessageRow):
            head, *rest = draw_message(data, width, self.glyphs, WHOLE_ROWS if self.whole else BODY_ROWS)
            if self.terms:
                rest = [Line(highlighted(line.spans, self.terms), line.ground) for line in rest]
            return [head, *rest]
        if block.key == "new":
            return [_new_line(str(data), width, self.glyphs)]
        assert isinstance(data, tuple)
        lines = [part for text in data for part in ([text] if "`" in text or not text else wrap(text, width - 2))]
        return [*(Line(crop([MARGIN, *_taught(text)], width - 1, self.glyphs.more)) for text in lines), Line()]

    def row(self, message_id: str = "") -> MessageRow | None:
        """The message under the cursor, or the last one; with an id, that one."""
        wanted = message_id or self.cursor
        rows = [block.data for block in self.blocks if isinstance(block.data, MessageRow)]
        if wanted:
            return next((row for row in rows if row.id == wanted), None)
        return rows[-1] if rows else None


def _blocks(view: ConversationView) -> list[Block]:
    blocks: list[Block] = []
    for row in view.rows:
        if row.id == view.new_from:
            blocks.append(Block("new", view.new_label, selectable=False))
        blocks.append(Block(row.id, row))
    if not blocks and view.teach:
        blocks.append(Block("teach", view.teach, selectable=False))
    return blocks


def _taught(text: str) -> list[Span]:
    """A line of an empty state; what is between backticks can be typed."""
    return [said(part, "text!" if index % 2 else "muted") for index, part in enumerate(text.split("`"))]


def _new_line(label: str, width: int, glyphs: Glyphs) -> Line:
    room = max(0, width - 4 - len(label))
    left = room // 2
    return Line(
        [
            MARGIN,
            Span(glyphs.rule * left, "line"),
            Span(f" {label} ", "accent"),
            Span(glyphs.rule * (room - left), "line"),
        ]
    )


def draw_message(row: MessageRow, width: int, glyphs: Glyphs, limit: int = BODY_ROWS) -> list[Line]:
    """Head, body, deliveries, replies and a blank line, for a view of `width` cells."""
    inner = max(10, width - 2)
    indent = INDENT if inner >= 40 else 2
    head = [
        Span(row.time.ljust(INDENT), "faint"),
        said(row.sender, "accent!" if row.mine else "text!"),
        Span(f" {glyphs.arrow} ", "muted"),
        said(row.to, "muted"),
        *marks.after_head(row, glyphs),
    ]
    if row.deleted:
        head = [span if span.role == "faint" else Span(span.text, "muted") for span in head]
    lines = [Line([MARGIN, *spread(head, folded(row, glyphs), inner, glyphs.more)])]
    margin = Span(" " * (indent + 1))
    body = wrap(row.text, min(BODY_WIDTH, inner - indent), limit) if not row.deleted else []
    for text in body[:limit]:
        lines.append(Line([margin, *with_names(text, row.names)]))
    if len(body) > limit:
        more = (
            " shows more of this message" if limit == BODY_ROWS else f" of {len(row.text):,} characters; y copies all"
        )
        lines.append(Line([margin, Span("t" if limit == BODY_ROWS else "cut", "text!"), Span(more, "faint")]))
    lines += enclosed_lines(row, margin, inner - indent, glyphs)
    reacted = marks.reactions(row, min(BODY_WIDTH, inner - indent), glyphs)
    if reacted is not None:
        lines.append(Line([margin, *reacted.spans]))
    for line in opened(row.deliveries, inner - indent, glyphs):
        lines.append(Line([margin, *line.spans]))
    if row.wants:
        lines.append(Line([margin, Span(row.wants, row.wants_role)]))
    if row.rest:
        lines.append(Line([margin, Span(row.rest, "faint")]))
    if row.replies:
        lines.append(Line([margin, *marks.replies(row, glyphs).spans]))
    lines.append(Line())
    return lines
