"""How the deck starts: what it needs for its first picture, and what it does not."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual import events
from textual.css.stylesheet import Stylesheet
from textual.geometry import Size
from textual.screen import Screen

from relay_tui.tui.app import RelayApp
from relay_tui.tui.screens.deck import Deck
from relay_tui.tui.store.memory import Memory
from tests.tui.frames import desk
from tests.tui.source_sample import SampleSource

STEPS = {"-tiny", "-one", "-two", "-three", "-flat", "-short", "-tall"}


class Unreadable(SampleSource):
    async def open(self) -> None:
        raise OSError("the disk is gone")


async def test_the_style_sheets_are_read_once_although_the_theme_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    again: list[Stylesheet] = []
    monkeypatch.setattr(Stylesheet, "reparse", again.append)
    async with desk() as d:
        assert d.frame
    assert again == []


@pytest.mark.parametrize(
    ("size", "classes"), [((80, 24), {"-one", "-short"}), ((120, 36), {"-two", "-tall"}), ((160, 12), {"-three"})]
)
async def test_the_first_layout_is_the_one_for_the_size_of_the_terminal(
    size: tuple[int, int], classes: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    laid_out: list[set[str]] = []
    resized = Screen._on_resize

    async def before_the_breakpoints(self: Screen[None], event: object) -> None:
        laid_out.append(set(self.classes))
        await resized(self, event)  # type: ignore[arg-type]

    monkeypatch.setattr(Screen, "_on_resize", before_the_breakpoints)
    async with desk(size) as d:
        assert classes <= laid_out[0]
        assert laid_out[0] & STEPS == set(d.deck.classes) & STEPS
        assert isinstance(d.app.screen_stack[0], Deck), "no other screen is drawn before it"


async def test_what_is_not_needed_for_the_first_picture_is_begun_after_it() -> None:
    seen: list[str] = []

    class Slow(SampleSource):
        def settle(self) -> None:
            seen.append("settled with a deck" if app.deck.is_mounted else "settled before the deck")

    begun = asyncio.Event()

    async def after_paint() -> None:
        seen.append("after the paint")
        begun.set()

    app = RelayApp(Slow(), after_paint=after_paint)
    async with app.run_test(size=(120, 36)):
        await begun.wait()
    assert seen == ["settled with a deck", "after the paint"]


async def test_a_source_that_cannot_be_opened_is_told_as_what_it_is(tmp_path: Path) -> None:
    app = RelayApp(Unreadable(), memory=await Memory.read(tmp_path / "memory.json"))
    with pytest.raises(OSError, match="the disk is gone"):
        async with app.run_test():
            pass


async def test_a_terminal_that_is_resized_while_it_opens_is_laid_out_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    laid_out: list[Size] = []
    refresh = Screen._refresh_layout

    def counted(self: Screen[object], size: Size | None = None, scroll: bool = False) -> None:
        laid_out.append(size or self.outer_size)
        refresh(self, size, scroll)

    async with desk((120, 40)) as d:
        monkeypatch.setattr(Screen, "_refresh_layout", counted)
        for size in (Size(120, 39), Size(120, 40)):
            d.deck.post_message(events.Resize(size, size, size))
            d.deck.post_message(events.Hide())  # so that the one does not take the place of the other
        for _ in range(200):
            await asyncio.sleep(0)
        assert len(laid_out) < 5
        assert d.deck.size == Size(120, 40)
