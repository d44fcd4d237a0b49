from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from relay_tui.core.text import (
    cell_width,
    channel_links,
    fitting,
    is_storable,
    mentions,
    nearest,
    preview,
    visible,
)

HOSTILE = "[/b] [TODO] [@click=app.quit] \x1b]52;c;cHduZWQ=\x07 \x1b[201~\r"
SPELLED = re.compile(r"‹U\+[0-9A-F]{4,6}›")

any_text = st.text(
    st.one_of(
        st.characters(codec=None),
        st.characters(categories=["Cs", "Cf", "Cc", "Co", "Mn", "Me", "Zl", "Zp", "So"]),
        st.sampled_from("ab @#`~\n\t\r1❤\u0301\ufe0f\ufe0e\u200d\u20e3\u1160\u1161\u115f\u202e\ud800👩한"),
    )
)


@example("❤\ufe0f\ufe0f\u0301")
@example("1\ufe0f\u20e3")
@example("\u0301a\u0301\u0301\u0301")
@given(any_text)
def test_visible_twice_is_visible_once(text: str) -> None:
    once = visible(text)
    assert visible(once) == once


@given(any_text, st.sampled_from(["\n\t", "", "\n", "\r\n"]))
def test_nothing_hidden_is_left_but_what_is_kept(text: str, keep: str) -> None:
    for char in visible(text, keep=keep):
        assert char in keep or unicodedata.category(char)[0] != "C", repr(char)
        assert unicodedata.category(char) not in ("Zl", "Zp")
        assert char not in "\ufe0e\ufe0f\u200d\u3164\u115f\u1160\uffa0\u034f"


@given(any_text)
def test_no_base_carries_more_than_two_marks_and_no_mark_stands_alone(text: str) -> None:
    run = 2
    for char in visible(text):
        run = run + 1 if unicodedata.category(char) in ("Mn", "Me") else 2 if char in "\n\t" else 0
        assert run <= 2


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_printable_ascii_is_returned_as_it_is(text: str) -> None:
    assert visible(text) is text
    assert visible(text + "\n\t") == text + "\n\t"


@given(any_text)
def test_what_is_visible_can_be_stored(text: str) -> None:
    assert is_storable(visible(text))


def test_the_hostile_message_shows_every_character_and_commands_nothing() -> None:
    shown = visible(HOSTILE + "\u202e\u2066\u200b\u200d\ufeff")
    assert shown == ("[/b] [TODO] [@click=app.quit] ␛]52;c;cHduZWQ=␇ ␛[201~␍‹U+202E›‹U+2066›‹U+200B›‹U+200D›‹U+FEFF›")
    assert mentions(HOSTILE) == []


@pytest.mark.parametrize(
    ("char", "shown"),
    [
        ("\x00", "␀"),
        ("\x7f", "␡"),
        ("\x9b", "‹U+009B›"),
        ("\xad", "‹U+00AD›"),
        ("\u061c", "‹U+061C›"),
        ("\u2028", "‹U+2028›"),
        ("\u2029", "‹U+2029›"),
        ("\u3164", "‹U+3164›"),
        ("\ue000", "‹U+E000›"),
        ("\ud83d", "‹U+D83D›"),
        ("\ufffe", "‹U+FFFE›"),
        ("\u0378", "‹U+0378›"),
        ("\U000e0041", "‹U+E0041›"),
        ("\U000e0100", "‹U+E0100›"),
        ("\U0010ffff", "‹U+10FFFF›"),
    ],
)
def test_each_kind_of_hidden_character_is_spelled(char: str, shown: str) -> None:
    assert visible(f"a{char}b") == f"a{shown}b"


def test_ordinary_writing_is_left_alone() -> None:
    for text in ("naïve café", "e\u0301 Tiếng Việt", "日本語 한국어", "שלום नमस्ते", "→ ━━━━ ▲ ● 👍", "a\u00a0b"):
        assert visible(text) == text


def test_a_presentation_selector_is_dropped_once_and_only_after_a_symbol() -> None:
    assert visible("❤\ufe0f ok") == "❤ ok"
    assert visible("1\ufe0f\u20e3") == "1\u20e3"
    assert visible("❤\ufe0f\ufe0f") == "❤‹U+FE0F›"
    assert visible("a\ufe0f") == "a‹U+FE0F›"


def test_a_joiner_is_always_spelled() -> None:
    assert visible("👩\u200d💻") == "👩‹U+200D›💻"


