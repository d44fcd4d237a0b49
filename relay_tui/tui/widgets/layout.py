"""Where everything stands on the deck: one column below 100, two from 100, three from 150.

What is displayed at all is decided by classes in the style sheet; this only gives the displayed parts their place, so
that a part keeps its widget, and with it focus, cursor and scroll, whatever the terminal's size.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from textual.geometry import Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.widget import Widget

TWO_COLUMNS, THREE_COLUMNS = 100, 150
RAIL_TWO, RAIL_THREE, RIGHT = 30, 32, 54
TINY_WIDTH, TINY_HEIGHT = 60, 15
LEAST_CONVERSATION = 5
"""Rows that the conversation keeps, whatever stands under it."""


def columns_for(width: int) -> int:
    return 3 if width >= THREE_COLUMNS else 2 if width >= TWO_COLUMNS else 1


@dataclass(slots=True, frozen=True)
class Wanted:
    """Rows that the parts of changing height would like to have."""

    card: int = 0
    composer: int = 2
    mine: int = 1


def place(width: int, height: int, shown: Collection[str], wanted: Wanted) -> Mapping[str, Region]:
    """The region of each part in `shown`; parts that are not in it take no room."""
    out: dict[str, Region] = {"toosmall": Region(0, 0, width, height)}
    columns = columns_for(width)
    out["header"] = Region(0, 0, width, 1)
    out["footer"] = Region(0, height - 1, width, 1)
    top = 1
    if "roster" in shown:
        out["roster"] = Region(0, 1, width, 1)
        top = 2
    bottom = height - 1
    rail = {1: 0, 2: RAIL_TWO, 3: RAIL_THREE}[columns]
    right = RIGHT if columns == 3 else 0
    out["rail"] = Region(0, top, rail or min(RAIL_THREE, width), bottom - top)
    if columns == 3:
        side = width - right
        card = min(wanted.card, (bottom - top) // 2) if "card" in shown else 0
        out["card"] = Region(side, top, right, card)
        below = top + card + (1 if card else 0)
        out["transcripts"] = Region(side, below, right, bottom - below)
        shown = set(shown) - {"card", "transcripts"}
    out |= _centre(Region(rail, top, width - rail - right, bottom - top), shown, wanted)
    return out


def _centre(room: Region, shown: Collection[str], wanted: Wanted) -> dict[str, Region]:
    """From below: composer, card, the line of open messages; the conversation has the rest."""
    out: dict[str, Region] = {}
    x, width = room.x, room.width
    bottom = room.bottom
    free = room.height - max(1, wanted.mine) - LEAST_CONVERSATION
    if "composer" in shown:
        rows = max(2, min(wanted.composer, free))
        out["composer"] = Region(x, bottom - rows, width, rows)
        bottom -= rows
        free -= rows
    if "card" in shown:
        if "composer" in shown and free > wanted.card:
            bottom -= 1
        rows = max(1, min(wanted.card, free))
        out["card"] = Region(x, bottom - rows, width, rows)
        bottom -= rows
    if "mine" in shown:
        out["mine"] = Region(x, bottom - wanted.mine, width, wanted.mine)
        bottom -= wanted.mine
    out["title"] = Region(x, room.y, width, 1)
    top = room.y + 1
    if "transcripts" in shown:
        rows = (bottom - top) // 2
        out["transcripts"] = Region(x, bottom - rows, width, rows)
        bottom -= rows
    out["conversation"] = Region(x, top, width, max(0, bottom - top))
    return out


class DeckLayout(Layout):
    """`place` for the widgets of the deck, by their ids."""

    name = "deck"

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> ArrangeResult:
        parent.pre_layout(self)
        shown = {child.id or "" for child in parent.children if child.display}
        regions = place(size.width, size.height, shown, self._wanted(parent, size, shown))
        return [
            WidgetPlacement(
                regions.get(child.id or "", Region()),
                child.styles.offset.resolve(size, size),
                child.styles.margin,
                child,
            )
            for child in children
        ]

    def _wanted(self, parent: Widget, size: Size, shown: Collection[str]) -> Wanted:
        columns = columns_for(size.width)
        centre = size.width - {1: 0, 2: RAIL_TWO, 3: RAIL_THREE + RIGHT}[columns]
        heights: dict[str, int] = {}
        for child in parent.children:
            if child.id in ("card", "composer", "mine") and child.id in shown:
                width = RIGHT if columns == 3 and child.id == "card" else centre
                heights[child.id] = child.wanted_height(width)  # type: ignore[attr-defined]
        return Wanted(**heights)
