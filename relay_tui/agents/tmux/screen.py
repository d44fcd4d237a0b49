"""A captured screen, row by row, as runs of text in one style: what a widget draws, and nothing that a terminal obeys.

tmux is the terminal emulator; `capture-pane -e` gives its cells with SGR in between. Styles and the line-drawing state
carry over from row to row. Everything else that may stand in a row is left out. A wide character is one character
of text and two cells, so whoever draws clips by cells.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from relay_tui.agents.tmux.sgr import PLAIN, Style, apply_sgr
from relay_tui.core.text import visible

HIDDEN_GLYPH = "�"
"""Stands for a character that has no glyph of its own, in one cell, so that the columns of the screen stay."""
_CACHED_ROWS = 4096


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring cells in one style."""

    text: str
    style: Style


Row = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class RowState:
    """What a row hands to the next one."""

    style: Style = PLAIN
    line_drawing: bool = False


START = RowState()

_SEQUENCE = re.compile(
    r"\x1b\[([0-9;:]*)m"
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"
    r"|\x1b[PX^_][^\x1b]*(?:\x1b\\)?"
    r"|\x1b\[[0-?]*[ -/]*[@-~]?"
    r"|\x1b[ -/]*[0-~]?"
    r"|[\x0e\x0f]"
)
_SPELLED = re.compile(r"‹U\+[0-9A-F]{4,6}›")
_LINE_DRAWING = str.maketrans(
    "`afghijklmnopqrstuvwxyz{|}~+,-.0",
    "◆▒°±▒␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·→←↑↓█",
)


def decode_row(row: str, state: RowState = START) -> tuple[Row, RowState]:
    """Return the runs of one captured row and the state for the next row. Defined for every string."""
    style, line_drawing = state.style, state.line_drawing
    pieces: list[tuple[str, Style]] = []
    at = 0
    for match in _SEQUENCE.finditer(row):
        if match.start() > at:
            pieces.append((_glyphs(row[at : match.start()], line_drawing), style))
        at = match.end()
        sequence = match[0]
        if match[1] is not None:
            style = apply_sgr(style, match[1])
        elif sequence in "\x0e\x0f":
            line_drawing = sequence == "\x0e"
    if at < len(row):
        pieces.append((_glyphs(row[at:], line_drawing), style))
    return _merged(pieces), RowState(style, line_drawing)


def _glyphs(text: str, line_drawing: bool) -> str:
    return text.translate(_LINE_DRAWING) if line_drawing else text


def _merged(pieces: list[tuple[str, Style]]) -> Row:
    runs: list[Run] = []
    for at, (text, style) in enumerate(pieces):
        if at and pieces[at - 1][1] == style:
            # Join before looking at the characters: a mark belongs to the base that an ignored sequence parted it from.
            text = runs.pop().text + text
        runs.append(Run(text, style))
    return tuple(run if run.text.isascii() and run.text.isprintable() else _safe(run) for run in runs)


def _safe(run: Run) -> Run:
    return Run(_SPELLED.sub(HIDDEN_GLYPH, visible(run.text, keep="")), run.style)


class ScreenDecoder:
    """Decodes captures of panes. Rows that were seen before cost a lookup and are the very same objects."""

    def __init__(self) -> None:
        self._cache: dict[tuple[str, RowState], tuple[Row, RowState]] = {}

    def decode(self, rows: Sequence[str]) -> list[Row]:
        """Return the runs of each row of one capture. A row that is `is` the one drawn before need not be drawn."""
        cache = self._cache
        state = START
        decoded: list[Row] = []
        for row in rows:
            found = cache.get((row, state))
            if found is None:
                if len(cache) >= _CACHED_ROWS:
                    cache.clear()
                found = cache[row, state] = decode_row(row, state)
            runs, state = found
            decoded.append(runs)
        return decoded


def plain(row: Row) -> str:
    """The text of a row without its styles."""
    return "".join(run.text for run in row)
