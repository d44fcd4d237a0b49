"""What agents write is never obeyed: every character is a glyph, in every view."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay_tui.tui.drawing.ink import crop, said, spread, width_of, wrap
from relay_tui.tui.view.deck import AgentRow, NeedRow, OpenMine, TranscriptView
from tests.tui.deck_sample import card, entries, message
from tests.tui.frames import Desk, desk
from tests.tui.source_sample import SampleSource

PAYLOAD = "[/b] [TODO] [@click=app.quit] \x1b]52;c;cHduZWQ=\x07 \x1b[201~\r \u202eevil\u202c z\u200bw\u200d"
SHOWN = "[/b] [TODO] [@click=app.quit] ␛]52;c;cHduZWQ=␇ ␛[201~␍ ‹U+202E›evil‹U+202C› z‹U+200B›w‹U+200D›"


def hostile() -> SampleSource:
    source = SampleSource()
    view = source.view
    view.conversation.rows = [message("1", "13:31", PAYLOAD, PAYLOAD, PAYLOAD, "answered", "####")]
    view.conversation.new_from, view.conversation.topic = "", PAYLOAD
    view.needs = [NeedRow("approval:1", "approve", "need", PAYLOAD, "approve", "40s", PAYLOAD, True, "11")]
    view.agents = [AgentRow("11", PAYLOAD, "working", "working", "motion", "1s")]
    view.mine = [OpenMine("1", PAYLOAD, "queued", "1s", "fault")]
    view.transcripts = [TranscriptView("11", PAYLOAD, PAYLOAD, "working", "motion", "working",
                                       "", *entries(("14:01", "got", PAYLOAD, {}), ("14:01", "text", PAYLOAD, {}),
                                                    ("14:01", "run", PAYLOAD, {"result": PAYLOAD})))]  # fmt: skip
    view.card = card((PAYLOAD,))
    view.card.facts = (("in", PAYLOAD),)
    return source


def hidden(d: Desk) -> list[str]:
    strips = d.app.screen._compositor.render_strips()
    text = "".join(segment.text for strip in strips for segment in strip)
    return sorted({hex(ord(char)) for char in text if unicodedata.category(char)[0] == "C"})


@pytest.mark.parametrize("size", [(160, 48), (120, 36), (80, 24)])
async def test_no_character_of_an_agent_reaches_the_terminal_as_a_control(size: tuple[int, int]) -> None:
    async with desk(size, hostile()) as d:
        assert hidden(d) == []
        assert SHOWN.split(" ‹")[0] in " ".join(d.frame.split())
        for keys in (("i",), ("escape", "w"), ("escape", "m"), ("escape", "ctrl+p")):
            await d.press(*keys)
            assert hidden(d) == []


async def test_every_character_of_a_message_is_on_the_screen() -> None:
    async with desk((160, 48), hostile()) as d:
        body = [line[33:104].strip() for line in d.frame.splitlines()]
        assert SHOWN.replace(" ", "") in "".join(body).replace(" ", "")


@given(st.text(), st.integers(1, 90))
def test_wrapped_text_fits_and_holds_no_control(text: str, width: int) -> None:
    rows = wrap(text, width)
    assert all(unicodedata.category(char)[0] != "C" for row in rows for char in row)
    assert all(width_of([said(row)]) <= max(width, 2) for row in rows)


@given(st.text(max_size=40), st.text(max_size=20), st.integers(0, 60))
def test_a_spread_line_is_exactly_as_wide_as_asked(left: str, right: str, width: int) -> None:
    line = spread([said(left)], [said(right)], width)
    assert width_of(line) <= width
    assert width_of(crop([said(left), said(right)], width)) <= width


@given(st.text(alphabet="ab 語", max_size=200), st.integers(2, 20))
def test_exact_wrapping_loses_nothing_at_all(text: str, width: int) -> None:
    rows = wrap(text, width, exact=True)
    assert "".join(rows) == text
    assert all(width_of([said(row)]) <= width for row in rows)
    assert all(rows) or rows == [""]


@given(st.text(alphabet="ab \n", max_size=200), st.integers(1, 20))
def test_wrapping_loses_nothing_but_spaces(text: str, width: int) -> None:
    assert "".join(wrap(text, width)).replace(" ", "") == text.replace(" ", "").replace("\n", "")
