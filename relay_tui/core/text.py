"""Text from agents, made safe to draw and to type, and what the relay reads out of it.

A terminal obeys characters that nobody sees. `visible` is the one place that decides which characters may
reach a screen or a pane as they are; whatever has no honest glyph is spelled out instead.

The tables are those of the interpreter's `unicodedata`: a character that is newer than them counts as
unassigned and is spelled out, since nothing here can say how wide a terminal would draw it.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from enum import Enum
from functools import lru_cache

NEWLINE_GLYPH = "⏎"
ELLIPSIS = "…"
MARKS_PER_BASE = 2
"""Combining marks that one base may carry; what is stacked above that hides other lines."""
NAME_LENGTH = 64
"""Longest agent or channel name, in characters."""

_PRESENTATION_SELECTORS = "\ufe0e\ufe0f"
_LONGEST_CACHED_RUN = 8


class _Kind(Enum):
    PLAIN = 0
    SYMBOL = 1  # may be followed by a presentation selector, which is then dropped
    MARK = 2  # draws on the character before it, in no cell of its own
    HIDDEN = 3


# Letters and marks by category, but nothing to see: fillers, joiners, selectors, inherent vowels.
_BLANK = frozenset(
    {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0, 0x16FE4}.union(
        range(0x180B, 0x1810), range(0xFE00, 0xFE10), range(0xE0000, 0xE1000)
    )
)
# Emoji by use, punctuation by category.
_EMOJI_PUNCTUATION = frozenset([0x203C, 0x2049, 0x3030])


def _is_joining_jamo(code: int) -> bool:
    """Vowels and finals of a Hangul syllable written in parts: they share the cell of its first letter."""
    return 0x1160 < code < 0x1200 or 0xD7B0 <= code < 0xD7FC


class _Kinds(dict[str, _Kind]):
    """What each character is, found on first sight; bounded, since agents choose what is looked up."""

    def __missing__(self, char: str) -> _Kind:
        if len(self) > 16_384:
            self.clear()
        kind = self[char] = self._of(char)
        return kind

    @staticmethod
    def _of(char: str) -> _Kind:
        code, category = ord(char), unicodedata.category(char)
        if code in _BLANK or category[0] == "C" or category in ("Zl", "Zp"):
            return _Kind.HIDDEN
        if category in ("Mn", "Me") or _is_joining_jamo(code):
            return _Kind.MARK
        if category in ("So", "Sm", "Sk") or code in _EMOJI_PUNCTUATION:
            return _Kind.SYMBOL
        return _Kind.PLAIN


_kinds = _Kinds()


def _spelled(char: str) -> str:
    """The visible form of a character that has none: a control picture, else `‹U+202E›`."""
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"‹U+{code:04X}›"


def _draw_run(run: str, keep: str, based: bool) -> str:
    """`visible` for a run without printable ASCII; `based` says that a drawn character stands before it."""
    out: list[str] = []
    marks = 0 if based else MARKS_PER_BASE
    after_symbol = False
    for char in run:
        kind = _kinds[char]
        if char in keep:
            out.append(char)
            # A mark straight after a kept control has no base, and would draw over whatever was there.
            marks = MARKS_PER_BASE if kind is _Kind.HIDDEN else 0
        elif kind is _Kind.HIDDEN:
            if not (after_symbol and char in _PRESENTATION_SELECTORS):
                out.append(_spelled(char))
                marks = MARKS_PER_BASE
        elif kind is not _Kind.MARK:
            out.append(char)
            marks = 0
        elif marks < MARKS_PER_BASE:
            out.append(char)
            marks += 1
        else:
            out.append(_spelled(char))
        after_symbol = kind is _Kind.SYMBOL
    return "".join(out)


_draw_short_run = lru_cache(maxsize=4096)(_draw_run)
_NOT_PLAIN_ASCII = re.compile(r"[^\x20-\x7e]+")
_KEYCAP = re.compile(r"([0-9#*])\ufe0f(?=\u20e3)")


def visible(text: str, *, keep: str = "\n\t") -> str:
    """`text` with every character that has no honest glyph spelled out; the rest, and `keep`, unchanged.

    C0 controls and DEL become their control pictures (`␛`); C1, bidi controls, zero-width characters,
    joiners, tags, selectors, separators, fillers, private use, unassigned and lone surrogates become
    `‹U+202E›`. So do combining marks without a base and those beyond two on one base. One presentation
    selector after a symbol is dropped: it only picks a typeface. Spaces of other widths are kept.

    Idempotent, and defined for every `str`. The result holds no control character that is not in `keep`.
    """
    bare = text
    for char in keep:
        bare = bare.replace(char, "")
    if bare.isascii() and bare.isprintable():
        return text

    def draw(match: re.Match[str]) -> str:
        run = match[0]
        draw_run = _draw_short_run if len(run) <= _LONGEST_CACHED_RUN else _draw_run
        # A space is no base: a line may be broken at it, and the mark would be left alone.
        based = match.start() > 0 and text[match.start() - 1] != " "
        return draw_run(run, keep, based)

    if "\ufe0f" in text and "\ufe0f" not in keep:
        text = _KEYCAP.sub(r"\1", text)
    return _NOT_PLAIN_ASCII.sub(draw, text)


def _char_width(char: str) -> int:
    if _kinds[char] is _Kind.MARK:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def cell_width(text: str) -> int:
    """Terminal cells that `visible(text, keep="")` takes on one line; ambiguous widths count as one."""
    if text.isascii() and text.isprintable():
        return len(text)
    return sum(map(_char_width, visible(text, keep="")))


def fitting(line: str, width: int, start: int = 0) -> int:
    """The end of the longest slice of `line` from `start` on that takes at most `width` cells.

    `line` is visible text without line breaks. At least one character is taken unless `width` is 0 or less,
    so that a loop over the slices ends even where a wide character meets a single cell.
    """
    if width <= 0 or start >= len(line):
        return start
    end = min(len(line), start + width)
    if line[start : end + 1].isascii():
        return end
    used, end = _char_width(line[start]), start + 1
    while end < len(line) and used + _char_width(line[end]) <= width:
        used += _char_width(line[end])
        end += 1
    return end


def preview(text: str, width: int) -> str:
    """`text` on one line of at most `width` cells: visible, newlines as `⏎`, cropped with `…`."""
    if width <= 0:
        return ""
    # A drawn character brings at most two marks and a selector, so this many always overflow the line.
    head = text[: 4 * (width + 2)]
    line = visible(head.replace("\r\n", "\n"), keep="\n").replace("\n", NEWLINE_GLYPH)
    if cell_width(line) <= width:
        return line
    end = fitting(line, width - 1)
    return line[:end] + ELLIPSIS if cell_width(line[:end]) < width else ELLIPSIS


def is_storable(text: str) -> bool:
    """Whether `text` survives SQLite and UTF-8: no NUL and no lone surrogate."""
    if "\0" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


_NAME = r"([A-Za-z0-9][A-Za-z0-9._-]*+)"
# After a word character it is an address, after a slash or backslash a path, an URL or an escape;
# `@scope/package` is a package, `@click=` an attribute. An unknown mention is refused, so doubt means no.
_MENTION = re.compile(rf"(?<![\w@/\\+])@{_NAME}(?![\w@=]|/\w)")
_CHANNEL_LINK = re.compile(rf"(?<![\w#/\\&])#{_NAME}(?![\w#=]|/\w)")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_BACKTICKS = re.compile(r"`+")


def mentions(text: str) -> list[str]:
    """Names written as `@name` outside of code and addresses, in order, each once."""
    return _names(_MENTION, "@", text) if "@" in text else []


def channel_links(text: str) -> list[str]:
    """Names written as `#name` outside of code and URLs, in order, each once."""
    return _names(_CHANNEL_LINK, "#", text) if "#" in text else []


def _names(pattern: re.Pattern[str], sigil: str, text: str) -> list[str]:
    found: dict[str, None] = {}
    plain = "`" not in text and "~" not in text  # no code in it: a paragraph more or less is all the same
    for paragraph in (text,) if plain else _prose(text):
        # As `finditer`, tried only where the sigil stands: a tenth of the time on prose.
        at = paragraph.find(sigil)
        while at >= 0:
            match = pattern.match(paragraph, at)
            if match is not None:
                name = match[1].rstrip("._-")
                if len(name) <= NAME_LENGTH:
                    found[name] = None
            at = paragraph.find(sigil, at + 1 if match is None else match.end())
    return list(found)


def _prose(text: str) -> Iterator[str]:
    """The paragraphs of `text` without its code: fences left out, code spans blanked. Linear in `text`."""
    paragraph: list[str] = []
    fence = ""
    for line in text.split("\n"):
        marker = _FENCE.match(line)
        if fence:
            if marker and marker[1].startswith(fence) and not marker[2].strip():
                fence = ""
        elif marker and not (marker[1][0] == "`" and "`" in marker[2]):
            yield _without_code_spans("\n".join(paragraph))
            paragraph, fence = [], marker[1]
        elif line.strip():
            paragraph.append(line)
        else:
            yield _without_code_spans("\n".join(paragraph))
            paragraph = []
    yield _without_code_spans("\n".join(paragraph))


def _without_code_spans(paragraph: str) -> str:
    """A span runs from some number of backticks to the next run of exactly as many; else they are text."""
    if "`" not in paragraph:
        return paragraph
    runs = [match.span() for match in _BACKTICKS.finditer(paragraph)]
    closers: dict[int, int] = {}
    closed_by: list[int | None] = [None] * len(runs)
    for index in range(len(runs) - 1, -1, -1):
        length = runs[index][1] - runs[index][0]
        closed_by[index] = closers.get(length)
        closers[length] = index
    out: list[str] = []
    position = index = 0
    while index < len(runs):
        closer = closed_by[index]
        if closer is not None:
            out.append(paragraph[position : runs[index][0]])
            position, index = runs[closer][1], closer
        index += 1
    out.append(paragraph[position:])
    return "`".join(out)


def nearest(name: str, names: Iterable[str], limit: int = 3) -> list[str]:
    """Up to `limit` of `names` that `name` may have meant, best first; case does not matter."""
    if limit <= 0:
        return []
    by_folded = {candidate.casefold(): candidate for candidate in names}
    close = difflib.get_close_matches(name[:NAME_LENGTH].casefold(), by_folded, n=limit, cutoff=0.5)
    return [by_folded[folded] for folded in close]
