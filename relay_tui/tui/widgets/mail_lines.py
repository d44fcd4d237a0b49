"""What stands around the table of deliveries: what it is narrowed to, how deliveries went, what the cursor is on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from relay_tui.tui.drawing.glyphs import Glyphs
from relay_tui.tui.drawing.ink import Line, Span, columns, crop, said, spread, width_of
from relay_tui.tui.view.mail import MailRow, MailView, Track
from relay_tui.tui.widgets.inked import Lines
from relay_tui.tui.widgets.lineview import Block, LineView

_Together = Callable[[Sequence[int]], int]
MARGIN = Span(" ")
NAME = 12
LEAST_BARS = 12
"""In fewer cells bars say nothing."""


class MailBar(Lines):
    """Title, and what is on of the filters."""

    view = MailView()
    note = ""

    def show(self, view: MailView, note: str) -> None:
        before = (self.view.narrowed, self.note)
        self.view = view
        if (view.narrowed, note) != before:
            self.note = note
            self.redraw()

    def draw(self, width: int) -> list[Line]:
        left = [MARGIN, Span("mail", "text!"), Span("  ")]
        for narrowing in self.view.narrowed:
            left += [said(narrowing.words, "accent"), Span("  ")]
        if not self.view.narrowed:
            left.append(Span("every delivery, the newest below", "muted"))
        return [Line(spread(left, [Span(self.note, "faint"), MARGIN], width, self.glyphs.more))]


class PaceLine(Lines):
    """One line: how the deliveries that are listed went."""

    tracks: Sequence[Track] = ()
    span = ""

    def show(self, view: MailView) -> None:
        if (list(view.tracks), view.span) != (list(self.tracks), self.span):
            self.tracks, self.span = list(view.tracks), view.span
            self.redraw()

    def draw(self, width: int) -> list[Line]:
        if not self.tracks:
            return [Line([MARGIN, Span(f"{self.span or 'last hour'}: nothing was due", "faint")])]
        one = self.tracks[0]
        right = [Span("  "), *_counts(one), MARGIN]
        head = [MARGIN, Span(f"{self.span}  ", "faint")]
        room = width - width_of(right) - width_of(head) - 2
        bars = spark(one.due, one.bad, min(60, room), self.glyphs) if room >= LEAST_BARS else []
        if not bars:
            right = [Span("  "), *_counts(one, half=False), MARGIN]
        return [Line(spread([*head, *bars], right, width))]


class Tracks(LineView):
    """Two lines for every agent: what was due when, and how long it took."""

    span = ""

    def show(self, view: MailView) -> None:
        self.span = view.span
        counts = max((width_of(_counts(track, half=False)) for track in view.tracks), default=0)
        self.set_blocks([Block(track.agent_id or "every", track, extra=counts) for track in view.tracks])

    def draw(self, block: Block, width: int) -> list[Line]:
        track = block.data
        assert isinstance(track, Track)
        counts = block.extra if isinstance(block.extra, int) else 0
        steps = min(60, max(LEAST_BARS, width - NAME - counts - 10))
        due = [
            MARGIN,
            *columns([(said(track.name, "text!"), NAME), (Span("due", "faint"), 5)]),
            *spark(track.due, track.bad, steps, self.glyphs),
        ]
        lines = [Line(), Line(spread(due, [*_counts(track, half=False), MARGIN], width, self.glyphs.more))]
        if any(track.slow):
            half = [
                MARGIN,
                *columns([(Span(""), NAME), (Span("p50", "faint"), 5)]),
                *spark(track.slow, (), steps, self.glyphs, max),
            ]
            lines.append(Line(spread(half, [Span(f"half within {track.p50}", "muted"), MARGIN], width)))
        return lines


class Detail(Lines):
    """What the row under the cursor does not show for want of room; or news."""

    row: MailRow | None = None
    hint = ""
    flash = Span("")

    def show(self, row: MailRow | None, hint: str) -> None:
        """`hint`: said while there is no row."""
        if (row, hint) != (self.row, self.hint):
            self.row, self.hint = row, hint
            self.redraw()

    def say(self, text: str, role: str = "text") -> None:
        self.flash = said(text, role)
        self.redraw()

    def draw(self, width: int) -> list[Line]:
        more = self.glyphs.more
        if self.flash.text:
            return [Line(crop([MARGIN, self.flash], width - 1, more))]
        row = self.row
        if row is None:
            return [Line([MARGIN, Span(self.hint, "faint")])]
        parts = [
            [said(row.name, "text!"), Span(f" {row.word}", row.role)],
            [said(row.reason, "muted")],
            [Span("next try ", "faint"), said(row.next, "muted")] if row.next else [],
            [
                Span(f"{row.attempts} tries by " if row.attempts != 1 else "one try by ", "faint"),
                said(row.route, "muted"),
            ]
            if row.attempts
            else [],
        ]
        spans = [MARGIN]
        for part in parts:
            if part and width_of(part):
                spans += [*([Span("   ")] if len(spans) > 1 else []), *part]
        return [Line(crop(spans, width - 1, more))]


def spark(
    values: Sequence[int], bad: Sequence[int], width: int, glyphs: Glyphs, together: _Together = sum
) -> list[Span]:
    """A line of small bars, the newest at the right, in as many cells; where something went wrong, in its colour.

    `together`: what several steps are in one cell.
    """
    if not values:
        return [Span(" " * width)]
    per = max(1, -(-len(values) // width))
    heights = _folded(values, per, together)
    faults = _folded(bad, per, sum) if bad else [0] * len(heights)
    most = max(heights) or 1
    top = len(glyphs.spark) - 1
    out: list[Span] = []
    for height, fault in zip(heights, faults, strict=True):
        sign = glyphs.spark[0] if not height else glyphs.spark[max(1, round(height / most * top))]
        role = "line" if not height else "need" if fault else "muted"
        if out and out[-1].role == role:
            out[-1] = Span(out[-1].text + sign, role)
        else:
            out.append(Span(sign, role))
    return out


def _folded(values: Sequence[int], per: int, together: _Together) -> list[int]:
    """So many at a time, counted from the end."""
    ends = range(len(values), 0, -per)
    return [together(values[max(0, end - per) : end]) for end in ends][::-1]


def _counts(track: Track, half: bool = True) -> list[Span]:
    parts = [[Span(f"{track.total} due", "muted")], [Span(f"{track.delivered} delivered", "muted")]]
    if track.unverified:
        parts.append([Span(f"{track.unverified} unverified", "need")])
    if track.failed:
        parts.append([Span(f"{track.failed} failed", "fault")])
    if half and track.p50:
        parts.append([Span("half within ", "faint"), Span(track.p50, "muted")])
    return [span for index, part in enumerate(parts) for span in ([Span("  "), *part] if index else part)]
