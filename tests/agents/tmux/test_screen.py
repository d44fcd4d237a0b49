from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay_tui.agents.tmux.screen import START, Row, Run, ScreenDecoder, decode_row, plain
from relay_tui.agents.tmux.server import TmuxServer
from relay_tui.agents.tmux.sgr import PLAIN, Style, apply_sgr

from .conftest import StartSink

PIECES = [
    *(
        "text",
        "日本",
        "é",
        " ",
        "│",
        "‹U+200B›",
        "e\u0301",
        "\U000e0041",
        "\ue0b0",
        "👩\u200d🚀",
        "\u202e",
        "\x9b31m",
        "\r\x08",
    ),
    *("\x1b[1m", "\x1b[0;38;5;9m", "\x1b[38;2;1;2;3;4m", "\x1b[4:3m", "\x1b[m", "\x1b[48:2::9:8:7m", "\x1b[39;49m"),
    *("\x0e", "\x0f", "qx", "\x1b]8;;http://a\x1b\\", "\x1b]0;t\x07", "\x1bPq\x1b\\", "\x1b[2J", "\x1b(B", "\x1b[?25l"),
]
rows_of_pieces = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=12)


def cells(row: Row) -> list[tuple[str, Style]]:
    return [(char, run.style) for run in row for char in run.text]


@given(st.text() | rows_of_pieces.map("".join))
def test_whatever_the_row_only_visible_text_comes_out(row: str) -> None:
    runs, _ = decode_row(row)
    text = plain(runs)
    assert text == "" or text.isprintable() or all(char.isprintable() or char.isspace() for char in text)
    assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 or char in "\u202e\u200d\u2028" for char in text)


@given(
    st.lists(st.sampled_from([p for p in PIECES if "\u0301" not in p and "\u200d" not in p]), max_size=14), st.data()
)
def test_a_row_cut_between_sequences_gives_the_same_cells(pieces: list[str], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(pieces)))
    whole, end = decode_row("".join(pieces))
    first, middle = decode_row("".join(pieces[:cut]))
    second, last = decode_row("".join(pieces[cut:]), middle)
    assert cells(first) + cells(second) == cells(whole)
    assert last == end


@given(st.text(alphabet="0123456789;:", max_size=40))
def test_no_parameters_make_sgr_raise_and_colours_stay_in_range(parameters: str) -> None:
    style = apply_sgr(PLAIN, parameters)
    for colour in (style.fg, style.bg):
        assert colour is None or (len(colour) == 7 if isinstance(colour, str) else 0 <= colour <= 255)


@pytest.mark.parametrize(
    ("parameters", "style"),
    [
        ("", PLAIN),
        ("1;31;44", Style(fg=1, bg=4, bold=True)),
        ("91;107", Style(fg=9, bg=15)),
        ("38;5;200;48;5;7", Style(fg=200, bg=7)),
        ("38;2;255;0;16;3", Style(fg="#ff0010", italic=True)),
        ("38:2::1:2:3;48:2:4:5:6", Style(fg="#010203", bg="#040506")),
        ("38:5:99", Style(fg=99)),
        ("4:3;58;2;9;9;9;9", Style(underline=True, strike=True)),
        ("4;4:0", PLAIN),
        ("1;2;3;4;7;9;22;23;24;27;29", PLAIN),
        ("31;0", PLAIN),
        ("38;2;300;0;0;1", Style(bold=True)),
        ("38", PLAIN),
        ("99999999999999999999999", PLAIN),
    ],
)
def test_parameters_become_a_style(parameters: str, style: Style) -> None:
    assert apply_sgr(PLAIN, parameters) == style


def test_style_and_line_drawing_carry_over_to_the_next_row() -> None:
    first, second = ScreenDecoder().decode(["a\x1b[1;32m\x0eqx", "qx\x0f\x1b[0mqx"])
    bold = Style(fg=2, bold=True)
    assert first == (Run("a", PLAIN), Run("─│", bold))
    assert second == (Run("─│", bold), Run("qx", PLAIN))


def test_ignored_sequences_do_not_part_a_run() -> None:
    assert decode_row("a\x1b]8;;http://x\x1b\\b\x1b[?1hc\x1b[0md")[0] == (Run("abcd", PLAIN),)


def test_a_hidden_character_takes_one_visible_cell() -> None:
    assert plain(decode_row("a\u202eb\u200bc\ue0b0d")[0]) == "a�b�c�d"


def test_rows_seen_before_are_the_same_objects() -> None:
    decoder = ScreenDecoder()
    rows = ["\x1b[31mone", "two", "\x1b[0mthree"]
    before = decoder.decode(rows)
    after = decoder.decode([rows[0], "other", rows[2]])
    assert after[0] is before[0]
    assert after[2] is before[2]
    assert after[1] == (Run("other", Style(fg=1)),)


def test_an_empty_row_has_no_runs() -> None:
    assert decode_row("") == ((), START)


@pytest.mark.tmux
async def test_a_real_screen_is_read_as_the_program_drew_it(
    server: TmuxServer, way: str, start_sink: StartSink
) -> None:
    sink = await start_sink()
    await sink.show(
        "\\x1b[H\\x1b[1;38;2;16;32;48mbold\\x1b[0m \\x1b(0lqk\\x1b(B \\x1b[7m\\xe6\\x97\\xa5\\xe6\\x9c\\xac\\x1b[0m"
        "!\\r\\n"
        "\\x1b[48;5;200mwide\\x1b[0m"
    )
    rows = ScreenDecoder().decode(await server.capture(sink.pane, escapes=True))
    assert rows[0] == (
        Run("bold", Style(fg="#102030", bold=True)),
        Run(" ┌─┐ ", PLAIN),
        Run("日本", Style(reverse=True)),
        Run("!", PLAIN),
    )
    assert rows[1] == (Run("wide", Style(bg=200)),)
