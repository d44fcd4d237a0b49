from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay_tui.core.text import cell_width
from relay_tui.demo.program import draw
from relay_tui.demo.program.screen import InlineScreen, Live
from relay_tui.demo.program.terminal import Size
from relay_tui.demo.program.transcript import Entry

SGR = re.compile(r"\x1b\[[0-9;]*m")
MOVES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
texts = st.text(st.one_of(st.characters(codec=None), st.sampled_from(" ab\n\t日❤️\x1b‮\u0301")), max_size=300)


def plain(rows: list[str]) -> list[str]:
    return [SGR.sub("", row) for row in rows]


def entry_of(kind: str, text: str) -> Entry:
    match kind:
        case "got":
            return Entry("user", "got", text)
        case "edit":
            return Entry("tool", "edit", text, {"added": 12, "removed": 3})
        case "run":
            return Entry("tool", "run", text, {"result": text})
        case "sent":
            return Entry("assistant", "sent", text, {"to": text})
        case "choice":
            return Entry("system", "text", text, {"choice": 0, "title": text})
        case "note":
            return Entry("system", "text", text)
        case _:
            return Entry("assistant", "asks" if kind == "asks" else "text", text)


KINDS = ["got", "edit", "run", "sent", "choice", "note", "asks", "text"]


@given(st.sampled_from(KINDS), texts, st.integers(40, 130))
def test_an_entry_fits_its_width_and_holds_only_colours(kind: str, text: str, columns: int) -> None:
    for row in plain(draw.entry_rows(entry_of(kind, text), columns)):
        assert not re.search(r"[\x00-\x1f\x7f-\x9f‮]", row)
        assert cell_width(row) <= columns


@given(texts, st.lists(texts, max_size=5), st.integers(30, 130))
def test_the_input_box_fits_and_its_cursor_stands_after_the_text(text: str, queued: list[str], columns: int) -> None:
    live = draw.composer(text, queued, "idle", "builder", columns)
    rows = plain(live.rows)
    assert all(cell_width(row) <= columns for row in rows)
    assert live.cursor
    assert live.cursor[1] == cell_width(rows[live.cursor[0]]) < columns


@given(texts, st.integers(20, 130))
def test_the_box_of_a_dialog_is_as_wide_in_every_row(title: str, columns: int) -> None:
    live = draw.dialog(draw.Dialog(title, ["Yes", "No 日本"], 1), "waiting", columns)
    assert len({cell_width(row) for row in plain(live.rows)[1:-1]}) == 1
    assert live.cursor is None


def test_the_end_of_a_long_text_stays_in_sight() -> None:
    live = draw.composer("x" * 5000 + " the very end", [], "idle", "builder", 80)
    rows = plain(live.rows)
    assert rows[1].startswith("─── 5013 characters ─")
    assert "".join(row[2:] for row in rows[2:-2]).endswith("x the very end")
    assert len(rows) == 1 + 1 + draw.COMPOSER_ROWS + 2


def test_words_are_not_broken_where_a_space_is_near() -> None:
    assert list(draw.wrap("one two three", 8)) == ["one two", "three"]
    assert list(draw.wrap("abcdefghij", 4)) == ["abcd", "efgh", "ij"]
    assert list(draw.wrap("a b\n\nc", 10)) == ["a b", "", "c"]


@given(texts, st.integers(2, 40), st.booleans())
def test_wrapping_loses_nothing_but_spaces(text: str, width: int, words: bool) -> None:
    shown = draw.visible(text).replace("\t", "    ")
    rows = list(draw.wrap(text, width, words=words))
    if words:
        assert "".join(rows).replace(" ", "") == shown.replace(" ", "").replace("\n", "")
    else:
        assert "".join(rows) == shown.replace("\n", "")
    assert all(cell_width(row) <= width for row in rows)


@pytest.mark.parametrize("rows", [1, 3, 24])
def test_a_live_region_higher_than_the_screen_is_cropped_from_above(rows: int) -> None:
    screen = InlineScreen(Size(80, rows))
    drawn = screen.draw([], Live([f"row {number}" for number in range(6)], (4, 3)))
    assert MOVES.sub("", drawn).split("\r\n")[-1].strip() == "row 5"
    assert drawn.count("\r\n") == min(6, rows) - 1


def test_the_next_drawing_starts_at_the_top_of_the_last() -> None:
    screen = InlineScreen(Size(80, 24))
    screen.draw([], Live(["a", "b", "c", "d"], (2, 0)))
    assert screen.draw(["new"], Live(["a"])).startswith("\x1b[?25l\x1b[2A\r\x1b[Jnew\r\n")
