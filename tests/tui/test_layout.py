"""Where the parts stand: nothing overlaps, nothing is left out, at every size."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.geometry import Region
from textual.layout import ArrangeResult
from textual.widget import Widget

from relay_tui.tui.widgets.layout import DeckLayout, Wanted, columns_for, place
from tests.tui.frames import desk

ONE = {"header", "roster", "title", "conversation", "card", "footer"}
TWO = {"header", "rail", "title", "conversation", "mine", "card", "composer", "footer"}
THREE = {*TWO, "transcripts"}


def shown(width: int) -> set[str]:
    return {1: ONE, 2: TWO, 3: THREE}[columns_for(width)]


@given(st.integers(60, 240), st.integers(15, 80), st.integers(1, 60), st.integers(2, 14))
def test_parts_cover_the_screen_without_overlapping(width: int, height: int, card: int, composer: int) -> None:
    regions = place(width, height, shown(width), Wanted(card, composer))
    parts = [regions[name] for name in shown(width)]
    for index, region in enumerate(parts):
        assert Region(0, 0, width, height).contains_region(region)
        assert not any(region.overlaps(other) for other in parts[index + 1 :])
    assert regions["conversation"].height >= 1


def test_the_conversation_keeps_some_rows_under_a_card_of_any_length() -> None:
    assert place(80, 24, ONE, Wanted(card=500))["conversation"].height >= 4
    assert place(160, 48, THREE, Wanted(card=500))["transcripts"].height >= 20


async def test_a_message_that_arrives_lays_nothing_out_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async with desk((120, 36)) as d:
        rows = d.source.view.conversation.rows
        laid_out: list[Widget] = []
        arrange = DeckLayout.arrange

        def counted(self: DeckLayout, parent: Widget, *rest: Any, **options: Any) -> ArrangeResult:
            laid_out.append(parent)
            return arrange(self, parent, *rest, **options)

        monkeypatch.setattr(DeckLayout, "arrange", counted)
        d.source.view.conversation.rows = [*rows, replace(rows[-1], id="new", text="one that was said just now")]
        await d.show()
        assert "one that was said just now" in d.frame, "the end is followed"
        assert laid_out == []
