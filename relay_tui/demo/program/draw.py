"""How the program looks: entries, the input box, the dialog and the footer, as rows of a given width. Pure.

Everything that came from outside goes through `core.text.visible` on its way into a row. An observer reads
the screen by the shapes made here; tests hold them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from relay_tui.core.text import cell_width, fitting, preview, visible
from relay_tui.demo.program.screen import Live
from relay_tui.demo.program.transcript import Entry

RULE = "─"
PROMPT = "❯ "
COMPOSER_ROWS = 8
ENTRY_ROWS = 14
"""Rows of one entry that are drawn; the transcript has all of it."""
QUEUED_ROWS = 3

_STYLES = {
    "plain": "",
    "dim": "2",
    "bold": "1",
    "accent": "34;1",
    "motion": "36",
    "ok": "32",
    "fault": "31",
    "need": "33",
}

Span = tuple[str, str]
"""A style's name and visible text."""


@dataclass(slots=True)
class Dialog:
    """A question that takes every key until it is answered."""

    title: str
    options: Sequence[str]
    marked: int = 0


def paint(*spans: Span) -> str:
    """Spans as one row with SGR; the row ends in the plain style."""
    return "".join(f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if _STYLES[style] else text for style, text in spans)


def wrap(text: str, width: int, *, words: bool = True) -> Iterator[str]:
    """Visible rows of at most `width` cells; `words` breaks at spaces where it can."""
    for line in visible(text).replace("\t", "    ").split("\n"):
        start = 0
        while True:
            end = fitting(line, width, start)
            if words and end < len(line) and line[end] != " ":
                space = line.rfind(" ", start + 1, end)
                end = space if space > 0 else end
            yield line[start:end]
            start = end
            if start >= len(line):
                break
            if words and line[start] == " ":
                start += 1


def _block(lead: Span, style: str, text: str, columns: int) -> list[str]:
    """`text` wrapped behind its lead, further rows under the first; what is too long is counted."""
    indent = cell_width(lead[1])
    rows = list(islice(wrap(text, max(8, columns - indent)), ENTRY_ROWS + 1))
    out = [paint(lead, (style, rows[0]))]
    out += [paint(("plain", " " * indent), (style, row)) for row in rows[1:ENTRY_ROWS]]
    if len(rows) > ENTRY_ROWS:
        out.append(paint(("dim", f"{' ' * indent}… {len(text)} characters, all in the transcript")))
    return out


def entry_rows(entry: Entry, columns: int) -> list[str]:
    """How one entry of the transcript is drawn. Not drawn: states, which the footer shows, and a question in
    a dialog, which is drawn with its answer.
    """
    detail = entry.detail
    if entry.kind == "status" or detail.get("dialog"):
        return []
    if entry.kind == "got":
        return ["", *_block(("accent", "› "), "bold", entry.text, columns)]
    if "choice" in detail:
        asked = _block(("need", "◆ asks  "), "plain", str(detail["title"]), columns)
        return [*asked, *_block(("dim", "  ⎿     "), "dim", entry.text, columns)]
    if entry.role == "system":
        return _block(("dim", "  "), "fault" if detail.get("error") else "dim", entry.text, columns)
    if entry.kind == "text":
        return _block(("plain", "● "), "plain", entry.text, columns)
    if entry.kind == "edit":
        change = [("ok", f"+{detail['added']}"), ("plain", " "), ("fault", f"−{detail['removed']}")]
        path = preview(entry.text, max(8, columns - 26))
        return [paint(("motion", "● "), ("plain", "edit  "), ("plain", f"{path}  "), *change)]
    if entry.kind == "asks":
        return _block(("need", "◆ asks  "), "plain", entry.text, columns)
    if entry.kind == "sent":
        to = preview(str(detail["to"]), min(32, max(4, columns - 24)))
        return _block(("motion", f"● sent  → {to}  "), "plain", entry.text, columns)
    rows = _block(("motion", f"● {entry.kind}".ljust(8)), "plain", entry.text, columns)
    if detail.get("result"):
        rows += _block(("dim", "  ⎿     "), "dim", str(detail["result"]), columns)
    return rows


def _rule(columns: int, note: str = "", name: str = "") -> str:
    """A line across, with a note near its left end and a name near its right end."""
    head = f"{RULE * 3} {preview(note, max(1, columns - 8))} " if note else RULE * 3
    tail = f" {preview(name, 24)} {RULE * 2}" if name else RULE * 2
    fill = columns - cell_width(head) - cell_width(tail)
    if fill < 0:
        head, tail, fill = "", "", columns
    return paint(("dim", f"{head}{RULE * fill}{tail}"))


def composer(text: str, queued: Sequence[str], foot: str, name: str, columns: int) -> Live:
    """Queued inputs, the input box between two rules, and the footer. The end of the text stays in sight."""
    width = max(8, columns - 3)
    tail = text[-COMPOSER_ROWS * width :]
    wrapped = list(wrap(tail, width, words=False))
    elided = len(tail) < len(text) or len(wrapped) > COMPOSER_ROWS
    wrapped = wrapped[-COMPOSER_ROWS:]
    lines = text.count("\n") + 1
    note = (f"{lines} lines, " if lines > 1 else "") + f"{len(text)} characters" if elided else ""
    rows = [""]
    for waiting in queued[:QUEUED_ROWS]:
        rows.append(paint(("need", "  queued  "), ("dim", preview(waiting, max(8, columns - 12)))))
    if len(queued) > QUEUED_ROWS:
        rows.append(paint(("need", "  queued  "), ("dim", f"and {len(queued) - QUEUED_ROWS} more")))
    rows.append(_rule(columns, note, name))
    first = len(rows)
    rows += [
        paint(("accent", "  " if index or elided else PROMPT), ("plain", row)) for index, row in enumerate(wrapped)
    ]
    cursor = (first + len(wrapped) - 1, 2 + cell_width(wrapped[-1]))
    rows += [_rule(columns), paint(("dim", preview(f"  {foot}", columns)))]
    return Live(rows, cursor)


def dialog(asked: Dialog, foot: str, columns: int) -> Live:
    """A box with the question and its choices, in place of the input box."""
    inner = max(16, min(columns, 78) - 4)
    rows = ["", paint(("need", f"╭─ needs an answer {RULE * max(0, inner - 16)}╮"))]

    def boxed(style: str, text: str) -> str:
        padding = " " * max(0, inner - cell_width(text))
        return paint(("need", "│ "), (style, text), ("plain", padding), ("need", " │"))

    rows += [boxed("bold", row) for row in islice(wrap(asked.title, inner), ENTRY_ROWS)]
    rows.append(boxed("plain", ""))
    for index, option in enumerate(asked.options):
        marked = index == asked.marked
        line = f"{PROMPT if marked else '  '}{index + 1}. {preview(option, inner - 5)}"
        rows.append(boxed("accent" if marked else "plain", line))
    rows.append(paint(("need", f"╰{RULE * (inner + 2)}╯")))
    rows.append(paint(("dim", preview(f"  {foot}", columns))))
    return Live(rows)
