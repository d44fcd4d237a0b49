"""Lines of the screen as plain data: runs of text with a role, on a ground. Knows neither colours nor widgets.

Text that came from outside is made visible in here (`said`, `wrap`), so that no caller can forget it: a control
character cannot be in a `Span` that was made by these functions.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from rich.cells import cell_len

from relay_tui.core.text import visible

TAB = "    "


class Span(NamedTuple):
    """A run of text in one role. A role that ends in `!` is strong: names, keys, unread."""

    text: str
    role: str = "text"


@dataclass(slots=True)
class Line:
    spans: list[Span] = field(default_factory=list[Span])
    ground: str = ""
    """Empty: the widget's own."""
    link: str = ""
    """What a click on it opens; empty: what a click on its record does."""

    @property
    def text(self) -> str:
        return "".join(span.text for span in self.spans)


_TONES = "[\U0001f3fb-\U0001f3ff]"
_TONE_OF_AN_EMOJI = re.compile(f"(?<=[^\\x00-\\x7f]){_TONES}+")
_TONE = re.compile(_TONES)


def _steady(text: str, exact: bool = False) -> str:
    """Visible text without skin tones: terminals draw one in no cell or in two, and what is behind it would be moved.

    `exact`: nothing may be left out, so they are spelled; so is one that colours no emoji.
    """
    if text.isascii():
        return text
    if not exact:
        text = _TONE_OF_AN_EMOJI.sub("", text)
    return _TONE.sub(lambda tone: f"‹U+{ord(tone[0]):04X}›", text)


def said(text: str, role: str = "text") -> Span:
    """One line of somebody else's words, made visible."""
    return Span(_steady(visible(text, keep="")), role)


def width_of(spans: Iterable[Span]) -> int:
    """In terminal cells."""
    return sum([cells(span.text) for span in spans])


def cells(text: str) -> int:
    """How wide `text` is on a terminal. Most of it is ASCII, where looking each character up is not needed."""
    return len(text) if text.isascii() and text.isprintable() else cell_len(text)


def crop_text(text: str, width: int, more: str = "…") -> str:
    """`text` in at most `width` cells, its end replaced by `more` where it did not fit."""
    if cells(text) <= width:
        return text
    if width <= 0:
        return ""
    if text.isascii() and text.isprintable():
        return text[: width - 1] + more
    used, end = 0, 0
    for end, char in enumerate(text):  # noqa: B007
        used += cell_len(char)
        if used > width - 1:
            break
    return text[:end] + more


def crop(spans: Sequence[Span], width: int, more: str = "…") -> list[Span]:
    """`spans` in at most `width` cells."""
    out: list[Span] = []
    left = width
    for index, span in enumerate(spans):
        wide = cells(span.text)
        last = index == len(spans) - 1
        if wide < left or (wide == left and last):
            out.append(span)
            left -= wide
            continue
        out.append(Span(crop_text(span.text, left, more) if wide > left else span.text, span.role))
        break
    return out


def spread(left: Sequence[Span], right: Sequence[Span], width: int, more: str = "…") -> list[Span]:
    """`left` and, at the right edge, `right`. What is on the right is never cropped while the left can be."""
    taken = width_of(right)
    if taken >= width:
        return crop(right, width, more)
    room = width - taken - (1 if right else 0)
    fitted = crop(left, room, more)
    gap = width - taken - width_of(fitted)
    return [*fitted, Span(" " * gap), *right]


def columns(fields: Iterable[tuple[Span, int]]) -> list[Span]:
    """Each span padded (or cropped) to its width; a negative width aligns right."""
    out: list[Span] = []
    for span, width in fields:
        size = abs(width)
        text = crop_text(span.text, size)
        pad = " " * (size - cells(text))
        out.append(Span(pad + text if width < 0 else text + pad, span.role))
    return out


def wrap(text: str, width: int, limit: int = 0, exact: bool = False) -> list[str]:
    """`text` made visible and broken into rows of at most `width` cells, at spaces where there are any.

    `limit` above 0: stop after so many rows and one more, so that a caller can tell that there is more.
    `exact`: spaces are kept where a row is broken, too; the rows together are the text.
    """
    width = max(1, width)
    if limit:
        text = text[: (limit + 1) * (width + 1) * 2]
    rows: list[str] = []
    for paragraph in _steady(visible(text, keep="\n\t"), exact).replace("\t", TAB).split("\n"):
        rows.extend(_wrap_exactly(paragraph, width) if exact else _wrap_paragraph(paragraph, width))
        if limit and len(rows) > limit:
            return rows[: limit + 1]
    return rows


_PIECES = re.compile(r" +|[^ ]+")


def _wrap_paragraph(paragraph: str, width: int) -> list[str]:
    if cell_len(paragraph) <= width:
        return [paragraph]
    rows: list[str] = []
    row, used = "", 0
    for piece in _PIECES.findall(paragraph):
        cells = cell_len(piece)
        if used + cells <= width:
            row, used = row + piece, used + cells
            continue
        if piece[0] == " ":
            rows.append(row)
            row, used = "", 0
            continue
        if used:
            rows.append(row.rstrip(" "))
            row, used = "", 0
        for chunk in _chunks(piece, width):
            if used:
                rows.append(row)
            row, used = chunk, cell_len(chunk)
    rows.append(row)
    return rows


def _wrap_exactly(paragraph: str, width: int) -> list[str]:
    rows = [""]
    for piece in _PIECES.findall(paragraph):
        if cell_len(rows[-1]) + cell_len(piece) <= width:
            rows[-1] += piece
        elif piece[0] == " ":
            room = width - cell_len(rows[-1])
            rows[-1] += piece[:room]
            rows += _chunks(piece[room:], width)
        else:
            rows[len(rows) - (not rows[-1]) :] = _chunks(piece, width)
    return rows


def _chunks(word: str, width: int) -> list[str]:
    out: list[str] = []
    chunk, used = "", 0
    for char in word:
        cells = cell_len(char)
        if used + cells > width and chunk:
            out.append(chunk)
            chunk, used = "", 0
        chunk += char
        used += cells
    return [*out, chunk]


_NAMED = re.compile(r"[@#][A-Za-z0-9][A-Za-z0-9._-]*")


def with_names(row: str, names: Collection[str], role: str = "text") -> list[Span]:
    """`row` with each `@name` and `#name` that is in `names` (written with its sign) as a link."""
    if not names or ("@" not in row and "#" not in row):
        return [Span(row, role)]
    out: list[Span] = []
    position = 0
    for match in _NAMED.finditer(row):
        name = match[0].rstrip("._-")
        if name not in names:
            continue
        out.append(Span(row[position : match.start()], role))
        out.append(Span(name, "accent"))
        position = match.start() + len(name)
    out.append(Span(row[position:], role))
    return [span for span in out if span.text]
