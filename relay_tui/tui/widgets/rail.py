"""The rail: what needs a person, channels, direct conversations, agents. One list with one cursor."""

from __future__ import annotations

from rich.cells import cell_len

from relay_tui.tui.drawing.ink import Line, Span, columns, said, spread
from relay_tui.tui.view.deck import AgentRow, ChannelRow, DeckView, DirectRow, NeedRow
from relay_tui.tui.view.talk import ThreadRow
from relay_tui.tui.widgets.lineview import Block, LineView

MARGIN = Span(" ")
NAME_AT_MOST = 14
AGE_WIDTH = 4
CONTEXT_WIDTH = 5
COUNTED = {"needs": "NEEDS YOU", "agents": "AGENTS", "threads": "THREADS"}
NEARLY_FULL = 80
"""Per cent of context from which on it is worth a look."""


class Rail(LineView):
    """Rows keep their order while the cursor is among them; the store sorts only what the cursor is not in."""

    CURSOR_STAYS = True
    current = ""
    """Id of the conversation that is open."""

    def show(self, view: DeckView) -> None:
        self.current = view.conversation.id
        names = min(NAME_AT_MOST, max((cell_len(row.name) for row in view.agents), default=8))
        words = max((len(row.word) for row in view.agents), default=7)
        contexts = any(row.context for row in view.agents)
        blocks: list[Block] = []
        if view.needs:
            blocks.append(Block("h:needs", ("needs", len(view.needs), view.oldest), False))
            blocks += [Block(f"need:{row.key}", row) for row in view.needs]
        if view.snoozed:
            blocks.append(Block("snoozed:", view.snoozed))
        if blocks:
            blocks.append(Block("gap:needs", None, False))
        blocks.append(Block("h:channels", ("channels", 0, ""), False))
        blocks += [Block(f"channel:{row.id}", row, extra=row.id == self.current) for row in view.channels]
        if view.direct:
            blocks += [Block("gap:direct", None, False), Block("h:direct", ("direct", 0, ""), False)]
            blocks += [Block(f"direct:{row.id}", row, extra=row.id == self.current) for row in view.direct]
        if view.threads:
            unread = sum(row.unread for row in view.threads)
            blocks += [Block("gap:threads", None, False), Block("h:threads", ("threads", unread, ""), False)]
            blocks += [
                Block(f"thread:{row.root_id}", row, extra=self.current == f"thread:{row.root_id}")
                for row in view.threads
            ]
        blocks.append(Block("gap:agents", None, False))
        blocks.append(Block("h:agents", ("agents", len(view.agents), "ctx" if contexts else ""), False))
        blocks += [Block(f"agent:{row.id}", row, extra=(names, words, contexts)) for row in view.agents]
        self.set_blocks(blocks)

    def draw(self, block: Block, width: int) -> list[Line]:
        data = block.data
        if isinstance(data, NeedRow):
            return self._need(data, width)
        if isinstance(data, ChannelRow):
            return [self._place("#", data.name, self._unread(data), width, bool(block.extra), data.unread > 0)]
        if isinstance(data, DirectRow):
            unread = [Span(str(data.unread), "accent!")] if data.unread else []
            return [self._place("@", data.title, unread, width, bool(block.extra), data.unread > 0)]
        if isinstance(data, ThreadRow):
            title = f"{data.where}  {data.title}" if data.where else data.title
            unread = [Span(str(data.unread), "accent!")]
            return [self._place(self.glyphs.replies, title, unread, width, bool(block.extra), False)]
        if isinstance(data, AgentRow):
            names, words, contexts = block.extra  # type: ignore[misc]
            return [self._agent(data, width, names, words, contexts)]
        if isinstance(data, str):
            return [Line([MARGIN, *spread([Span(data, "muted")], [], width - 2, self.glyphs.more)])]
        if isinstance(data, tuple):
            kind, count, note = data
            return [self._heading(kind, count, note, width)]
        return [Line()]

    def _heading(self, kind: str, count: int, note: str, width: int) -> Line:
        role = "need!" if kind == "needs" else "muted!"
        title = {"needs": f"NEEDS YOU {count}", "agents": f"AGENTS {count}", "threads": f"THREADS {count}"}.get(
            kind, kind.upper()
        )
        right: list[Span] = []
        if kind == "needs":
            right = [Span(f"oldest {note}", "faint")]
        elif kind == "agents" and count:
            right = [Span("since", "faint"), *([Span(note.rjust(CONTEXT_WIDTH), "faint")] if note else [])]
        return Line([MARGIN, *spread([Span(title, role)], right, width - 2), MARGIN])

    def _need(self, row: NeedRow, width: int) -> list[Line]:
        head = [
            Span(self.glyphs.state(row.glyph), row.role),
            Span(" "),
            said(row.name, "text!"),
            Span("  "),
            Span(row.what, row.role),
        ]
        age = [Span(row.age, row.role if row.literal else "muted")]
        line = [Span("  "), said(row.line, "text" if row.literal else "muted")]
        more = self.glyphs.more
        return [
            Line([MARGIN, *spread(head, age, width - 2, more), MARGIN]),
            Line([MARGIN, *spread(line, [], width - 2, more)]),
        ]

    def _unread(self, row: ChannelRow) -> list[Span]:
        if not row.member:
            return [Span("left", "faint")]
        out = [Span(f"@{row.mentions}", "accent!")] if row.mentions else []
        if row.muted:
            return [*out, Span(" muted" if out else "muted", "faint")]
        if row.unread:
            out.append(Span(str(row.unread).rjust(3), "text" if row.mentions else "faint"))
        return out

    def _place(self, sign: str, name: str, right: list[Span], width: int, here: bool, unread: bool) -> Line:
        role = "text!" if here or unread else "muted"
        left = [Span(f"{sign} ", "accent" if here else "muted"), said(name, role)]
        line = [MARGIN, *spread(left, right, width - 2, self.glyphs.more), MARGIN]
        return Line(line, "panel" if here else "")

    def _agent(self, row: AgentRow, width: int, names: int, words: int, contexts: bool) -> Line:
        taken = 4 + AGE_WIDTH + 1 + (CONTEXT_WIDTH if contexts else 0)
        names = max(4, min(names, width - taken - words - 1))
        full = row.context.rstrip("%").isdigit() and int(row.context.rstrip("%")) >= NEARLY_FULL
        left = [
            Span(self.glyphs.state(row.glyph), row.role),
            Span(" "),
            *columns(
                [(said(row.name, "text" if row.bright else "muted"), names + 1), (Span(row.word, row.role), words)]
            ),
        ]
        right = [Span(row.age.rjust(AGE_WIDTH), "faint")]
        if contexts:
            right.append(Span(row.context.rjust(CONTEXT_WIDTH), "need" if full else "faint"))
        return Line([MARGIN, *spread(left, right, width - 2, self.glyphs.more), MARGIN])
