"""What agents are doing, live: as cards of what they got, read, edited, ran, asked and said, or their raw screen."""

from __future__ import annotations

from rich.cells import cell_len

from relay_tui.agents.harnesses.framing import parse_all
from relay_tui.core.session import TranscriptEntry
from relay_tui.tui.drawing.glyphs import Glyphs
from relay_tui.tui.drawing.ink import Line, Span, crop, crop_text, said, spread, wrap
from relay_tui.tui.view.deck import TranscriptView
from relay_tui.tui.widgets.lineview import Block, LineView
from relay_tui.tui.words.people import YOU

LEAST_HEIGHT = 7
"""Rows below which a card says too little."""
MARGIN = Span(" ")
TEXT_AT = 7
VERB_AT = 13


def slots(height: int, agents: int) -> int:
    """How many cards fit into `height` rows."""
    return max(1, min(agents, height // LEAST_HEIGHT)) if agents else 0


class Transcripts(LineView):
    """Cards of equal height, one under the other."""

    def show(self, views: list[TranscriptView]) -> None:
        self._views = views
        height = self.size.height
        count = slots(height, len(views))
        blocks = []
        for index, view in enumerate(views[:count]):
            rows = height // count + (1 if index < height % count else 0)
            blocks.append(Block(view.agent_id, view, extra=rows))
        if not blocks:
            blocks.append(Block("none", None, selectable=False, extra=height))
        self.set_blocks(blocks)

    _views: list[TranscriptView] = []  # noqa: RUF012

    def on_resize(self, event: object) -> None:
        self.show(self._views)

    @property
    def room(self) -> int:
        """How many cards are worth filling."""
        return max(1, self.size.height // LEAST_HEIGHT)

    def draw(self, block: Block, width: int) -> list[Line]:
        if not isinstance(block.data, TranscriptView):
            return [Line([MARGIN, Span("no agent to watch yet", "muted")])]
        assert isinstance(block.extra, int)
        return draw_transcript(block.data, width, block.extra, self.glyphs)


def draw_transcript(view: TranscriptView, width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """Exactly `height` lines: a head, then the newest of what there is."""
    head = [
        Span(f"{glyphs.state(view.glyph)} ", view.role),
        said(view.name, "text!"),
        Span(" "),
        said(view.harness, "muted"),
        Span("  "),
        said(view.state, view.role),
    ]
    right = [Span(("pinned  " if view.pinned else "") + view.right, "faint"), MARGIN]
    lines = [Line([MARGIN, *spread(head, right, width - 1, glyphs.more)], "panel")]
    room = max(0, height - 2)
    if view.raw is not None:
        body = _raw(view, width, room)
    elif view.entries:
        body = _entries(view, width, room, glyphs)
    else:
        body = [Line([MARGIN, Span(view.note, "faint")])]
    lines += body[-room:] if room else []
    lines += [Line() for _ in range(height - len(lines))]
    return lines[:height]


def _entries(view: TranscriptView, width: int, room: int, glyphs: Glyphs) -> list[Line]:
    out: list[list[Line]] = []
    count = 0
    for entry, time in zip(reversed(view.entries), reversed(view.times), strict=False):
        lines = draw_entry(entry, time, width, glyphs, view.me)
        out.append(lines)
        count += len(lines)
        if count >= room:
            break
    return [line for lines in reversed(out) for line in lines]


def draw_entry(entry: TranscriptEntry, time: str, width: int, glyphs: Glyphs, me: str) -> list[Line]:
    """What an agent did or said, with its time. `me`: the operator's name, drawn as `you`."""
    stamp = Span(time.ljust(TEXT_AT - 1), "faint")
    if entry.kind in ("text", "status"):
        rows = wrap(entry.text, width - TEXT_AT - 2, 8)
        role = "text" if entry.kind == "text" else "faint"
        return [
            Line([MARGIN, stamp if index == 0 else Span(" " * (TEXT_AT - 1)), MARGIN, Span(row, role)])
            for index, row in enumerate(rows[:8])
        ]
    verb = Span(entry.kind.ljust(VERB_AT - TEXT_AT), "need" if entry.kind == "asks" else "muted")
    right = _result(entry)
    room = width - VERB_AT - 3 - sum(cell_len(span.text) + 1 for span in right)
    left = [MARGIN, stamp, MARGIN, verb, *crop(_said(entry, me), room, glyphs.more)]
    return [Line([*spread(left, right, width - 1, glyphs.more), MARGIN])]


def _said(entry: TranscriptEntry, me: str) -> list[Span]:
    """The first line of what it was about; of a message, with whom it was exchanged before it."""
    messages = parse_all(entry.text) if entry.kind == "got" else []
    if messages:
        framed, others = messages[0], len(messages) - 1
        words = "rings: it waits to be read" if framed.bell else _first_line(framed.text)
        return [
            said(YOU if framed.sender == me else framed.sender, "accent"),
            Span("  "),
            *([Span(f"+{others} more  ", "muted")] if others else []),
            said(words, "text"),
        ]
    line = said(_first_line(entry.text), "text")
    if entry.kind == "sent" and entry.detail.get("to"):
        to = str(entry.detail["to"])
        return [said(YOU if me and to.removeprefix("@") == me else to, "accent"), Span("  "), line]
    return [Span(line.text, "accent")] if entry.kind in ("got", "sent") else [line]


def _first_line(text: str) -> str:
    return text.strip().split("\n", 1)[0]


def _result(entry: TranscriptEntry) -> list[Span]:
    """What an edit or a run came to, from whatever the transcript says of it."""
    detail = entry.detail
    if entry.kind == "edit" and ("added" in detail or "removed" in detail):
        added, removed = detail.get("added", 0), detail.get("removed", 0)
        return [said(f"+{added}", "ok"), Span(" "), said(f"−{removed}", "fault" if removed else "muted")]
    if entry.kind == "run" and detail.get("result"):
        result = str(detail["result"])
        bad = "fail" in result.lower() or "error" in result.lower()
        return [said(crop_text(result, 24), "fault" if bad else "ok")]
    return []


def _raw(view: TranscriptView, width: int, room: int) -> list[Line]:
    rows = list(view.raw or ())
    while rows and not "".join(text for text, _ in rows[-1]).strip():
        rows.pop()
    return [Line([MARGIN, *(said(text, role or "text") for text, role in row)]) for row in rows[-room:]]