def test_marks_beyond_two_and_marks_without_a_base_are_spelled() -> None:
    assert visible("a\u0301\u0302\u0303") == "a\u0301\u0302‹U+0303›"
    assert visible("\n\u0338x") == "\n‹U+0338›x"
    assert visible("\u202e\u0338") == "‹U+202E›‹U+0338›"


@given(any_text, st.integers(0, 60))
def test_a_preview_is_one_line_that_fits(text: str, width: int) -> None:
    line = preview(text, width)
    assert cell_width(line) <= width
    assert "\n" not in line
    assert visible(line, keep="") == line


@given(any_text)
def test_a_preview_with_room_is_the_whole_text(text: str) -> None:
    line = preview(text, 10 * len(text) + 1)
    assert line == visible(text.replace("\r\n", "\n"), keep="\n").replace("\n", "⏎")


def test_a_preview_crops_by_cells() -> None:
    assert preview("one\ntwo", 20) == "one⏎two"
    assert preview("0123456789", 5) == "0123…"
    assert preview("日本語文字", 6) == "日本…"
    assert preview("日本語", 6) == "日本語"
    assert preview("x" * 1_000_000, 3) == "xx…"


@given(any_text, st.integers(1, 12))
def test_slices_that_fit_make_up_the_whole_line(text: str, width: int) -> None:
    line, start, rows = visible(text, keep=""), 0, list[str]()
    while start < len(line):
        end = fitting(line, width, start)
        assert end > start
        rows.append(line[start:end])
        start = end
    assert "".join(rows) == line
    assert all(len(row) <= 3 * width for row in rows)


@given(any_text, any_text)
def test_width_counts_what_is_shown(left: str, right: str) -> None:
    assert cell_width(left) == cell_width(visible(left, keep=""))
    assert cell_width(f"{left} {right}") == cell_width(left) + 1 + cell_width(f" {right}") - 1


def test_width_of_a_few_scripts() -> None:
    widths = {"ab": 2, "日本": 4, "e\u0301": 1, "👍": 2, "\x1b": 1, "\u202e": 8, "ᄒ\u1161\u11ab": 2}
    assert {text: cell_width(text) for text in widths} == widths


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@builder take it, @tester. @builder!", ["builder", "tester"]),
        ("(@a-b_c.d) @v1.2...", ["a-b_c.d", "v1.2"]),
        ("mail bob@example.com or bob+x@y.org", []),
        ("use `@decorator` and ``a ` @b`` then @c", ["c"]),
        ("```py\n@dataclass\n```\n@real\n~~~\n@no\n", ["real"]),
        ("an `unclosed tick, @still here\n\nother ` @too", ["still", "too"]),
        ("@types/node https://x.org/@bob \\@esc @zoë @@x", []),
        ("@" + "n" * 64 + " @" + "n" * 65, ["n" * 64]),
        ("@. @- @_x @", []),
    ],
)
def test_mentions_are_names_outside_code_and_addresses(text: str, names: list[str]) -> None:
    assert mentions(text) == names


def test_channel_links_are_names_outside_code_and_urls() -> None:
    text = "see #planning, #rel-1. `#no` page.html#frag # heading &#39; ##x #planning"
    assert channel_links(text) == ["planning", "rel-1"]


@given(any_text)
def test_every_mention_is_a_name_and_comes_once(text: str) -> None:
    for found in (mentions(text), channel_links(text)):
        assert len(found) == len(set(found))
        assert all(re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,62}[A-Za-z0-9])?", name) for name in found)


@given(st.lists(st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,30}[A-Za-z0-9])?", fullmatch=True), unique=True))
def test_what_is_mentioned_is_found_in_order(names: list[str]) -> None:
    assert mentions(" ".join(f"@{name}" for name in names)) == names


def test_the_nearest_names_are_offered() -> None:
    names = ["planner", "builder", "tester", "reviewer", "docs"]
    assert nearest("bulider", names)[0] == "builder"
    assert nearest("TESTER", names)[0] == "tester"
    assert nearest("zzzzzz", names) == []
    assert nearest("builder", names, limit=0) == []


@given(any_text)
def test_only_nul_and_lone_surrogates_cannot_be_stored(text: str) -> None:
    assert is_storable(text) == (not any(char == "\0" or 0xD800 <= ord(char) < 0xE000 for char in text))


def test_a_mark_on_a_space_is_spelled_out_because_a_line_may_end_there() -> None:
    assert visible("0 \u0300") == "0 ‹U+0300›"
    assert visible("e\u0300") == "e\u0300"
